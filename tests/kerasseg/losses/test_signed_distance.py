"""Oracle: the distances to all pixels, one by one."""

import keras
import numpy as np
import pytest

from kerasseg.errors import ArgumentError
from kerasseg.losses import signed_distance_map
from kerasseg.losses.signed_distance import shares_of_distances

MASK = np.random.default_rng(0).choice([0, 1, 2, 255], (6, 9), p=[0.4, 0.3, 0.2, 0.1])


def by_hand(mask, index):
    inside = mask == index
    found = np.zeros(mask.shape)
    for y, x in np.ndindex(mask.shape):
        others = np.argwhere(inside != inside[y, x])
        distance = np.sqrt(((others - (y, x)) ** 2).sum(1)).min() - 0.5
        found[y, x] = -distance if inside[y, x] else distance
    return np.where(mask == 255, 0, found)


def test_equals_the_distances_one_by_one():
    maps = signed_distance_map(MASK, classes=3, ignore_class=255)
    assert maps.dtype == np.float32
    for index in range(3):
        np.testing.assert_allclose(maps[..., index], by_hand(MASK, index), rtol=1e-6)


def test_of_one_class_is_that_of_the_foreground():
    mask = np.where(MASK == 2, 1, MASK)
    maps = signed_distance_map(mask, classes=1, ignore_class=255)
    np.testing.assert_allclose(maps[..., 0], by_hand(mask, 1), rtol=1e-6)


def test_without_a_boundary_it_is_one_half():
    maps = signed_distance_map(np.ones((2, 2), int), classes=3)
    np.testing.assert_array_equal(maps, np.full((2, 2, 3), [0.5, -0.5, 0.5]))


@pytest.mark.parametrize("channels", [1, 3])
def test_gives_the_labels_back(channels):
    mask = MASK if channels > 1 else np.where(MASK == 2, 1, MASK)
    distances = signed_distance_map(mask, channels, ignore_class=255)[None]
    shares = shares_of_distances(keras.ops.convert_to_tensor(distances), "float32")
    wanted = mask[None, ..., None] == np.arange(max(2, channels))
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(shares), wanted)


@pytest.mark.parametrize(
    ("mask", "message"),
    [
        (np.zeros((2, 2, 1), int), r"Received: shape \(2, 2, 1\)"),
        (np.full((2, 2), 255), r"Received: labels \[255\]"),
        (np.full((2, 2), 0.5), r"Received: labels \[0.5\]"),
    ],
)
def test_refuses_other_masks(mask, message):
    with pytest.raises(ArgumentError, match=message):
        signed_distance_map(mask, classes=2)
