"""The elastic deformation of the U-Net paper."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from kerasseg.data.augmentation.transform import Deformation, Size
from kerasseg.errors import ArgumentError


@dataclass(frozen=True)
class Elastic(Deformation):
    """Bends the image smoothly.

    Displacements are drawn for the points of a coarse grid over the whole image, its
    corners included, and spread over the pixels by bicubic splines through them.

    Reference:

    - [U-Net: Convolutional Networks for Biomedical Image
      Segmentation](https://arxiv.org/abs/1505.04597), section 3.1 (Ronneberger, Fischer
      and Brox, 2015)

    Args:
        sigma: Standard deviation of the displacements, in pixels; the paper's is 10,
            for images of 512 pixels.
        grid: Points along each side, at least 2; the paper has 3.

    Raises:
        ArgumentError: An argument is out of its range.

    Example:

    >>> Elastic()
    Elastic(sigma=10.0, grid=3)
    """

    sigma: float = 10.0
    grid: int = 3

    def __post_init__(self):
        if not 0 <= self.sigma < math.inf or self.grid < 2:
            raise ArgumentError(
                "sigma must be at least 0 and grid at least 2. "
                f"Received: sigma={self.sigma}, grid={self.grid}"
            )

    def field(
        self,
        rng: np.random.Generator,
        size: Size,
        rows: np.ndarray,
        columns: np.ndarray,
    ) -> np.ndarray:
        coarse = rng.normal(0, self.sigma, (2, self.grid, self.grid))
        down = _spline(rows, size[0], self.grid)  # (h, grid)
        across = _spline(columns, size[1], self.grid)  # (w, grid)
        return down @ coarse @ across.T  # (2, h, w)


def _spline(places: np.ndarray, length: int, points: int) -> np.ndarray:
    """How much each grid point counts at each place along one axis.

    Bicubic splines are the product of those of the two axes, so the field takes two
    small matrix products instead of a spline at every pixel.
    """
    at = places * ((points - 1) / max(length - 1, 1))
    return np.stack(
        [
            ndimage.map_coordinates(point, [at], order=3, mode="mirror")
            for point in np.eye(points)
        ],
        axis=1,
    )
