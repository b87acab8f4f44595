import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kerasseg.errors import ArgumentError
from kerasseg.inference.tiles.borders import PADDING_MODES, places, read_piece


@given(data=st.data(), mode=st.sampled_from(PADDING_MODES))
@settings(max_examples=200, deadline=None)
def test_pieces_are_those_of_numpys_padding(data, mode):
    draw = data.draw
    shape = draw(st.integers(1, 7)), draw(st.integers(1, 7))
    image = np.arange(np.prod(shape)).reshape(shape)
    size = draw(st.integers(1, 25)), draw(st.integers(1, 25))
    top, left = draw(st.integers(-20, 20)), draw(st.integers(-20, 20))
    padded = np.pad(image, 50, mode=mode)  # larger than the image: reflected again
    expected = padded[50 + top : 50 + top + size[0], 50 + left : 50 + left + size[1]]
    np.testing.assert_array_equal(read_piece(image, top, left, size, mode), expected)


def test_no_more_is_read_than_the_piece_needs():
    class Watched:
        shape = (1000, 1000)
        read = None

        def __getitem__(self, key):
            self.read = key
            return np.zeros([s.stop - s.start for s in key])

    image = Watched()
    assert read_piece(image, 990, -5, (20, 8), "reflect").shape == (20, 8)
    assert image.read == (slice(989, 1000), slice(0, 6))


def test_without_a_mode_nothing_is_made_up():
    np.testing.assert_array_equal(places(2, 3, 5, None), [2, 3, 4])
    with pytest.raises(ArgumentError, match="padding_mode=None"):
        places(2, 4, 5, None)
