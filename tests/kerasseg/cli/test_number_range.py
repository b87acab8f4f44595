import argparse
import math

import pytest

from kerasseg.cli.number_range import AVERAGE, COUNT, MOMENTUM, POSITIVE, SEED, SHARE


@pytest.mark.parametrize(
    ("numbers", "inside", "outside", "told"),
    [
        (COUNT, [0, 7], [-1, 1.5, "x", ""], "a whole number from 0"),
        (SEED, [0, 2**32 - 1], [-1, 2**32], "a whole number from 0 to 4294967295"),
        (POSITIVE, [1e-9, 3.5], [0, -1, math.nan, math.inf], "a number above 0"),
        (SHARE, [0.5, 1], [0, 1.1], "a number above 0 to 1"),
        (MOMENTUM, [0, 0.99], [1, 2, -0.1], "a number from 0 to below 1"),
        (AVERAGE, [0.999], [0, 1], "a number above 0 to below 1"),
    ],
)
def test_numbers_of_a_range_are_read_and_others_refused(numbers, inside, outside, told):
    assert str(numbers) == told
    for value in inside:
        assert numbers(str(value)) == value
        assert type(numbers(str(value))) is numbers.kind
    for value in outside:
        with pytest.raises(argparse.ArgumentTypeError) as caught:
            numbers(str(value))
        assert str(caught.value) == f"must be {told}, not {str(value)!r}"
