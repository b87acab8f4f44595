"""Sheets of paper with handwritten digits strewn over them, at known places."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import ndimage

from kerasseg.data.digits import DIGIT_SIZE
from kerasseg.errors import ArgumentError

WINDOW = 32
"""Height and width of what the classifier sees."""

MARGIN = (WINDOW - DIGIT_SIZE) // 2
"""Paper around a digit in the middle of a window."""

_EDGE = 3 * MARGIN  # two cells of stride 4 lie between the edge and a digit's own
_GAP = 2 * MARGIN  # at this distance, the windows of neighbours just touch
_TRIES = 2000


class PlacedDigit(NamedTuple):
    """A digit on a sheet: rows `top` to `top + height`, that one excluded."""

    label: int
    top: int
    left: int
    height: int
    width: int

    @property
    def box(self) -> tuple[int, int, int, int]:
        """`(top, left, bottom, right)` in pixels, half-open."""
        return self.top, self.left, self.top + self.height, self.left + self.width


def make_scene(
    digits: np.ndarray,
    labels: np.ndarray,
    height: int = 256,
    width: int = 384,
    count: int = 24,
    seed: int = 0,
) -> tuple[np.ndarray, list[PlacedDigit]]:
    """Sets some of the digits at random places on a sheet of paper.

    They do not overlap, and each keeps 12 pixels of paper to the edge and 8 to the next
    digit, so that a centred window of 32 pixels holds it alone.

    Args:
        digits: `(n, 24, 24)` in [0, 1], where 1 is ink, as `load_digits` gives them.
        labels: `(n,)`, the class of each.
        height: Height of the sheet in pixels, at least 48.
        width: Width of the sheet in pixels, at least 48.
        count: How many digits to set, at most `n`.
        seed: Which digits, which places and which paper.

    Returns:
        The scene `(height, width, 1)` float32 in [0, 1], dark ink on light paper, and
        the digits on it.

    Raises:
        ArgumentError: The sheet is too small for so many digits, or there are not so
            many digits.

    Example:

    >>> from kerasseg.data.digits import load_digits
    >>> _, (digits, labels) = load_digits()
    >>> scene, placed = make_scene(digits, labels, height=96, width=128, count=3)
    >>> scene.shape, len(placed)
    ((96, 128, 1), 3)
    """
    if not 0 <= count <= len(digits):
        raise ArgumentError(
            f"count must lie between 0 and the number of digits, {len(digits)}. "
            f"Received: {count}"
        )
    rng = np.random.default_rng(seed)
    chosen = rng.choice(len(digits), count, replace=False)
    return compose(digits[chosen], labels[chosen], height, width, rng)


def compose(
    digits: np.ndarray,
    labels: np.ndarray,
    height: int,
    width: int,
    rng: np.random.Generator,
) -> tuple[np.ndarray, list[PlacedDigit]]:
    """Sets all of the digits on one sheet; see `make_scene`."""
    if digits.shape[1:] != (DIGIT_SIZE, DIGIT_SIZE) or len(labels) != len(digits):
        raise ArgumentError(
            f"digits must have shape (n, {DIGIT_SIZE}, {DIGIT_SIZE}) and labels (n,). "
            f"Received: {digits.shape} and {np.shape(labels)}"
        )
    scene = _paper(height, width, rng)
    placed = []
    for ink, label in zip(digits, labels, strict=True):
        top, left = _free_place(placed, height, width, rng)
        digit = PlacedDigit(int(label), top, left, DIGIT_SIZE, DIGIT_SIZE)
        placed.append(digit)
        strength = rng.uniform(0.7, 0.95)
        scene[top : top + DIGIT_SIZE, left : left + DIGIT_SIZE] *= 1 - strength * ink
    return scene[..., None], placed


def _free_place(placed, height, width, rng):
    highest = np.array([height, width]) - DIGIT_SIZE - _EDGE
    taken = np.array([(digit.top, digit.left) for digit in placed]).reshape(-1, 2)
    smallest = DIGIT_SIZE + 2 * _EDGE
    if (highest < _EDGE).any():
        raise ArgumentError(
            f"A scene needs at least {smallest} by {smallest} pixels. "
            f"Received: height={height}, width={width}"
        )
    for _ in range(_TRIES):
        place = rng.integers(_EDGE, highest, endpoint=True)
        if (np.abs(taken - place).max(axis=1) >= DIGIT_SIZE + _GAP).all():
            return int(place[0]), int(place[1])
    raise ArgumentError(
        f"No room for digit number {len(placed) + 1} on {height} by {width} pixels; "
        "lower count or take a larger scene."
    )


def _paper(height, width, rng):
    """Light paper: uneven light, soft blotches and fine grain."""
    grain = rng.normal(0, 0.02, (height, width))
    blotches = ndimage.gaussian_filter(rng.normal(0, 1, (height, width)), 6)
    slope = rng.uniform(-0.04, 0.04, 2)
    rows = np.linspace(-1, 1, height)[:, None] * slope[0]
    columns = np.linspace(-1, 1, width)[None, :] * slope[1]
    paper = 0.88 + rows + columns + 0.3 * blotches + grain
    return np.clip(paper, 0, 1).astype(np.float32)
