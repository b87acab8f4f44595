"""Turned and mirrored images, and what the net says of them turned back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Symmetry:
    """A turn by quarters, then perhaps a mirroring of left and right."""

    quarters: int = 0
    mirrored: bool = False

    def apply(self, images: np.ndarray) -> np.ndarray:
        """Turns a batch `(B, H, W, C)`, without copying it."""
        turned = np.rot90(images, self.quarters, axes=(1, 2))
        return turned[:, :, ::-1] if self.mirrored else turned

    def undo(self, maps: np.ndarray) -> np.ndarray:
        """Turns it back."""
        straight = maps[:, :, ::-1] if self.mirrored else maps
        return np.rot90(straight, -self.quarters, axes=(1, 2))


def symmetries(flips: bool, rotations: bool) -> list[Symmetry]:
    """What the scores are averaged over.

    Args:
        flips: Left to right, upside down, and both.
        rotations: By a quarter, a half and three quarters. With flips, all eight
            symmetries of a square.

    Example:

    >>> len(symmetries(False, False)), len(symmetries(True, True))
    (1, 8)
    """
    quarters = range(4) if rotations else (0, 2) if flips else (0,)
    return [Symmetry(q, m) for q in quarters for m in ((False, True)[: 1 + flips])]
