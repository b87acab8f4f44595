"""Pictures of what the net says about the same few images, epoch after epoch."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np

from kerasseg.errors import ArgumentError
from kerasseg.files import atomic_path
from kerasseg.probabilities import gives_probabilities
from kerasseg.training.averaged_weights import averaged_weights
from kerasseg.training.tensorboard_log import TensorBoardLog
from kerasseg.visualize.labels import distinct_colors
from kerasseg.visualize.overlay_colors import IGNORED_COLOR
from kerasseg.visualize.sheet import beside, draw_sheet


class PredictionPictures(keras.callbacks.Callback):
    """Draws photo, mask and prediction side by side at the end of an epoch.

    A legend has the classes that there are in the masks and predictions.

    Args:
        images: `(n, height, width, channels)`, as the net takes them.
        masks: `(n, h, w)` or `(n, h, w, 1)` class ids, of any type, or one-hot
            `(n, h, w, classes)`.
        path: A PNG file, which always shows the latest epoch.
        log: Where each epoch is kept, or `None`.
        colors: `(classes, 3)` uint8, or `None` for `distinct_colors`.
        every_epochs: Epochs between pictures.
        every_minutes: Minutes that pass at least between pictures; the first epoch and
            the last are drawn whenever they end.
        names: Of the images, one for each, or `None`.
        class_names: By default `class 0` and so on.

    Raises:
        ArgumentError: There are more or fewer names than images.
    """

    def __init__(
        self,
        images: np.ndarray,
        masks: np.ndarray,
        path: str | Path,
        log: TensorBoardLog | None = None,
        colors: np.ndarray | None = None,
        every_epochs: int = 1,
        *,
        every_minutes: float = 0.0,
        names: Sequence[str] | None = None,
        class_names: Sequence[str] | None = None,
    ):
        super().__init__()
        self.images = np.asarray(images)
        self.masks = _labels(np.asarray(masks))
        self.path = Path(path)
        self.log = log
        self.colors = colors
        self.every_epochs = every_epochs
        self.every_minutes = every_minutes
        self.names = _checked_names(names, len(self.images))
        self.class_names = class_names
        self._drawn = -math.inf  # when
        self._left_out: int | None = None  # the last epoch, if it was not drawn

    def on_epoch_end(self, epoch, logs=None):
        waited = (time.monotonic() - self._drawn) / 60 >= self.every_minutes
        self._left_out = epoch
        if epoch % self.every_epochs == 0 and waited:
            self.draw(epoch)

    def on_train_end(self, logs=None):
        if self._left_out is not None:
            self.draw(self._left_out)

    def draw(self, epoch: int) -> None:
        """Draws now."""
        self._drawn, self._left_out = time.monotonic(), None
        with averaged_weights(self.model):
            scores = self.model.predict_on_batch(self.images)
        scores = keras.ops.convert_to_numpy(keras.tree.flatten(scores)[0])
        is_single = scores.shape[-1] == 1  # of several, the greatest counts
        is_logits = is_single and not gives_probabilities(self.model)
        predicted = class_ids(scores, is_logits)
        palette = self._palette(scores)
        rows = [
            _pictures(*triple, palette)
            for triple in zip(self.images, self.masks, predicted, strict=True)
        ]
        if self.log is not None:
            pictures = [beside(row) for row in rows]
            self.log.add_pictures("photo, mask, prediction", pictures, epoch)
        titles = "photo", "mask", f"prediction, epoch {epoch + 1}"
        legend = self._legend([self.masks, predicted], palette)
        with atomic_path(self.path) as temporary:
            sheet = draw_sheet(rows, titles, self.names, legend)
            sheet.save(temporary, format="PNG")

    def _legend(self, maps, palette):
        """Names and colours of the classes in the maps, and of what is ignored."""
        found = sorted({int(label) for labels in maps for label in np.unique(labels)})
        known = [label for label in found if 0 <= label < len(palette)]
        entries = [(self._name(label), tuple(palette[label])) for label in known]
        return entries + [("ignored", IGNORED_COLOR)] * (len(known) < len(found))

    def _name(self, label):
        is_named = self.class_names is not None and label < len(self.class_names)
        return self.class_names[label] if is_named else f"class {label}"

    def _palette(self, scores):
        if self.colors is not None:
            return np.asarray(self.colors, np.uint8)
        return np.uint8(255 * distinct_colors(max(scores.shape[-1], 2)))


def _checked_names(names, count):
    if names is not None and len(names) != count:
        raise ArgumentError(
            f"names must hold one name for each of the {count} images, or be None. "
            f"Received: {len(names)} names"
        )
    return names


def _labels(masks):
    """Masks as losses take them, as class ids."""
    if masks.ndim == 4 and masks.shape[-1] > 1:
        return masks.argmax(axis=-1)
    labels = np.rint(masks).astype(np.int64)
    return labels.reshape(masks.shape[:3])  # (n, h, w)


def class_ids(scores: np.ndarray, is_logits: bool = False) -> np.ndarray:
    """The class of every pixel; of one channel, whether a sigmoid says yes."""
    if scores.shape[-1] == 1:
        return (scores[..., 0] > (0 if is_logits else 0.5)).astype(np.int64)
    return scores.argmax(axis=-1)


def _pictures(image, mask, predicted, palette):
    """Image, mask and prediction, uint8 RGB of one size."""
    parts = [_shown(image), _colored(mask, palette), _colored(predicted, palette)]
    return [_centered(part, *image.shape[:2]) for part in parts]


def _shown(image):
    """Any range of values, stretched to what can be shown."""
    image = image.astype(np.float32)  # differences of uint8 wrap around
    low, high = image.min(), image.max()
    pixels = (255 * (image - low) / max(high - low, 1e-9)).astype(np.uint8)
    return (
        pixels[..., :3] if pixels.shape[-1] >= 3 else np.repeat(pixels[..., :1], 3, -1)
    )


def _colored(labels, palette):
    known = (labels >= 0) & (labels < len(palette))
    colors = palette[np.where(known, labels, 0)]
    return np.where(known[..., None], colors, IGNORED_COLOR).astype(np.uint8)


def _centered(picture, height, width):
    """A smaller map, such as the centre that U-Net scores, set on white."""
    rows, columns = height - picture.shape[0], width - picture.shape[1]
    margins = (rows // 2, rows - rows // 2), (columns // 2, columns - columns // 2)
    return np.pad(picture, (*margins, (0, 0)), constant_values=255)
