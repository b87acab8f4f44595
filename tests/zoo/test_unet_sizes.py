"""The oracle counts pixels through the network, size by size."""

import pytest

from kerasseg.errors import ArgumentError
from zoo import unet_valid_sizes


def output_of(size, depth):
    """Pixels that come out, or `None` where a half is odd or nothing is left."""
    for _ in range(depth):
        size -= 4  # two 3×3 convolutions
        if size < 2 or size % 2:
            return None
        size //= 2
    size -= 4
    for _ in range(depth):
        if size < 1:
            return None
        size = 2 * size - 4
    return size if size >= 1 else None


@pytest.mark.parametrize("depth", [1, 2, 3, 4, 5])
def test_all_valid_sizes_are_listed_and_no_others(depth):
    counted = [(n, output_of(n, depth)) for n in range(1, 1000)]
    wanted = [pair for pair in counted if pair[1] is not None]
    assert unet_valid_sizes(depth=depth, count=len(wanted)) == wanted
    for at_least in (1, 17, 187, 188, 189, 572, 573):
        first = next(pair for pair in wanted if pair[0] >= at_least)
        assert unet_valid_sizes(at_least, depth, count=1) == [first]


def test_those_of_the_paper():
    assert unet_valid_sizes(557, count=1) == [(572, 388)]
    assert unet_valid_sizes()[0] == (188, 4)


@pytest.mark.parametrize("name", ["at_least", "depth", "count"])
def test_bad_arguments_are_refused(name):
    for value in (0, 1.5, None):
        with pytest.raises(ArgumentError, match=f"Received: {name}="):
            unet_valid_sizes(**{name: value})
