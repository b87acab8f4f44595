"""Small image files and folders for tests of readers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image


def write(path: Path, array: np.ndarray, **options) -> Path:
    """Writes an array as the image that the suffix says, in a folder made for it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.asarray(array)).save(path, **options)
    return path


def photo(seed: int = 0, height: int = 4, width: int = 6) -> np.ndarray:
    """`(height, width, 3)` uint8 noise."""
    shape = (height, width, 3)
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


def ids(classes: int, seed: int = 0, height: int = 4, width: int = 6) -> np.ndarray:
    """`(height, width)` uint8 class ids."""
    shape = (height, width)
    return np.random.default_rng(seed).integers(0, classes, shape, np.uint8)
