import numpy as np
import pytest
from checks.masks import in_every_run, instance_pairs
from hypothesis import given

from kerasseg.errors import ArgumentError
from kerasseg.metrics import count_objects, label_objects, mean_count_error


def fill_by_hand(mask, connectivity):
    """Flood fill, in plain Python: the sets of connected pixels of one value."""
    left = set(zip(*np.nonzero(mask), strict=True))
    parts = []
    while left:
        start = left.pop()
        part, border = {start}, [start]
        while border:
            row, column = border.pop()
            for down in (-1, 0, 1):
                for right in (-1, 0, 1):
                    near = (row + down, column + right)
                    touches = abs(down) + abs(right) <= connectivity
                    if near in left and touches and mask[near] == mask[start]:
                        left.remove(near)
                        part.add(near)
                        border.append(near)
        parts.append(part)
    return parts


@in_every_run
@given(pair=instance_pairs())
def test_equals_flood_fill(pair):
    for connectivity in (1, 2):
        for mask in (pair[0], pair[0] > 1):
            for min_size in (1, 3):
                parts = fill_by_hand(mask, connectivity)
                parts = {frozenset(p) for p in parts if len(p) >= min_size}
                found = label_objects(mask, connectivity, min_size)
                numbers = sorted(set(found.flat) - {0})
                assert numbers == list(range(1, len(parts) + 1))
                assert parts == {
                    frozenset(zip(*np.nonzero(found == n), strict=True))
                    for n in numbers
                }
                assert count_objects(mask, connectivity, min_size) == len(parts)


@in_every_run
@given(pair=instance_pairs())
def test_equals_scikit_image(pair):
    measure = pytest.importorskip("skimage.measure")
    for connectivity in (1, 2):
        expected = measure.label(pair[0], background=0, connectivity=connectivity).max()
        assert count_objects(pair[0], connectivity) == expected


def test_nothing_to_count():
    assert count_objects(np.zeros((3, 4), int)) == 0
    assert label_objects(np.zeros((0, 4), int)).shape == (0, 4)


def test_mean_error():
    assert mean_count_error([3, 5, 0], [5, 5, 1]) == pytest.approx(1)
    assert mean_count_error(np.array([3], "uint8"), np.array([5], "uint8")) == 2
    assert mean_count_error([], []) is None
    with pytest.raises(ArgumentError, match="2 and 1 counts"):
        mean_count_error([1, 2], [1])


@pytest.mark.parametrize("options", [{"connectivity": 4}, {"min_size": 0}])
def test_wrong_options(options):
    (name,) = options
    with pytest.raises(ArgumentError, match=f"Received: {name}="):
        count_objects(np.zeros((2, 2), int), **options)
