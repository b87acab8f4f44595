import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from kerasseg.data.augmentation import (
    Augmentation,
    Elastic,
    Flip,
    GreyValues,
    Rotate,
    Scale,
    Shift,
    as_augmentation,
)
from kerasseg.errors import ArgumentError

MOVES = [Flip(True, True), Rotate(180), Shift(0.3, 0.2), Scale(0.6, 1.6), Elastic(4)]


def numbered(height, width):
    """A mask with a label of its own for every pixel, and an image made of it."""
    mask = np.arange(height * width, dtype=np.int32).reshape(height, width)
    return mask[..., None].astype(np.float32), mask


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from(MOVES), max_size=4, unique=True),
    st.tuples(st.integers(1, 20), st.integers(1, 20)),
    st.none() | st.tuples(st.integers(1, 24), st.integers(1, 24)),
    st.sampled_from(["mirror", "constant"]),
    st.integers(0, 2**32),
)
def test_image_mask_and_instances_move_together(moves, size, crop, fill, seed):
    image, mask = numbered(*size)
    augmentation = Augmentation(
        moves, fill=fill, fill_value=-7, interpolation="nearest"
    )
    image, mask, weights, instances = augmentation(
        *(image, mask, np.ones(size), mask + 1),
        seed=seed,
        ignore_class=-1,
        crop_size=crop,
    )
    assert image.shape == (*(crop or size), 1)
    outside = mask == -1
    np.testing.assert_array_equal(image[~outside, 0], mask[~outside])
    np.testing.assert_array_equal(instances, mask + 1)  # outside: -1 and 0
    np.testing.assert_allclose(weights, ~outside, atol=1e-6)
    if fill == "constant":
        np.testing.assert_array_equal(image[outside], -7)
    else:
        assert image.min() >= 0


def test_equals_one_step_after_another():
    """Bilinear once, where the oracle composes the places by hand."""
    rng = np.random.default_rng(0)
    size = (37, 45)
    image = rng.uniform(0, 255, (*size, 2))
    flip, turn, bend = Flip(True, True), Rotate(50), Elastic(3)
    crop = (20, 30)
    found = Augmentation([flip, turn, bend])(image, seed=11, crop_size=crop).image
    draw = np.random.default_rng(11)
    top, left = (int(draw.integers(0, n + 1)) for n in (17, 15))
    flipped, turned = flip.matrix(draw, size), turn.matrix(draw, size)
    rows, columns = np.arange(top, top + 20), np.arange(left, left + 30)
    places = np.stack(np.meshgrid(rows, columns, indexing="ij")).astype(float)
    places += bend.field(draw, size, rows, columns)
    for matrix in (turned, flipped):  # back from the result to the image
        places = np.einsum("ij,jhw->ihw", matrix[:2, :2], places)
        places += matrix[:2, 2][:, None, None]
    for c in range(2):
        expected = ndimage.map_coordinates(
            image[..., c], places, order=1, mode="mirror"
        )
        np.testing.assert_allclose(found[..., c], expected, rtol=1e-5, atol=1e-4)


def test_weights_are_interpolated_and_zero_outside():
    size = (30, 30)
    image, mask = numbered(*size)
    weights = np.random.default_rng(0).uniform(1, 9, size)
    augmentation = Augmentation([Rotate(180), Shift(0.3, 0.3)])
    result = augmentation(image, mask, weights, seed=5, ignore_class=-1)
    outside = result.mask == -1
    assert outside.any()
    np.testing.assert_array_equal(result.weights[outside], 0)
    again = augmentation(weights[..., None], seed=5).image[..., 0]
    inner = ndimage.binary_erosion(~outside, iterations=2)
    np.testing.assert_allclose(result.weights[inner], again[inner], rtol=1e-5)


def test_without_an_ignored_class_all_is_mirrored():
    image, mask = numbered(16, 16)
    augmentation = Augmentation([Rotate(180)], interpolation="nearest")
    result = augmentation(image, mask, np.ones((16, 16)), mask, seed=3)
    np.testing.assert_array_equal(result.image[..., 0], result.mask)
    np.testing.assert_array_equal(result.instances, result.mask)
    np.testing.assert_allclose(result.weights, 1, rtol=1e-6)


def test_a_constant_needs_a_label_for_what_lies_outside():
    image, mask = numbered(16, 16)
    with pytest.raises(ArgumentError, match="ignore_class"):
        Augmentation([Rotate(180)], fill="constant")(image, mask, seed=3)
    Augmentation([Flip()], fill="constant")(image, mask, seed=3)  # stays inside


def test_the_seed_alone_decides():
    image, mask = numbered(16, 18)
    first, second = (
        Augmentation([*MOVES, GreyValues()]),
        Augmentation([*MOVES, GreyValues()]),
    )
    seeds = [(s, e, i) for s in range(2) for e in range(2) for i in range(3)]
    found = {seed: first(image, mask, seed=seed, ignore_class=-1) for seed in seeds}
    for seed in reversed(seeds):
        again = second(image, mask, seed=seed, ignore_class=-1)
        np.testing.assert_array_equal(found[seed].image, again.image)
        np.testing.assert_array_equal(found[seed].mask, again.mask)
    assert len({result.image.tobytes() for result in found.values()}) == len(seeds)


def test_the_input_is_not_changed():
    image, mask = numbered(9, 9)
    for transforms in ([], [Flip(True, True)], [GreyValues()], MOVES):
        before = image.copy(), mask.copy()
        for seed in range(3):
            result = Augmentation(transforms)(image, mask, seed=seed, ignore_class=-1)
            result.image[:], result.mask[:] = 5, 5
        np.testing.assert_array_equal(image, before[0])
        np.testing.assert_array_equal(mask, before[1])


def test_what_stands_for_an_augmentation():
    assert as_augmentation(None).transforms == ()
    assert as_augmentation("flip").transforms == (Flip(),)
    assert as_augmentation([Rotate(3)]).transforms == (Rotate(3),)
    one = Augmentation([Flip()])
    assert as_augmentation(one) is one
    assert "Flip" in repr(one)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Augmentation(["flip"]), "'flip'"),
        (lambda: Augmentation([Elastic(), Elastic()]), "one deformation"),
        (lambda: Augmentation([], fill="wrap"), "fill='wrap'"),
        (lambda: Augmentation([], interpolation="cubic"), "cubic"),
        (lambda: Augmentation([])(np.zeros((4, 4)), seed=0), r"\(4, 4\)"),
        (lambda: Augmentation([])(np.zeros((4, 4, 1)), seed=-1), "seed=-1"),
        (lambda: Augmentation([])(np.zeros((4, 4, 1)), seed=(1, 0.5)), "seed="),
        (
            lambda: Augmentation([])(np.zeros((4, 4, 1)), seed=0, crop_size=(0, 2)),
            "crop_size",
        ),
        (lambda: Augmentation([])(np.zeros((4, 0, 1)), seed=0), "none of them 0"),
        (
            lambda: Augmentation([])(np.zeros((4, 4, 1)), np.zeros((4, 5)), seed=0),
            "mask must have the image's size",
        ),
    ],
)
def test_bad_arguments(make, words):
    with pytest.raises(ArgumentError, match=words):
        make()
