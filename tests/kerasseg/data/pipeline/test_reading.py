import numpy as np
import pytest
from checks.shapes_dataset import Sample, ShapesDataset

from kerasseg.data import separate_touching, unet_weight_map
from kerasseg.data.pipeline.reading import sample_reader
from kerasseg.errors import ArgumentError

DATASET = ShapesDataset(3)
INSTANCES = np.repeat([[0, 1, 1, 1, 2, 2, 2, 0]], 5, axis=0)
TOUCHING = [Sample(np.zeros((5, 8, 1)), (INSTANCES > 0) * 1, "touching", INSTANCES)]


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
    without = [TOUCHING[0]._replace(instances=None)]
    with pytest.raises(ArgumentError, match="touching has none"):
        sample_reader(without, separate=1)(0)
    for width in (-1, 1.5):
        with pytest.raises(ArgumentError, match="separate"):
            sample_reader(TOUCHING, separate=width)


def test_functions_are_not_kept_in_folders(tmp_path):
    with pytest.raises(ArgumentError, match="cache=True"):
        sample_reader(DATASET, lambda sample: sample.mask, cache=tmp_path)
