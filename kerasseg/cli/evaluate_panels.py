"""An image, its truth, the prediction and the mistakes, small enough to keep."""

from __future__ import annotations

import numpy as np

from kerasseg.data import Sample, SegmentationDataset
from kerasseg.visualize.background import background_class
from kerasseg.visualize.overlay_colors import IGNORED_COLOR, overlay_colors
from kerasseg.visualize.sheet import LegendEntry

TITLES = ("image", "truth", "prediction", "mistakes")
_LONGEST = 480  # pixels
_WRONG = (213, 94, 0)  # vermilion, which colour-blind readers tell from grey


def panels_of(
    sample: Sample, labels: np.ndarray, dataset: SegmentationDataset
) -> list[np.ndarray]:
    """Four pictures `(height, width, 3)` uint8; what is ignored is pale.

    The background, where there is one, stays as the image is.
    """
    step = max(-(-max(labels.shape) // _LONGEST), 1)
    image = _as_rgb(sample.image[::step, ::step])
    true, predicted = sample.mask[::step, ::step], labels[::step, ::step]
    ignored = np.zeros(true.shape, bool)
    if dataset.ignore_class is not None:
        ignored = true == dataset.ignore_class
    mistakes = np.repeat(image.mean(axis=-1, keepdims=True) / 2, 3, axis=-1)
    mistakes[(true != predicted) & ~ignored] = _WRONG
    true = np.where(ignored, 0, true)
    pictures = [image, _colored(image, true, dataset)]
    pictures += [_colored(image, predicted, dataset), mistakes]
    for picture in pictures[1:]:
        picture[ignored] = IGNORED_COLOR
    return [picture.astype(np.uint8) for picture in pictures]


def legend_of(dataset: SegmentationDataset) -> list[LegendEntry]:
    """Names and colours of the classes that are coloured, and of what else there is."""
    background = background_class(dataset.names, dataset.colors)
    colors = map(tuple, overlay_colors(dataset.colors).tolist())
    entries = list(zip(dataset.names, colors, strict=True))
    if background is not None:
        del entries[background]
    if dataset.ignore_class is not None:
        entries.append(("ignored", IGNORED_COLOR))
    return [*entries, ("mistake", _WRONG)]


def _colored(image, labels, dataset):
    colored = (image + overlay_colors(dataset.colors)[labels]) / 2
    background = background_class(dataset.names, dataset.colors)
    if background is None:
        return colored
    return np.where((labels == background)[..., None], image, colored)


def _as_rgb(image):
    """Any image as 0…255 with three channels, of several bands the first."""
    pixels = image.astype(np.float32)
    if image.dtype == np.uint16:
        pixels /= 257
    elif image.dtype != np.uint8 and (pixels.min() < 0 or pixels.max() > 255):
        low, high = pixels.min(), pixels.max()
        pixels = (pixels - low) * (255 / max(high - low, 1e-12))
    return pixels[..., :3] if pixels.shape[-1] >= 3 else pixels[..., [0, 0, 0]]
