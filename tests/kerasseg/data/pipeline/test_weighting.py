import numpy as np
import pytest
from checks.shapes_dataset import ShapesDataset

from kerasseg.data import class_weights, unet_weight_map
from kerasseg.data.pipeline.weighting import (
    check_map,
    map_of,
    pixel_weights,
    weights_of_classes,
)
from kerasseg.errors import ArgumentError

DATASET = ShapesDataset()
SAMPLE = DATASET[0]


def test_maps():
    assert map_of(None, SAMPLE) is None
    unet = map_of("unet", SAMPLE)
    np.testing.assert_array_equal(unet, unet_weight_map(SAMPLE.instances))
    own = map_of(lambda sample: sample.mask == 1, SAMPLE)
    np.testing.assert_array_equal(own, SAMPLE.mask == 1)
    assert own.dtype == unet.dtype == np.float32


def test_maps_that_cannot_be_made():
    with pytest.raises(ArgumentError, match="shape0 has none"):
        map_of("unet", SAMPLE._replace(instances=None))
    with pytest.raises(ArgumentError, match="shape0"):
        map_of(lambda sample: np.ones((2, 2)), SAMPLE)
    with pytest.raises(ArgumentError, match="finite"):
        map_of(lambda sample: np.full(sample.mask.shape, np.nan), SAMPLE)
    with pytest.raises(ArgumentError, match=r"at least 0.*from -1"):
        map_of(lambda sample: -(sample.mask >= 0).astype("float32"), SAMPLE)
    for bad in ("u-net", 3):
        with pytest.raises(ArgumentError, match="weight_map"):
            check_map(bad)


def test_weights_of_classes():
    for given in ([1, 2, 0.5], {1: 2, 2: 0.5}, np.array([1, 2, 0.5])):
        np.testing.assert_array_equal(weights_of_classes(given, DATASET), [1, 2, 0.5])
    np.testing.assert_array_equal(
        weights_of_classes("inverse", DATASET),
        class_weights(DATASET.class_statistics(), "inverse"),
    )
    assert weights_of_classes(None, DATASET) is None


@pytest.mark.parametrize(
    "given",
    [[1, 2], [1, 2, -1], [1, 2, float("nan")], [1, 2, np.inf], {3: 1.0}, "median", 2.0],
)
def test_bad_weights_of_classes(given):
    with pytest.raises(ArgumentError, match="class_weight"):
        weights_of_classes(given, DATASET)


def test_weights_multiply_and_ignored_pixels_count_nothing():
    mask = np.array([[0, 1, 2, 255]])
    weights = np.array([[1, 2, 3, 4]], np.float32)
    classes = np.array([1, 10, 100], np.float32)
    assert pixel_weights(mask, None, None, 255) is None
    for given, expected in (
        ((weights, None), [[1, 2, 3, 0]]),
        ((None, classes), [[1, 10, 100, 0]]),
        ((weights, classes), [[1, 20, 300, 0]]),
    ):
        np.testing.assert_array_equal(pixel_weights(mask, *given, 255), expected)
    whole = pixel_weights(mask[:, :3], weights[:, :3], classes, None)
    np.testing.assert_array_equal(whole, [[1, 20, 300]])
