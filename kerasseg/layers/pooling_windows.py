"""Where the windows of a pooling lie along one axis."""

from __future__ import annotations

from dataclasses import dataclass

from keras import ops

from kerasseg.errors import ArgumentError


@dataclass(frozen=True)
class Windows:
    """The windows along one axis; lengths may be integers or scalar tensors.

    Attributes:
        size: Cells of a window.
        stride: Cells from the begin of a window to that of the next.
        same: Whether windows may begin and end outside the map (`padding="same"`).
    """

    size: int
    stride: int
    same: bool

    @property
    def overlap(self) -> bool:
        """Whether neighbours share cells."""
        return self.stride < self.size

    @property
    def reach(self) -> int:
        """How many windows at most hold one cell."""
        return -(-self.size // self.stride)

    def count(self, length):
        """How many windows a map of that length has."""
        if self.same:
            return (length - 1) // self.stride + 1
        return (length - self.size) // self.stride + 1

    def before(self, length):
        """How many cells the first window begins before the map."""
        if not self.same or self.size <= 2:  # then what is missing is one cell, behind
            return 0
        missing = (self.count(length) - 1) * self.stride + self.size - length
        if isinstance(missing, int):
            return max(missing, 0) // 2
        return ops.maximum(missing, 0) // 2

    def length(self, count):
        """The length that unpooling gives when it is told none."""
        if self.same:
            return count * self.stride
        return (count - 1) * self.stride + self.size


def windows_of(pool_size, strides, padding) -> tuple[Windows, Windows]:
    """The windows along height and width, of checked arguments."""
    sizes = pair_of(pool_size, "pool_size")
    steps = sizes if strides is None else pair_of(strides, "strides")
    if padding not in ("valid", "same"):
        raise ArgumentError(
            f'padding must be "valid" or "same". Received: padding={padding!r}'
        )
    return tuple(
        Windows(size, step, padding == "same")
        for size, step in zip(sizes, steps, strict=True)
    )


def pair_of(value, name: str) -> tuple[int, int]:
    """One positive integer, or two, as two."""
    pair = tuple(value) if isinstance(value, (tuple, list)) else (value, value)
    if len(pair) != 2 or any(
        isinstance(n, bool) or not isinstance(n, int) or n < 1 for n in pair
    ):
        raise ArgumentError(
            f"{name} must be a positive integer or two of them. "
            f"Received: {name}={value!r}"
        )
    return pair
