"""Tiles read from the image and run in batches of one shape."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from kerasseg.data.preprocess import preprocess as scaled
from kerasseg.errors import ArgumentError
from kerasseg.inference.image_argument import channels_wanted
from kerasseg.inference.tiles.axis_plan import AxisPlan
from kerasseg.inference.tiles.borders import read_piece
from kerasseg.inference.tiles.memory_maps import release_pages
from kerasseg.inference.tiles.symmetries import Symmetry

Preprocess = str | Callable[[np.ndarray], np.ndarray] | None


@dataclass(frozen=True)
class TileRunner:
    """Reads tiles and gives their scores.

    Attributes:
        model: The net.
        image: `(height, width, channels)` or `(height, width)`.
        padding_mode: As for `read_piece`.
        preprocess: Name of a mode, or a function of a tile.
        symmetries: What the scores are averaged over.
        batch_size: Tiles in a batch.
    """

    model: keras.Model
    image: Any
    padding_mode: str | None
    preprocess: Preprocess
    symmetries: list[Symmetry]
    batch_size: int

    def run(self, y: AxisPlan, x: AxisPlan) -> Iterator[tuple[int, int, np.ndarray]]:
        """Gives `(row, column, scores)` of every tile, row by row."""
        size = y.length, x.length
        channels = self.model.inputs[0].shape[-1]
        batch, places = None, []
        for row, top in enumerate(y.starts):
            for column, left in enumerate(x.starts):
                tile = self._read(top, left, size)
                if batch is None:
                    channels = channels or tile.shape[-1]
                    batch = np.zeros((self.batch_size, *size, channels), tile.dtype)
                batch[len(places)] = tile
                places.append((row, column))
                if len(places) == self.batch_size:
                    yield from self._scores(batch, places)
                    places = []
            release_pages(self.image)
        if places:  # filled up with old tiles, so that one compiled shape serves all
            yield from self._scores(batch, places)

    def _read(self, top: int, left: int, size: tuple[int, int]) -> np.ndarray:
        tile = read_piece(self.image, top, left, size, self.padding_mode)
        if tile.ndim == 2:
            tile = tile[..., None]
        if callable(self.preprocess):
            tile = np.asarray(self.preprocess(tile))
        elif self.preprocess is not None:
            tile = scaled(tile, self.preprocess)
        channels = self.model.inputs[0].shape[-1]
        is_tile = tile.ndim == 3 and tile.shape[:2] == size
        if not is_tile or channels not in (None, tile.shape[-1]):
            raise ArgumentError(
                f"The model takes {channels_wanted(channels)}. Received: tiles of "
                f"shape {tile.shape} from an image of shape {tuple(self.image.shape)}"
            )
        return tile  # (h, w, channels)

    def _scores(self, batch, places) -> Iterator[tuple[int, int, np.ndarray]]:
        maps = self._mean(batch)
        for (row, column), scores in zip(places, maps, strict=False):
            yield row, column, scores

    def _mean(self, batch: np.ndarray) -> np.ndarray:
        """The scores of a batch, `(B, h, w, classes)`, averaged over the symmetries."""
        total = None
        for symmetry in self.symmetries:
            images = np.ascontiguousarray(symmetry.apply(batch))
            scores = np.asarray(self.model.predict_on_batch(images), np.float32)
            scores = symmetry.undo(scores)
            total = scores if total is None else total + scores
        return total / len(self.symmetries) if len(self.symmetries) > 1 else total
