"""Flips, rotations, shifts and scalings."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from kerasseg.data.augmentation.transform import Movement, Size
from kerasseg.errors import ArgumentError


@dataclass(frozen=True)
class Flip(Movement):
    """Mirrors the image, each direction in one of two cases.

    Args:
        horizontal: Whether left and right are exchanged.
        vertical: Whether top and bottom are.

    Example:

    >>> Flip(vertical=True)
    Flip(horizontal=True, vertical=True)
    """

    horizontal: bool = True
    vertical: bool = False

    leaves_image = False

    def matrix(self, rng: np.random.Generator, size: Size) -> np.ndarray:
        matrix = np.eye(3)
        for axis, wanted in enumerate((self.vertical, self.horizontal)):
            if wanted and rng.random() < 0.5:
                matrix[axis, axis], matrix[axis, 2] = -1, size[axis] - 1
        return matrix


@dataclass(frozen=True)
class Rotate(Movement):
    """Turns the image about its centre.

    Args:
        degrees: The most, to either side; 180 for any angle.

    Raises:
        ArgumentError: It is below 0, above 180, or not finite.

    Example:

    >>> Rotate(10)
    Rotate(degrees=10)
    """

    degrees: float = 180.0

    def __post_init__(self):
        if not 0 <= self.degrees <= 180:
            raise ArgumentError(
                f"degrees must be from 0 to 180. Received: degrees={self.degrees}"
            )

    def matrix(self, rng: np.random.Generator, size: Size) -> np.ndarray:
        angle = math.radians(rng.uniform(-self.degrees, self.degrees))
        cosine, sine = math.cos(angle), math.sin(angle)
        return _about_center(np.array([[cosine, sine], [-sine, cosine]]), size)


@dataclass(frozen=True)
class Shift(Movement):
    """Moves the image along both axes.

    Args:
        height: The most, up or down, as a share of the height.
        width: The most, left or right, as a share of the width.

    Raises:
        ArgumentError: A share is below 0 or above 1.

    Example:

    >>> Shift(0.1, 0.2)
    Shift(height=0.1, width=0.2)
    """

    height: float = 0.1
    width: float = 0.1

    def __post_init__(self):
        if not (0 <= self.height <= 1 and 0 <= self.width <= 1):
            raise ArgumentError(
                "height and width must be shares from 0 to 1. "
                f"Received: height={self.height}, width={self.width}"
            )

    def matrix(self, rng: np.random.Generator, size: Size) -> np.ndarray:
        matrix = np.eye(3)
        most = np.array([self.height, self.width]) * size
        matrix[:2, 2] = rng.uniform(-1, 1, 2) * most
        return matrix


@dataclass(frozen=True)
class Scale(Movement):
    """Enlarges or shrinks the image about its centre; both axes alike.

    The factor is drawn evenly on a logarithmic scale: doubling is as likely as halving.

    Args:
        low: The smallest factor, above 0.
        high: The largest.

    Raises:
        ArgumentError: They are not in this order.

    Example:

    >>> Scale(0.5, 2.0)
    Scale(low=0.5, high=2.0)
    """

    low: float = 0.8
    high: float = 1.25

    def __post_init__(self):
        if not 0 < self.low <= self.high < math.inf:
            raise ArgumentError(
                "low must be above 0 and no larger than high. "
                f"Received: low={self.low}, high={self.high}"
            )

    def matrix(self, rng: np.random.Generator, size: Size) -> np.ndarray:
        factor = math.exp(rng.uniform(math.log(self.low), math.log(self.high)))
        return _about_center(np.eye(2) / factor, size)


def _about_center(linear: np.ndarray, size: Size) -> np.ndarray:
    center = (np.array(size) - 1) / 2
    matrix = np.eye(3)
    matrix[:2, :2], matrix[:2, 2] = linear, center - linear @ center
    return matrix
