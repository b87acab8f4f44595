"""A bar for the eyes of somebody at a terminal, and for nobody else."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout

import keras


class TileBar:
    """Keras's progress bar on standard error, where that is a terminal.

    Args:
        tiles: How many there are.
        wanted: Whether to show a bar at all.
    """

    def __init__(self, tiles: int, wanted: bool):
        self._bar = None
        if wanted and tiles > 1 and sys.stderr.isatty():
            with redirect_stdout(sys.stderr):  # Keras looks at it to choose its form
                self._bar = keras.utils.Progbar(tiles, unit_name="tile")

    def add(self, tiles: int) -> None:
        """Counts tiles as done."""
        if self._bar is not None:
            with redirect_stdout(sys.stderr):
                self._bar.add(tiles)
