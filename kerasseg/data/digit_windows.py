"""Windows for a digit classifier that is to be asked about every place of a sheet.

Such a classifier needs an eleventh class, the background: a softmax over the ten digits
alone has to call bare paper a digit.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from kerasseg.data.digit_scenes import MARGIN, WINDOW, compose
from kerasseg.data.digits import BACKGROUND, DIGIT_SIZE
from kerasseg.errors import ArgumentError

_JITTER = 2  # pixels; a map of stride 4 has a cell within 2 of every place
_OFF_CENTRE = 7  # pixels from the nearest digit's window at which it is background
_SHEET = 288  # pixels; holds 24 digits with room for background between them
_DIGITS_PER_SHEET = 24


def classifier_arrays(
    digits: np.ndarray,
    labels: np.ndarray,
    copies: int = 1,
    vary: bool = True,
    seed: int = 0,
) -> tuple[np.ndarray, np.ndarray]:
    """Cuts windows for training or testing a classifier from sheets of these digits.

    Every digit gives one window per copy, up to 2 pixels off centre, and as many
    windows show the background: bare paper, gaps, and digits well off the centre.

    Args:
        digits: `(n, 24, 24)` in [0, 1], where 1 is ink.
        labels: `(n,)`, the class of each, 0..9.
        copies: How often each digit is used, each time elsewhere on another sheet.
        vary: Whether to turn, stretch and slant each digit a little every time, as is
            good for training; a test takes them as they were written.
        seed: Which sheets and which windows.

    Returns:
        Windows `(2 * n * copies, 32, 32, 1)` float32 in [0, 1] and their classes
        `(2 * n * copies,)` int64, where 10 is the background, in random order.

    Raises:
        ArgumentError: `copies` is less than 1, or there are no digits.

    Example:

    >>> from kerasseg.data.digits import load_digits
    >>> (digits, labels), _ = load_digits()
    >>> windows, classes = classifier_arrays(digits[:100], labels[:100], copies=2)
    >>> windows.shape, (classes == 10).sum().item()
    ((400, 32, 32, 1), 200)
    """
    if copies < 1:
        raise ArgumentError(f"copies must be at least 1. Received: {copies}")
    if len(digits) == 0:
        raise ArgumentError("There are no digits to cut windows from.")
    rng = np.random.default_rng(seed)
    windows, classes = [], []
    for _ in range(copies):
        order = rng.permutation(len(digits))
        for start in range(0, len(order), _DIGITS_PER_SHEET):
            part = order[start : start + _DIGITS_PER_SHEET]
            inks = [_vary(ink, rng) if vary else ink for ink in digits[part]]
            windows += _windows_of_sheet(np.stack(inks), labels[part], rng)
            classes += [*labels[part], *[BACKGROUND] * len(part)]
    order = rng.permutation(len(windows))
    return np.stack(windows)[order], np.array(classes, np.int64)[order]


def _windows_of_sheet(digits, labels, rng):
    """One window for each digit, in their order, then as many of background."""
    scene, placed = compose(digits, labels, _SHEET, _SHEET, rng)
    places = [_near(digit, scene.shape, rng) for digit in placed]
    places += [_away(placed, scene.shape, rng) for _ in placed]
    return [scene[y : y + WINDOW, x : x + WINDOW] for y, x in places]


def _vary(digit, rng):
    """Turns, stretches and slants a digit a little, about its middle."""
    turn, slant = rng.uniform(-0.17, 0.17), rng.uniform(-0.15, 0.15)
    stretch = np.diag(rng.uniform(0.9, 1.15, 2))
    rotation = [[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]
    matrix = stretch @ np.array(rotation) @ [[1, 0], [slant, 1]]
    middle = (DIGIT_SIZE - 1) / 2
    offset = middle - matrix @ [middle, middle]
    return ndimage.affine_transform(digit, matrix, offset, order=1)


def _near(digit, shape, rng):
    shift = rng.integers(-_JITTER, _JITTER, 2, endpoint=True)
    place = np.array([digit.top, digit.left]) - MARGIN + shift
    return np.clip(place, 0, np.array(shape[:2]) - WINDOW)


def _away(placed, shape, rng):
    centred = np.array([(digit.top, digit.left) for digit in placed]) - MARGIN
    while True:
        place = rng.integers(0, np.array(shape[:2]) - WINDOW, endpoint=True)
        if (np.abs(centred - place).max(axis=1) >= _OFF_CENTRE).all():
            return place
