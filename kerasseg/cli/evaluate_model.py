"""The net of `kerasseg evaluate`, as a function from a sample to its labels."""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import keras
import numpy as np

from kerasseg.cli.scaled_image import scaled_size
from kerasseg.cli.scaled_labels import NoScoresError, predict_labels
from kerasseg.cli.segmentation_net import open_net
from kerasseg.data import Sample, SegmentationDataset
from kerasseg.data.preprocess import preprocess
from kerasseg.errors import ArgumentError, FileError, UsageError

# Up to here an image runs in one piece, larger ones in tiles of this size.
_ONE_PIECE = 2_100_000
_TILE = (768, 768)
_GREY = np.array([299, 587, 114], np.float32) / 1000  # as Pillow makes grey of RGB


@dataclass(frozen=True)
class Labeller:
    """A net with how its images are to be brought to it.

    Attributes:
        model: From one image to one map.
        mode: Of `kerasseg.data.preprocess`.
        tile_size: The largest tile, or `None` for the whole image where it is small.
        scale: What images are resized by before the net sees them.
        threshold: For nets of a single score.
    """

    model: keras.Model
    mode: str
    tile_size: tuple[int, int] | None
    scale: float
    threshold: float

    @classmethod
    def from_options(
        cls, options: argparse.Namespace, dataset: SegmentationDataset
    ) -> Labeller:
        """Loads the model.

        Raises:
            FileError: It cannot be read, or gives no map.
            UsageError: An option or the data set does not fit it.
        """
        model, mode = open_net(options)
        _check_classes(model, dataset, options)
        own = model.inputs[0].shape[1:3]
        tile_size = options.tile or (None if None in own else tuple(own))
        scale = options.scale or 1.0
        return cls(model, mode, tile_size, scale, options.threshold)

    def labels(self, sample: Sample) -> np.ndarray:
        """`(height, width)` class ids.

        Raises:
            FileError: The net cannot take the image; the message begins with its name.
        """
        height, width = scaled_size(sample.mask.shape, self.scale)
        small = height * width <= _ONE_PIECE
        classes = self.model.outputs[0].shape[-1]
        dtype = np.uint8 if classes <= 256 else np.uint16
        try:
            return predict_labels(
                self.model,
                sample.image,
                self.tile_size or ((height, width) if small else _TILE),
                self.scale,
                np.zeros(sample.mask.shape, dtype),
                self.threshold,
                preprocess=self._in_range,
                progress=False,
            )
        except ArgumentError as error:
            raise FileError(sample.name, f"{error} See --tile.") from error
        except NoScoresError as error:
            raise FileError(sample.name, str(error)) from error

    def _in_range(self, image):
        if image.dtype == np.uint16:  # 16 bits are 0…255 in finer steps
            image = image * np.float32(255 / 65535)
        channels = self.model.inputs[0].shape[-1]
        return preprocess(_with_channels(image, channels), self.mode)


def _check_classes(model, dataset, options):
    count = model.outputs[0].shape[-1]
    if max(count, 2) != dataset.classes:  # a single score tells two classes apart
        raise UsageError(
            f"{options.model}: gives scores of {max(count, 2)} classes, and "
            f"{options.dataset} has {dataset.classes}: {', '.join(dataset.names)}"
        )


def _with_channels(image, channels):
    """Grey from RGB or RGB from grey, where the net takes the other."""
    given = image.shape[-1]
    if channels in (None, given):
        return image
    if channels == 1 and given in (3, 4):
        return image[..., :3].astype(np.float32) @ _GREY[:, None]
    if channels == 3 and given in (1, 4):
        return np.repeat(image, 3, axis=-1) if given == 1 else image[..., :3]
    raise UsageError(
        f"the images have {given} channels, and the model takes {channels}"
    )
