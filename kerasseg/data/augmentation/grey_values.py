"""Brighter, darker, with more contrast or less."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kerasseg.data.augmentation.transform import Recoloring
from kerasseg.errors import ArgumentError


@dataclass(frozen=True)
class GreyValues(Recoloring):
    """Varies contrast, gamma and brightness of an image, all channels alike.

    Args:
        brightness: The most that is added or taken off, as a share of the range.
        contrast: The most by which differences from the mean grow or shrink: 0.2 is a
            factor from 0.8 to 1.2. Below 1.
        gamma: The most by which the exponent departs from 1, likewise. Below 1.
        value_range: Black and white; results are cut off there.

    Raises:
        ArgumentError: An argument is out of its range.

    Example:

    >>> GreyValues(brightness=0.3)
    GreyValues(brightness=0.3, contrast=0.2, gamma=0.0, value_range=(0.0, 255.0))
    """

    brightness: float = 0.1
    contrast: float = 0.2
    gamma: float = 0.0
    value_range: tuple[float, float] = (0.0, 255.0)

    def __post_init__(self):
        if not (
            self.brightness >= 0 and 0 <= self.contrast < 1 and 0 <= self.gamma < 1
        ):
            raise ArgumentError(
                "brightness must be at least 0, contrast and gamma from 0 to below 1. "
                f"Received: {self}"
            )
        if not self.value_range[0] < self.value_range[1]:
            raise ArgumentError(
                "value_range must be (black, white), black the smaller. "
                f"Received: value_range={self.value_range}"
            )

    def recolor(self, rng: np.random.Generator, image: np.ndarray) -> np.ndarray:
        shift, factor, exponent = rng.uniform(-1, 1, 3)
        black, white = self.value_range
        image = (image - np.float32(black)) / np.float32(white - black)  # 0…1
        mean = image.mean(dtype=np.float64) if image.size else 0.0
        factor = 1 + self.contrast * factor
        offset = mean * (1 - factor) + self.brightness * shift
        image = np.clip(image * np.float32(factor) + np.float32(offset), 0, 1)
        if self.gamma:
            image = image ** np.float32(1 + self.gamma * exponent)
        return image * np.float32(white - black) + np.float32(black)
