from types import SimpleNamespace

import numpy as np
from checks.data_folders import ids, photo, write

from kerasseg.cli.train_data import ScaledDataset
from kerasseg.data import Pipeline, Sample, open_dataset


def test_scaled_images_and_masks_stay_together():
    image = np.zeros((8, 12, 3), np.uint8)
    image[:4, :6] = 200
    mask = (image[..., 0] > 0).astype(np.int32)
    dataset = [Sample(image, mask, "a")]
    scaled = ScaledDataset(dataset, 0.5)[0]
    np.testing.assert_array_equal(scaled.mask, mask[::2, ::2])
    assert scaled.image.dtype == np.uint8
    np.testing.assert_array_equal(scaled.image[:1, :2], image[:1, :2])
    named = ScaledDataset(SimpleNamespace(name="x"), 0.5)
    assert named.name == "x"


def test_a_cache_tells_one_scale_from_another(tmp_path):
    write(tmp_path / "images/a.png", photo(height=8, width=8))
    write(tmp_path / "masks/a.png", ids(3, height=8, width=8))
    dataset = open_dataset(tmp_path, names=["a", "b", "c"])
    for scale, size in ((0.5, 4), (1.0, 8), (2.0, 16), (0.5, 4)):
        scaled = ScaledDataset(dataset, scale)
        image, mask = Pipeline(scaled, 1, cache=tmp_path / "cache").example(0, 0)
        assert image.shape == (size, size, 3)
        assert mask.shape == (size, size)
