"""Labels of a photo from a net that was trained on smaller ones."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from kerasseg.cli.scaled_image import ScaledImage, covered, resized
from kerasseg.errors import KerasSegError
from kerasseg.inference import predict_tiled
from kerasseg.inference.tiles.memory_maps import release_pages

_ROWS = 256  # of the photo, that are brought to its size at once


def predict_labels(
    model: keras.Model,
    image: Any,
    tile_size: tuple[int, int],
    scale: float,
    out: np.ndarray,
    threshold: float,
    **options: Any,
) -> np.ndarray:
    """The labels of a photo, of its own size, as the net sees it at a scale.

    Args:
        model: A net from one image to one map.
        image: `(height, width, channels)`, or without channels.
        tile_size: The largest tile, in pixels of the scaled photo.
        scale: Of the training.
        out: `(height, width)` integers to write to.
        threshold: For a net of a single score.
        **options: Others of `predict_tiled`.

    Returns:
        `out`.

    Raises:
        ArgumentError: As `predict_tiled` says.
        NoScoresError: The net gives NaN.
    """
    if scale == 1:
        shape = (*out.shape, model.outputs[0].shape[-1])
        target = LabelsOfTiles(shape, out, threshold)
        predict_tiled(model, image, tile_size, out=target, **options)
        return out
    scaled = ScaledImage(image, scale)
    shape = (*scaled.shape[:2], model.outputs[0].shape[-1])
    target = LabelsOfScores(shape, out, threshold)
    predict_tiled(model, scaled, tile_size, out=target, **options)
    return out


class NoScoresError(KerasSegError):
    """A net gives scores that are NaN, which name no class."""

    def __init__(self):
        super().__init__(
            "the model's scores are NaN here: its weights are damaged, or training "
            "came apart."
        )


class LabelsOfTiles:
    """Takes scores as `predict_tiled` writes them, and keeps their labels.

    Args:
        shape: Of the scores, `(height, width, classes)`.
        labels: Where to write, `(height, width)` integers.
        threshold: What a single score has to be above.

    Attributes:
        shape: As given.
        dtype: Of the scores.
    """

    def __init__(
        self, shape: tuple[int, int, int], labels: np.ndarray, threshold: float
    ):
        self.shape, self.dtype = shape, np.dtype(np.float32)
        self._labels, self._threshold = labels, threshold

    def __setitem__(self, place: tuple[slice, slice], scores: np.ndarray) -> None:
        _check_scores(scores)
        if scores.shape[-1] == 1:
            self._labels[place] = scores[..., 0] > self._threshold
        else:
            self._labels[place] = scores.argmax(axis=-1)
        if place[1].stop == self.shape[1]:  # a row of tiles is complete
            release_pages(self._labels)


class LabelsOfScores(LabelsOfTiles):
    """The same of a smaller map of scores: its labels are kept enlarged.

    Scores are resized bilinearly, and then each pixel takes the class of its largest:
    borders are as smooth as the scores, where enlarged labels would have steps. Of the
    scores those are kept that rows to come need, a row of tiles at most.

    Args:
        shape: Of the scores, `(height, width, classes)`.
        labels: Where to write, `(height', width')` integers.
        threshold: What a single score has to be above.
    """

    def __init__(
        self, shape: tuple[int, int, int], labels: np.ndarray, threshold: float
    ):
        super().__init__(shape, labels, threshold)
        self._band = np.zeros((0, *shape[1:]), self.dtype)
        self._first = 0  # the row of the scores that the band begins with
        self._done = 0  # rows of the labels

    def __setitem__(self, place: tuple[slice, slice], scores: np.ndarray) -> None:
        _check_scores(scores)
        rows, columns = (slice(p.start, p.stop) for p in place)
        self._make_room(rows.stop - self._first)
        own = slice(rows.start - self._first, rows.stop - self._first)
        self._band[own, columns] = scores
        if columns.stop == self.shape[1]:  # a row of tiles is complete
            self._write(rows.stop)

    def _make_room(self, count: int) -> None:
        """Lets the band have `count` rows; few are in it when it grows."""
        if count > len(self._band):
            band = np.zeros((count, *self.shape[1:]), self.dtype)
            band[: len(self._band)] = self._band
            self._band = band

    def _write(self, end: int) -> None:
        """Writes the labels that need no score from row `end` on."""
        height, first = len(self._labels), self._first
        while self._done < height:
            last = min(self._done + _ROWS, height)
            rows, top, bottom = covered(self._done, last, self.shape[0], height)
            first = rows.start
            if rows.stop > end:
                break
            scores = self._band[rows.start - self._first : rows.stop - self._first]
            self._labels[self._done : last] = self._rows(scores, top, bottom)
            self._done = last
        # A copy: a view would keep all that is done in memory.
        self._band = self._band[first - self._first :].copy()
        self._first = first
        release_pages(self._labels)

    def _rows(self, scores: np.ndarray, top: float, bottom: float) -> np.ndarray:
        """Rows of labels, from scores `(rows, width, classes)`, class by class."""
        count, width = min(_ROWS, len(self._labels) - self._done), self._labels.shape[1]
        box = (0, top, scores.shape[1], bottom)
        planes = (
            resized(scores[..., number], (width, count), box)
            for number in range(scores.shape[2])
        )
        best = next(planes)
        if scores.shape[2] == 1:
            return best > self._threshold
        found = np.zeros(best.shape, self._labels.dtype)
        for number, plane in enumerate(planes, start=1):
            found[plane > best] = number
            best = np.maximum(best, plane)
        return found


def _check_scores(scores: np.ndarray) -> None:
    if np.isnan(scores).any():
        raise NoScoresError
