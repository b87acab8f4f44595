import numpy as np
import pytest

from kerasseg.errors import ArgumentError
from kerasseg.layers.integer_arguments import integer, pair_of


def test_integers_of_every_kind_come_out_as_int():
    for value in (3, np.int64(3), np.uint8(3)):
        assert type(integer(value, "n")) is int
        assert pair_of(value, "n") == pair_of([value, 3], "n") == (3, 3)
    assert pair_of((0, 2), "n", least=0) == (0, 2)


@pytest.mark.parametrize("wrong", [0, -1, 2.0, True, None, "2", float("nan"), [2]])
def test_all_else_is_refused(wrong):
    with pytest.raises(ArgumentError, match=r"n must be an integer of at least 1\. R"):
        integer(wrong, "n")


@pytest.mark.parametrize(
    "wrong", [0, 2.0, True, None, "22", (1,), (1, 2, 3), (1, None)]
)
def test_all_other_pairs_are_refused(wrong):
    with pytest.raises(
        ArgumentError, match=r"n must be .* or two of them\. Received: n="
    ):
        pair_of(wrong, "n")
