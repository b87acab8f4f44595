from fractions import Fraction

import numpy as np
import pytest

from kerasseg.inference.tiles.cells_read import (
    read_by_interpolation,
    read_by_transposition,
    read_by_window,
)

WINDOWS = [(3, 1, 1), (2, 2, 0), (5, 3, 2)]
TRANSPOSED = [(2, 2, 0), (4, 2, 1), (16, 8, 0), (7, 1, 0), (3, 4, 0)]


@pytest.mark.parametrize(("span", "stride", "before"), WINDOWS)
def test_windows_read_what_a_loop_reads(span, stride, before):
    read = read_by_window(4, span, stride, before)
    for cell in range(4):
        cells = [cell * stride - before + k for k in range(span)]
        assert (read.first[cell], read.last[cell]) == (cells[0], cells[-1])


@pytest.mark.parametrize(("span", "stride", "before"), TRANSPOSED)
def test_transposition_reads_every_cell_that_writes_there(span, stride, before):
    read = read_by_transposition(30, span, stride, before)
    for cell in range(30):
        writers = [
            old
            for old in range(-40, 40)
            if old * stride <= cell + before < old * stride + span
        ]
        got = list(range(read.first[cell], read.last[cell] + 1))
        assert got == writers


def test_interpolation_reads_the_cells_about_a_place():
    read = read_by_interpolation(6, Fraction(2))
    assert read.first.tolist() == [-1, 0, 0, 1, 1, 2]
    assert read.last.tolist() == [0, 1, 1, 2, 2, 3]
    read = read_by_interpolation(5, Fraction(2), from_corner=True)
    assert read.first.tolist() == [0, 0, 1, 1, 2]
    assert read.last.tolist() == [0, 1, 1, 2, 2]


def test_inner_are_cells_that_read_inner_cells_alone():
    old = np.array([False, True, True, True, False])
    inner = read_by_window(5, 3, 1, 1).inner(old)
    assert inner.tolist() == [False, False, True, False, False]
    # A gap between the stamps of a transposed convolution reads nothing at all.
    inner = read_by_transposition(10, 1, 2, 0).inner(old)
    assert inner.tolist() == [False, True] + [True] * 6 + [False, True]
    assert not read_by_window(5, 1, 1, -1).inner(np.ones(5, bool))[-1]
