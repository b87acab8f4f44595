"""The 1 797 handwritten digits that scikit-learn carries, at a size a net can read.

They are real: 43 people wrote them for the UCI repository, and they come inside the
scikit-learn package, so that nothing has to be downloaded.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from kerasseg.errors import ArgumentError, MissingPackageError

DIGIT_SIZE = 24
"""Height and width of a digit, in pixels: three times scikit-learn's 8."""

DIGIT_NAMES = (*"0123456789", "background")
"""Name of every class; the last is what a net says where there is no digit."""

BACKGROUND = 10
"""Class of a place without a digit in its middle."""


def load_digits(
    held_out: float = 0.2, seed: int = 0
) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Loads the digits, split into those to train on and those to keep unseen.

    Every class gives the same share to each side. The same arguments give the same
    split.

    Args:
        held_out: Share of the digits to hold out, between 0 and 1, both excluded.
        seed: Which split.

    Returns:
        `(images, labels), (held_out_images, held_out_labels)`: the images
        `(n, 24, 24)` float32 in [0, 1], where 1 is ink; the labels `(n,)` int64, 0..9.

    Raises:
        ArgumentError: `held_out` leaves one side without a digit of some class.
        MissingPackageError: scikit-learn is not installed.

    Example:

    >>> (images, labels), (unseen, _) = load_digits()
    >>> images.shape, unseen.shape
    ((1438, 24, 24), (359, 24, 24))
    """
    try:
        from sklearn.datasets import load_digits as load
    except ImportError as error:
        raise MissingPackageError(
            "scikit-learn", "demo", "The data set of handwritten digits"
        ) from error
    if not 0 < held_out < 1:
        raise ArgumentError(
            f"held_out must lie between 0 and 1, both excluded. Received: {held_out}"
        )
    small = load()
    labels = small.target.astype(np.int64)
    unseen = _held_out_indices(labels, held_out, np.random.default_rng(seed))
    seen = np.setdiff1d(np.arange(len(labels)), unseen)
    images = _enlarge(small.images / 16)
    return (images[seen], labels[seen]), (images[unseen], labels[unseen])


def _held_out_indices(labels, share, rng):
    chosen = []
    for label in np.unique(labels):
        members = rng.permutation(np.flatnonzero(labels == label))
        count = round(share * len(members))
        if not 0 < count < len(members):
            raise ArgumentError(
                f"held_out leaves no digit {label} to train on or to hold out; "
                f"choose it nearer to 0.5. Received: {share}"
            )
        chosen.append(members[:count])
    return np.sort(np.concatenate(chosen))


def _enlarge(small):
    factor = DIGIT_SIZE / small.shape[1]
    # grid_mode keeps the outer edges in place; without it the ink drifts by a pixel.
    large = ndimage.zoom(
        small, (1, factor, factor), order=3, mode="grid-constant", grid_mode=True
    )
    return np.clip(large, 0, 1).astype(np.float32)
