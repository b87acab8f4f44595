import itertools

import numpy as np
import pytest

from kerasseg.data.digit_scenes import make_scene
from kerasseg.errors import ArgumentError


@pytest.fixture
def digits():
    """Thirty squares of ink, each with its own pattern, that need no data set."""
    return (np.random.default_rng(0).random((30, 24, 24)) > 0.5).astype(np.float32)


@pytest.fixture
def labels():
    return np.arange(30) % 10


def test_scene_is_paper_with_ink_at_the_places_told(digits, labels):
    scene, placed = make_scene(digits, labels, count=20, seed=1)
    assert scene.shape == (256, 384, 1)
    assert scene.dtype == np.float32
    assert scene.min() >= 0
    assert scene.max() <= 1
    paper = np.ones(scene.shape[:2], bool)
    for digit in placed:
        top, left, bottom, right = digit.box
        paper[top:bottom, left:right] = False
        darkness = 1 - scene[top:bottom, left:right, 0].ravel()
        likeness = [np.corrcoef(darkness, ink.ravel())[0, 1] for ink in digits]
        assert labels[np.argmax(likeness)] == digit.label
        assert max(likeness) > 0.9
    assert scene[paper].min() > 0.6


def test_digits_keep_their_distance_and_stay_inside(digits, labels):
    for seed in range(5):
        _, placed = make_scene(digits, labels, 200, 300, count=20, seed=seed)
        for digit in placed:
            top, left, bottom, right = digit.box
            assert top >= 12
            assert left >= 12
            assert bottom <= 188
            assert right <= 288
        for a, b in itertools.combinations(placed, 2):
            assert max(abs(a.top - b.top), abs(a.left - b.left)) >= 24 + 8


def test_no_digit_is_set_twice(digits, labels):
    _, placed = make_scene(digits, np.arange(30), count=30)
    assert sorted(digit.label for digit in placed) == list(range(30))


def test_the_seed_decides(digits, labels):
    scene, placed = make_scene(digits, labels, seed=7)
    again, placed_again = make_scene(digits, labels, seed=7)
    other, _ = make_scene(digits, labels, seed=8)
    np.testing.assert_array_equal(scene, again)
    assert placed == placed_again
    assert not np.array_equal(scene, other)


def test_the_smallest_sheet_holds_one_digit_in_its_middle(digits, labels):
    _, placed = make_scene(digits, labels, 48, 48, count=1)
    assert placed[0].box == (12, 12, 36, 36)


def test_a_sheet_may_be_empty(digits, labels):
    scene, placed = make_scene(digits, labels, 8, 9, count=0)
    assert scene.shape == (8, 9, 1)
    assert placed == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"count": 31}, "Received: 31"),
        ({"count": -1}, "Received: -1"),
        ({"height": 47}, "height=47"),
        ({"height": 60, "width": 60}, "No room for digit number 2"),
    ],
)
def test_impossible_scenes_are_refused(digits, labels, options, message):
    with pytest.raises(ArgumentError, match=message):
        make_scene(digits, labels, **options)


def test_digits_of_another_size_are_refused(labels):
    with pytest.raises(ArgumentError, match=r"\(24, 8, 8\)"):
        make_scene(np.zeros((30, 8, 8)), labels)
