"""Drawn street scenes for tutorial 07, so that it runs without a download."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

NAMES = ("sky", "building", "road", "tree", "car", "pole")
_COLORS = np.array(
    [
        (150, 180, 220),
        (130, 90, 80),
        (90, 90, 95),
        (60, 100, 50),
        (160, 40, 50),
        (180, 175, 160),
    ]
)


def write_streets(folder: Path, count: int, size=(72, 96), seed: int = 0) -> None:
    """Draws scenes into a folder that `kerasseg.data.open_dataset` reads.

    Args:
        folder: Gets `images`, `masks` and `classes.txt`.
        count: How many scenes.
        size: Height and width.
        seed: Of the scenes.
    """
    for name in ("images", "masks"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "classes.txt").write_text("\n".join(NAMES) + "\n", encoding="utf-8")
    random = np.random.default_rng(seed)
    for index in range(count):
        image, mask = draw_street(size, random)
        Image.fromarray(image).save(folder / "images" / f"{index:03d}.png")
        Image.fromarray(mask).save(folder / "masks" / f"{index:03d}.png")


def draw_street(size, random) -> tuple[np.ndarray, np.ndarray]:
    """One scene: `(H, W, 3)` and `(H, W)`, uint8."""
    height, width = size
    y, x = np.mgrid[:height, :width]
    mask = np.zeros(size, np.uint8)
    horizon = int(height * random.uniform(0.5, 0.62))
    left = 0
    while left < width:  # houses side by side, of different heights
        right = left + random.integers(10, 26)
        mask[int(horizon * random.uniform(0.15, 0.8)) : horizon, left:right] = 1
        left = right + random.integers(0, 7)
    mask[horizon:] = 2
    for _ in range(random.integers(1, 4)):
        center, radius = random.uniform(0, width), random.uniform(5, 11)
        top = horizon - radius
        mask[np.hypot(y - top, x - center) < radius] = 3
    for _ in range(random.integers(1, 4)):
        bottom = random.uniform(horizon + 5, height)
        scale = (bottom - horizon) / (height - horizon)
        half, tall = 4 + 8 * scale, 4 + 8 * scale
        center = random.uniform(0, width)
        mask[(abs(x - center) < half) & (y < bottom) & (y > bottom - tall)] = 4
    for _ in range(random.integers(1, 3)):  # thin and rare, as in CamVid
        center = random.integers(2, width - 2)
        mask[horizon // 3 : horizon + 8, center : center + 2] = 5
    light = random.uniform(0.75, 1.15) * (1 - 0.25 * y[..., None] / height)
    image = _COLORS[mask] * light + random.normal(0, 14, (*size, 3))
    return np.clip(image, 0, 255).astype(np.uint8), mask
