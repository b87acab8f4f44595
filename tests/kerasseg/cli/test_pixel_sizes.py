from argparse import ArgumentTypeError

import pytest

from kerasseg.cli.pixel_sizes import size_argument, stride_argument


@pytest.mark.parametrize("read", [size_argument, stride_argument])
def test_reads_one_number_or_two(read):
    assert read("8") == (8, 8)
    assert read("4x2") == read("4X2") == read("4×2") == (4, 2)


@pytest.mark.parametrize("text", ["", "0", "4x", "4x0", "-4x2", "4x2x3", "1.5", "x"])
def test_refuses_what_is_no_size(text):
    with pytest.raises(ArgumentTypeError, match="is not a size such as 224x224"):
        size_argument(text)
    with pytest.raises(ArgumentTypeError, match="not a stride such as 1, 8 or 4x2"):
        stride_argument(text)
