import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy import ndimage

from kerasseg.data import unet_weight_map
from kerasseg.errors import ArgumentError


def by_whole_transforms(labels, w0=10.0, sigma=5.0, inside=False):
    """Equation 2 with one distance transform a cell over the whole image; w_c = 1."""
    numbers = [n for n in np.unique(labels) if n]
    if len(numbers) < 2:
        return np.ones(labels.shape)
    distances = [ndimage.distance_transform_edt(labels != n) for n in numbers]
    d1, d2 = np.sort(distances, axis=0)[:2]
    term = w0 * np.exp(-((d1 + d2) ** 2) / (2 * sigma**2))
    return 1 + (term if inside else term * (labels == 0))


def by_brute_force(labels, w0, sigma):
    """The same from the distances between all pairs of pixels."""
    weights = np.ones(labels.shape)
    for place in np.ndindex(labels.shape):
        nearest = sorted(
            min(np.hypot(*(np.array(place) - p)) for p in np.argwhere(labels == n))
            for n in np.unique(labels)
            if n
        )
        if len(nearest) > 1 and labels[place] == 0:
            weights[place] += w0 * np.exp(-(sum(nearest[:2]) ** 2) / (2 * sigma**2))
    return weights


def cells(seed, shape=(96, 120), count=14):
    """Discs strewn about, some of them touching."""
    rng = np.random.default_rng(seed)
    y, x = np.indices(shape)
    labels = np.zeros(shape, np.int32)
    for number in range(1, count + 1):
        center, radius = rng.uniform(0, 1, 2) * shape, rng.uniform(2, 12)
        labels[np.hypot(y - center[0], x - center[1]) < radius] = number * 7
    return labels


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("inside", [False, True])
def test_equals_one_transform_a_cell(seed, inside):
    labels = cells(seed)
    weights = unet_weight_map(labels, inside=inside)
    assert weights.dtype == np.float32
    expected = by_whole_transforms(labels, inside=inside)
    assert expected.max() > 2
    np.testing.assert_allclose(weights, expected, atol=1e-5)


@pytest.mark.parametrize(("w0", "sigma"), [(10, 5), (200, 1.5), (0.5, 40), (0, 3)])
def test_any_height_and_width_of_the_term(w0, sigma):
    labels = cells(9)
    expected = by_whole_transforms(labels, w0, sigma)
    np.testing.assert_allclose(
        unet_weight_map(labels, w0, sigma), expected, atol=1e-5, rtol=1e-6
    )


@settings(max_examples=60, deadline=None)
@given(
    arrays(
        np.int16,
        array_shapes(min_dims=2, max_dims=2, max_side=7),
        elements=st.integers(0, 4),
    )
)
def test_any_labels_by_brute_force(labels):
    expected = by_brute_force(labels, 10.0, 2.0)
    np.testing.assert_allclose(unet_weight_map(labels, 10.0, 2.0), expected, atol=1e-5)


def test_fewer_than_two_cells_have_nothing_to_be_separated_from():
    nothing, one = np.zeros((9, 7), int), np.zeros((9, 7), int)
    one[2:5, 2:4] = 300
    for labels in (nothing, one, np.full((9, 7), 4)):
        np.testing.assert_array_equal(unet_weight_map(labels), 1)


def test_sizes_of_a_pixel_and_of_none():
    assert unet_weight_map(np.ones((1, 1), np.uint8)).tolist() == [[1.0]]
    assert unet_weight_map(np.zeros((0, 5), int)).shape == (0, 5)


def test_touching_cells_have_no_pixel_between_them():
    labels = np.array([[1, 1, 1, 2, 2, 2]])
    np.testing.assert_array_equal(unet_weight_map(labels), 1)
    between = unet_weight_map(labels, inside=True)[0, 2:4]
    np.testing.assert_allclose(between, 1 + 10 * np.exp(-1 / 50), rtol=1e-6)


def test_class_weights_are_added():
    labels = cells(1)
    term = unet_weight_map(labels) - 1
    weights = unet_weight_map(labels, class_weight={0: 0.5, 1: 3.0})
    expected = np.where(labels > 0, 3.0, 0.5) + term
    np.testing.assert_allclose(weights, expected, rtol=1e-5)


def test_balanced_classes_weigh_the_same():
    labels = cells(2)
    weights = unet_weight_map(labels, w0=0, class_weight="balanced")
    assert weights[labels > 0].sum() == pytest.approx(labels.size / 2, rel=1e-5)
    assert weights.mean() == pytest.approx(1, rel=1e-5)
    for one_class in (np.zeros((4, 4), int), np.ones((4, 4), int)):
        balanced = unet_weight_map(one_class, class_weight="balanced")
        np.testing.assert_array_equal(balanced, 1)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"labels": np.zeros((4, 4))}, "float64"),
        ({"labels": np.zeros((4, 4, 1), int)}, r"\(4, 4, 1\)"),
        ({"labels": np.full((4, 4), -1)}, "-1"),
        ({"sigma": 0}, "sigma=0"),
        ({"w0": -1}, "w0=-1"),
        ({"w0": float("nan")}, "w0=nan"),
        ({"class_weight": "even"}, "even"),
        ({"class_weight": {1: 2.0}}, "background 0"),
        ({"class_weight": {0: 1.0, 1: -2.0}}, "at least 0"),
    ],
)
def test_bad_arguments(arguments, words):
    with pytest.raises(ArgumentError, match=words):
        unet_weight_map(**{"labels": np.zeros((4, 4), int), **arguments})
