"""The net of `kerasseg predict` with all that it needs to segment a photo."""

from __future__ import annotations

import argparse
import hashlib
import tempfile
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

from kerasseg.cli.predict_image import in_range, open_photo
from kerasseg.cli.predict_options import DEFAULT_TILE
from kerasseg.cli.predict_palette import read_palette, read_palette_names
from kerasseg.cli.scaled_labels import NoScoresError, predict_labels
from kerasseg.cli.segmentation_net import open_net
from kerasseg.data.class_names import read_class_names
from kerasseg.data.preprocess import preprocess
from kerasseg.errors import ArgumentError, FileError, UsageError
from kerasseg.visualize.background import background_class

# Labels of more pixels are kept in a file while the tiles fill them.
LARGE = 50_000_000


@dataclass(frozen=True)
class Predictor:
    """What does not change from photo to photo.

    Attributes:
        model: A net with one image and one map.
        mode: Of `kerasseg.data.preprocess`.
        names: Of the classes.
        colors: Of the classes, `(classes, 3)`.
        background: The class that overlays leave as the photo is, or `None`.
        tile_size: As for `predict_labels`.
        scale: Likewise.
        options: Its other arguments.
        fingerprint: What tells masks of this net and these options from others.
    """

    model: keras.Model
    mode: str
    names: list[str]
    colors: np.ndarray
    background: int | None
    tile_size: tuple[int, int]
    scale: float
    options: dict
    fingerprint: str

    @classmethod
    def from_options(cls, options: argparse.Namespace) -> Predictor:
        """Loads the model and the files beside it.

        Raises:
            UsageError: An option does not fit the model.
            FileError: A file cannot be read, or the model gives no map.
        """
        model, mode = open_net(options)
        count = max(model.outputs[0].shape[-1], 2)  # a single score has two sides
        names = _names(options, count)
        colors = read_palette(options.palette, count)
        tile_size, scale = options.tile or _own_size(model), options.scale or 1.0
        tiling = {
            "overlap": options.overlap,
            "blend": options.blend,
            "batch_size": options.batch,
            "flips": options.flips,
            "rotations": options.rotations,
            "threshold": options.threshold,
        }
        return cls(
            model,
            mode,
            names or [str(number) for number in range(count)],
            colors,
            background_class(names, colors),
            tile_size,
            scale,
            tiling,
            _fingerprint(options, mode, tile_size, scale),
        )

    @property
    def classes(self) -> int:
        """How many, both sides of a single score counted."""
        return len(self.names)

    def note(self, image: Path) -> str:
        """What a mask says of how it was made.

        Raises:
            FileError: The photo is gone.
        """
        try:
            size = image.stat().st_size
        except OSError as error:
            raise FileError(image, f"cannot be read: {error.strerror}") from error
        return f"{self.fingerprint} {image.name} {size}"

    def predict(self, path: Path) -> tuple[np.ndarray, np.ndarray]:
        """The photo and its labels, `(height, width)` of uint8 or uint16.

        Raises:
            FileError: The photo cannot be read, or the net cannot take it.
        """
        image = open_photo(path, self.model.inputs[0].shape[-1])
        try:
            labels = predict_labels(
                self.model,
                image,
                self.tile_size,
                self.scale,
                self._room(image.shape[:2]),
                preprocess=lambda tile: preprocess(in_range(tile), self.mode),
                **self.options,
            )
        except (ArgumentError, NoScoresError) as error:
            raise FileError(path, str(error)) from error
        return image, labels

    def pixels(self, labels: np.ndarray) -> dict[str, int]:
        """How many pixels each class has."""
        counts = np.zeros(self.classes, np.int64)
        for rows in np.array_split(labels, max(labels.size // LARGE, 1)):
            counts += np.bincount(rows.ravel(), minlength=self.classes)
        return dict(zip(self.names, counts.tolist(), strict=True))

    def _room(self, size: tuple[int, int]) -> np.ndarray:
        dtype = np.uint8 if self.classes <= 256 else np.uint16
        if size[0] * size[1] < LARGE:
            return np.zeros(size, dtype)
        with tempfile.TemporaryFile() as file:  # gone with the map
            return np.memmap(file, dtype, "w+", shape=size)


def _own_size(model: keras.Model) -> tuple[int, int]:
    height, width = model.inputs[0].shape[1:3]
    return height or DEFAULT_TILE, width or DEFAULT_TILE


def _names(options, count: int) -> list[str] | None:
    if not options.labels:
        return read_palette_names(options.palette, count)
    names = read_class_names(options.labels)
    if len(names) != count:
        raise UsageError(
            f"{options.labels}: holds {len(names)} names, and the model has {count} "
            "classes"
        )
    return names


def _fingerprint(options, mode: str, tile_size: tuple[int, int], scale: float) -> str:
    digest = hashlib.sha256(Path(options.model).read_bytes())
    # Not the number of tiles at once, which changes nothing.
    settings = (options.head, mode, tile_size, options.overlap, options.blend)
    settings += (options.flips, options.rotations, options.threshold)
    settings += (scale,) if scale != 1 else ()  # masks from before there were scales
    digest.update(repr(settings).encode())
    return digest.hexdigest()[:16]
