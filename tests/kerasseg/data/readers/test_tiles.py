import sys

import numpy as np
import pytest
from checks.data_folders import ids, write

from kerasseg.data import open_dataset
from kerasseg.errors import ArgumentError, FileError, MissingPackageError

tifffile = pytest.importorskip("tifffile")
GREY = {"photometric": "minisblack", "planarconfig": "contig"}
NAMES = ["field", "forest", "water"]


def tile(seed, dtype=np.uint16, bands=5):
    values = np.random.default_rng(seed).integers(0, 256, (4, 6, bands))
    return values.astype(dtype) * 200 if dtype != np.uint8 else values.astype(dtype)


def make(folder, **options):
    for seed, name in enumerate(["tile_0_0", "tile_0_1"]):
        path = folder / f"images/{name}.tif"
        path.parent.mkdir(parents=True, exist_ok=True)
        tifffile.imwrite(path, tile(seed, **options), **GREY)
        write(folder / f"masks/{name}.png", ids(3, seed))
    return folder


@pytest.mark.parametrize("dtype", [np.uint16, np.float32])
def test_all_bands_are_kept(tmp_path, dtype):
    dataset = open_dataset(make(tmp_path, dtype=dtype), names=NAMES)
    sample = dataset[1]
    assert sample.image.dtype == dtype
    np.testing.assert_array_equal(sample.image, tile(1, dtype))
    np.testing.assert_array_equal(sample.mask, ids(3, 1))


def test_bands_can_be_chosen(tmp_path):
    make(tmp_path)
    dataset = open_dataset(tmp_path, "tiles", names=NAMES, bands=(3, 2, 1))
    np.testing.assert_array_equal(dataset[0].image, tile(0)[..., [3, 2, 1]])
    with pytest.raises(FileError, match=r"tile_0_0\.tif: has 5 bands, no band 5"):
        open_dataset(tmp_path, names=NAMES, bands=[0, 5])[0]
    with pytest.raises(ArgumentError, match=r"bands=\(-1,\)"):
        open_dataset(tmp_path, names=NAMES, bands=(-1,))


def test_photos_of_8_bits_are_no_tiles(tmp_path):
    make(tmp_path, dtype=np.uint8, bands=3)
    assert open_dataset(tmp_path, names=NAMES)[0].image.shape[-1] == 3
    tiles = open_dataset(tmp_path, "tiles", names=NAMES)
    np.testing.assert_array_equal(tiles[0].image, tile(0, np.uint8, 3))


def test_values_that_are_no_numbers(tmp_path):
    make(tmp_path)
    image = tile(0, np.float32)
    image[1, 2, 3] = np.nan
    tifffile.imwrite(tmp_path / "images/tile_0_0.tif", image, **GREY)
    with pytest.raises(FileError, match="holds 1 values that are no numbers"):
        open_dataset(tmp_path, names=NAMES)[0]
    filled = open_dataset(tmp_path, names=NAMES, fill=-1)[0].image
    np.testing.assert_array_equal(filled, np.nan_to_num(image, nan=-1))


def test_without_tifffile_the_error_names_the_extra(tmp_path, monkeypatch):
    dataset = open_dataset(make(tmp_path), names=NAMES)
    monkeypatch.setitem(sys.modules, "tifffile", None)
    with pytest.raises(MissingPackageError, match=r"tifffile imagecodecs \(.*\[data\]"):
        dataset[0]
