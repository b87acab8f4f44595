import numpy as np
import pytest
from checks.shapes_dataset import Sample, ShapesDataset
from PIL import Image

from kerasseg.data import (
    SegmentationDataset,
    open_dataset,
    separate_touching,
    unet_weight_map,
)
from kerasseg.data.dataset import Source
from kerasseg.data.pipeline.reading import sample_reader
from kerasseg.errors import ArgumentError, DataError


class Samples(list):
    name, names, ignore_class = "samples", ("background", "cell"), None


DATASET = ShapesDataset(3)
INSTANCES = np.repeat([[0, 1, 1, 1, 2, 2, 2, 0]], 5, axis=0)
TOUCHING = Samples(
    [Sample(np.zeros((5, 8, 1)), (INSTANCES > 0) * 1, "touching", INSTANCES)]
)


def test_gives_samples_as_they_are():
    read = sample_reader(DATASET)
    for index, sample in enumerate(DATASET):
        found = read(index)
        assert (found.name, found.weights) == (sample.name, None)
        np.testing.assert_array_equal(found.image, sample.image)
        np.testing.assert_array_equal(found.mask, sample.mask)
        assert found.mask.dtype == np.uint8


@pytest.mark.parametrize("label", [-1, 256])
def test_labels_beyond_a_byte_are_kept(label):
    found = sample_reader(ShapesDataset(1, ignore_class=label))(0)
    np.testing.assert_array_equal(
        found.mask, ShapesDataset(1, ignore_class=label)[0].mask
    )


def test_instances_that_touch_are_separated_in_mask_and_weights():
    found = sample_reader(TOUCHING, "unet", separate=2)(0)
    apart = separate_touching(INSTANCES, 2)
    assert found.mask.tolist() == [[0, 1, 1, 0, 0, 1, 1, 0]] * 5
    np.testing.assert_array_equal(found.weights, unet_weight_map(apart))
    assert found.weights[:, 3:5].min() > 8
    assert TOUCHING[0].mask.tolist() == [[0, 1, 1, 1, 1, 1, 1, 0]] * 5


def test_what_cannot_be_separated():
    without = Samples([TOUCHING[0]._replace(instances=None)])
    with pytest.raises(ArgumentError, match="touching has none"):
        sample_reader(without, separate=1)(0)
    for width in (-1, 1.5):
        with pytest.raises(ArgumentError, match="separate"):
            sample_reader(TOUCHING, separate=width)


def test_functions_are_not_kept_in_folders(tmp_path):
    with pytest.raises(ArgumentError, match="cache=True"):
        sample_reader(DATASET, lambda sample: sample.mask, cache=tmp_path)


@pytest.mark.parametrize("label", [-1, 3, 254])
def test_masks_of_own_data_sets_are_looked_at(label):
    dataset = ShapesDataset(1)
    dataset[0].mask[0, 0] = label
    assert len(dataset.names) == 3
    with pytest.raises(DataError, match=rf"shape0.*0 … 2.*Received: {label}, ignore"):
        sample_reader(dataset)(0)


def test_a_cached_folder_knows_how_files_were_read(tmp_path):
    for name in ("images", "masks"):
        (tmp_path / name).mkdir()
        Image.new("L", (4, 3), 1).save(tmp_path / name / "a.png")
    for channels in (3, 1, 3):
        dataset = open_dataset(tmp_path, names=["a", "b"], channels=channels)
        image = sample_reader(dataset, cache=tmp_path / "cache")(0).image
        assert image.shape == (3, 4, channels)
    assert len(list((tmp_path / "cache").iterdir())) == 2


def test_readers_that_cannot_be_told_apart_are_not_kept_in_folders(tmp_path):
    paths = ("a", tmp_path / "a.png", tmp_path / "b.png")
    dataset = SegmentationDataset(
        "own", [Source(*paths)], ["x"], read_image=lambda source: None
    )
    with pytest.raises(ArgumentError, match="functions of a module"):
        sample_reader(dataset, cache=tmp_path)
