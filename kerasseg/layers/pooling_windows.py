"""Where the windows of a pooling lie along one axis."""

from __future__ import annotations

from dataclasses import dataclass

from keras import ops

from kerasseg.errors import ArgumentError
from kerasseg.layers.integer_arguments import pair_of


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


def pooled_shape(shape: tuple, rows: Windows, columns: Windows) -> tuple:
    """Shape of a pooled map; raises `ArgumentError` if the map holds no window.

    Args:
        shape: `(batch, height, width, channels)`, any of them `None`.
    """
    batch, *lengths, channels = shape
    counts = [
        None if length is None else windows.count(length)
        for windows, length in zip((rows, columns), lengths, strict=True)
    ]
    if any(count is not None and count < 1 for count in counts):
        raise ArgumentError(
            f"A map of {tuple(lengths)} cells holds no window of "
            f"{(rows.size, columns.size)} cells; padding='same' takes maps of any size."
        )
    return (batch, *counts, channels)
