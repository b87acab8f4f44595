"""The pixels that the cells of a map see, along one image axis at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

from kerasseg.windows import Window, padding_of


@dataclass(frozen=True)
class Axis:
    """Along one axis, cell i sees the pixels from start + i*stride, `size` of them.

    Fractions, because maps that were enlarged have strides below one. `size` is `None`
    where a global pooling saw a map of unknown length.
    """

    start: Fraction = Fraction(0)
    size: Fraction | None = Fraction(1)
    stride: Fraction = Fraction(1)


@dataclass(frozen=True)
class Field:
    """Both axes of a map.

    Attributes:
        pooled: Whether the map was reduced to one cell that saw all of it.
        whole_image: Whether such a cell was merged back into a map.
        flattened: If the map was only flattened: its shape and field before.
        spread: The layer, if one made several cells again of what was pooled.
    """

    y: Axis
    x: Axis
    pooled: bool = False
    whole_image: bool = False
    flattened: tuple[tuple, Field] | None = None
    spread: str | None = None


def slide(axis: Axis, window: Window, i: int, length: int | None) -> Axis:
    """A window of k cells, d apart, every s cells, beginning p cells outside."""
    reach = (window.kernel_size[i] - 1) * window.dilation_rate[i]
    before, _ = padding_of(window, i, length)
    return Axis(
        start=axis.start - before * axis.stride,
        size=None if axis.size is None else axis.size + reach * axis.stride,
        stride=axis.stride * window.strides[i],
    )


def enlarge(axis: Axis, factor: int, kernel: int, before: int = 0) -> Axis:
    """Output cell o reads the cells from (o + before - kernel + 1)/f to (o + before)/f.

    The box holds what any output cell can see; those between two input cells see less.
    """
    step = axis.stride / factor
    reach = kernel - 1
    return Axis(
        start=axis.start + (before - reach) * step,
        size=None if axis.size is None else axis.size + reach * step,
        stride=step,
    )


def see_all(axis: Axis, length: int | None) -> Axis:
    """One cell that sees all the cells of a map of this length."""
    if axis.size is None or length is None:
        return replace(axis, size=None)
    return replace(axis, size=axis.size + (length - 1) * axis.stride)


def each_axis(field: Field, change: Callable[[int, Axis], Axis]) -> Field:
    """The field with both axes changed; `change` takes 0 for y or 1 for x, and it."""
    return replace(field, y=change(0, field.y), x=change(1, field.x))
