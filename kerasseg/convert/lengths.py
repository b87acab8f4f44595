"""How long the maps of the new net are, over many image sizes at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

TRIALS = 256  # image sizes, from the classifier's own upwards


@dataclass(frozen=True, eq=False)
class Lengths:
    """Heights and widths of a map, for images of `TRIALS` sizes in a row.

    Two branches can be joined as they are only if their maps agree for every size.

    Attributes:
        y: The heights, `(TRIALS,)`.
        x: The widths, `(TRIALS,)`.
    """

    y: np.ndarray
    x: np.ndarray

    @classmethod
    def of_images(cls, size: Sequence[int | None]) -> Lengths:
        """For images from `(height, width)` on."""
        return cls(*(np.arange(TRIALS) + (n or 1) for n in size))

    def after(self, kernel_size, strides, dilation_rate, padding) -> Lengths:
        """Behind a window; `padding` is "valid", "same", or zeros before and behind."""
        return Lengths(
            *(
                _after(n, kernel_size[i], strides[i], dilation_rate[i], padding, i)
                for i, n in enumerate((self.y, self.x))
            )
        )

    def common(self, other: Lengths) -> Lengths:
        """What both have."""
        return Lengths(np.minimum(self.y, other.y), np.minimum(self.x, other.x))

    def agree_with(self, other: Lengths) -> bool:
        """Whether both maps have the same size on every image."""
        return np.array_equal(self.y, other.y) and np.array_equal(self.x, other.x)


def _after(
    lengths: np.ndarray, kernel: int, stride: int, rate: int, padding, axis: int
):
    if padding == "same":
        return -(-lengths // stride)
    added = 0 if padding == "valid" else sum(padding[axis])
    return np.maximum((lengths + added - (kernel - 1) * rate - 1) // stride + 1, 0)
