"""What an augmentation is made of: three kinds of random change, each a dataclass."""

from __future__ import annotations

import numpy as np

Size = tuple[int, int]


class Movement:
    """Moves the image by a matrix: flips, rotations, shifts, scalings.

    Attributes:
        leaves_image: Whether places of the result can lie outside the image.
    """

    leaves_image = True

    def matrix(self, rng: np.random.Generator, size: Size) -> np.ndarray:
        """Draws the way back: from `(y, x, 1)` of the result to that of the image.

        Args:
            rng: Where the random numbers come from.
            size: Height and width of the image.

        Returns:
            `(3, 3)` float64.
        """
        raise NotImplementedError


class Deformation:
    """Moves every pixel by a displacement of its own."""

    def field(
        self,
        rng: np.random.Generator,
        size: Size,
        rows: np.ndarray,
        columns: np.ndarray,
    ) -> np.ndarray:
        """Draws the displacement, in pixels, of the places `rows × columns`.

        Args:
            rng: Where the random numbers come from.
            size: Height and width of the image.
            rows: Their y, `(h,)`; those of a crop, so also outside the image.
            columns: Their x, `(w,)`.

        Returns:
            `(2, h, w)`, y and x.
        """
        raise NotImplementedError


class Recoloring:
    """Changes values of the image and moves nothing."""

    def recolor(self, rng: np.random.Generator, image: np.ndarray) -> np.ndarray:
        """Draws and applies the change.

        Args:
            rng: Where the random numbers come from.
            image: `(height, width, channels)` float32, 0…255.

        Returns:
            The same shape and type.
        """
        raise NotImplementedError
