"""One resampling for all that moves: where each pixel of the result comes from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kerasseg.data.augmentation import resampling
from kerasseg.data.augmentation.transform import Size

Window = tuple[int, int, int, int]


@dataclass(frozen=True)
class Warp:
    """A matrix, a displacement before it, and the window that is looked at.

    Attributes:
        size: Height and width of the image.
        window: Top, left, height and width of the result, which may reach beyond the
            image.
        matrix: `(3, 3)`, from `(y, x, 1)` of the result to the image.
        field: `(2, height, width)` of the window, added before the matrix; or `None`.
    """

    size: Size
    window: Window
    matrix: np.ndarray
    field: np.ndarray | None = None

    def image(
        self, image: np.ndarray, mirror: bool, fill_value: float, interpolation: str
    ) -> np.ndarray:
        """The image moved, float32.

        Args:
            image: `(height, width, channels)`.
            mirror: Whether it goes on mirrored beyond its border.
            fill_value: The value there if it does not.
            interpolation: `"bilinear"` or `"nearest"`.
        """
        lines = self._lines
        if lines is not None:
            return image[lines].astype(np.float32)
        sample = getattr(resampling, interpolation)
        moved = sample(image, *self._places, mirror).astype(np.float32, copy=False)
        if not mirror:
            moved[~self._inside] = fill_value
        return moved

    def labels(self, labels: np.ndarray, outside: int | None) -> np.ndarray:
        """Labels moved, of the same type; `outside` the image, or `None` for mirrored.

        Args:
            labels: `(height, width)` integers.
            outside: The label there.
        """
        lines = self._lines
        if lines is not None:
            return labels[lines]
        moved = resampling.nearest(labels, *self._places, mirror=outside is None)
        if outside is not None:
            moved[~self._inside] = outside
        return moved

    def weights(self, weights: np.ndarray, mirror: bool = False) -> np.ndarray:
        """Weights moved, float32; 0 outside the image unless they are mirrored.

        Args:
            weights: `(height, width)`.
            mirror: Whether they go on mirrored.
        """
        lines = self._lines
        if lines is not None:
            return weights[lines].astype(np.float32)
        moved = resampling.bilinear(weights[..., None], *self._places, mirror)[..., 0]
        if not mirror:
            moved[~self._inside] = 0
        return moved

    def leaves_image(self) -> bool:
        """Whether a pixel of the result lies outside the image."""
        return self._lines is None and not bool(self._inside.all())

    @cached_property
    def _places(self) -> tuple[np.ndarray, np.ndarray]:
        """Rows and columns in the image, `(h, w)` float64 each."""
        y, x = (axis.astype(np.float64) for axis in self._axes())
        y, x = y[:, None], x[None]
        if self.field is not None:
            y, x = y + self.field[0], x + self.field[1]
        shape = self.window[2:]
        (a, b, c), (d, e, f) = self.matrix[:2]
        rows, columns = a * y + b * x + c, d * y + e * x + f
        return np.broadcast_to(rows, shape), np.broadcast_to(columns, shape)

    @cached_property
    def _inside(self) -> np.ndarray:
        return resampling.inside(*self._places, self.size)

    def _axes(self) -> tuple[np.ndarray, np.ndarray]:
        top, left, height, width = self.window
        return np.arange(top, top + height), np.arange(left, left + width)

    @cached_property
    def _lines(self):
        """Whole rows and columns to copy, where that is all there is to do."""
        diagonal = np.diag(np.diag(self.matrix)[:2])
        if self.field is not None or np.any(self.matrix[:2, :2] != diagonal):
            return None
        lines = []
        for axis, at in enumerate(self._axes()):
            at = self.matrix[axis, axis] * at + self.matrix[axis, 2]
            whole = at.astype(np.int64)
            if abs(self.matrix[axis, axis]) != 1 or np.any(at != whole):
                return None
            if whole.size and not 0 <= whole.min() <= whole.max() < self.size[axis]:
                return None
            lines.append(whole)
        return np.ix_(*lines)


def centered_window(size: Size, crop_size: Size | None) -> Window:
    """The middle of the image; all of it without `crop_size`."""
    height, width = crop_size or size
    return (size[0] - height) // 2, (size[1] - width) // 2, height, width


def random_window(
    rng: np.random.Generator, size: Size, crop_size: Size | None
) -> Window:
    """A place drawn evenly; if the window is the larger, the image's place in it."""
    if crop_size is None:
        return 0, 0, *size
    slack = [full - part for full, part in zip(size, crop_size, strict=True)]
    top, left = (int(rng.integers(min(n, 0), max(n, 0) + 1)) for n in slack)
    return top, left, *crop_size
