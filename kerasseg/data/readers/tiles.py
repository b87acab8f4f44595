"""Tiles of satellite or aerial images: multi-band TIFF beside masks of class ids.

    images/tile_3_7.tif     masks/tile_3_7.tif (or .png)

The layout is that of the plain folders, splits and `classes.txt` included.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from kerasseg.data.dataset import SegmentationDataset, Source
from kerasseg.data.decoding import opened
from kerasseg.data.listing import find_images
from kerasseg.data.palettes import Palette
from kerasseg.data.readers.folders import open_with, parts_of
from kerasseg.data.tiffs import read_bands
from kerasseg.errors import ArgumentError, FileError


def open_tiles(
    path: str | Path,
    split: str | None = None,
    *,
    bands: Sequence[int] | None = None,
    fill: float | None = None,
    names: list[str] | None = None,
    colors: np.ndarray | None = None,
    palette: Palette | None = None,
    ignore_class: int | None = None,
    image_ending: str = "",
    mask_ending: str = "",
) -> SegmentationDataset:
    """Opens tiles.

    Args:
        path: The folder that holds the folders of images and masks.
        split: `"train"` for example; None for all.
        bands: Which bands to take, from 0, in this order; all by default. `(3, 2, 1)`
            gives Sentinel-2 in natural colours.
        fill: What to put where a floating-point image holds NaN or infinity; by
            default such an image is refused.
        names: See `open_folders`, as for the others.
        colors: `(classes, 3)`.
        palette: Colours of masks stored in RGB.
        ignore_class: Label of pixels without class.
        image_ending: What names of images have at their end.
        mask_ending: What names of masks have at their end.

    Returns:
        Images are uint8, uint16 or float32 as stored, with all their bands.

    Raises:
        ArgumentError: `bands` are not numbers from 0.
        FileError: A folder is missing.
        DataError: Images or masks lack their partners; all are named.
    """
    if bands is not None and (not len(bands) or min(bands) < 0):
        raise ArgumentError(f"bands must be numbers from 0. Received: bands={bands}")
    return open_with(
        partial(_read_tile, bands=bands, fill=fill),
        path,
        split,
        names,
        colors,
        palette,
        ignore_class,
        image_ending,
        mask_ending,
    )


def looks_like(path: Path) -> bool:
    """Whether the first image is a TIFF that is no photo of 8 bits."""
    for images, _ in parts_of(path).values():
        files, _ = find_images(images)
        return bool(files) and _is_tile(files[0])
    return False


def _is_tile(file: Path) -> bool:
    if file.suffix.lower() not in (".tif", ".tiff"):
        return False
    try:
        with opened(file) as image:
            bits = image.tag_v2.get(258, (1,)) if image.format == "TIFF" else (8,)
            return max(bits) > 8 or len(bits) > 4
    except FileError:  # Pillow does not know this kind of TIFF, or the file is broken
        return True


def _read_tile(source: Source, bands: Sequence[int] | None, fill: float | None):
    path = source.image_path
    image = read_bands(path)  # (H, W, bands)
    if bands is not None:
        if max(bands) >= image.shape[-1]:
            raise FileError(path, f"has {image.shape[-1]} bands, no band {max(bands)}")
        image = image[..., list(bands)]
    return _finite(path, image, fill)


def _finite(path: Path, image: np.ndarray, fill: float | None) -> np.ndarray:
    if image.dtype != np.float32:
        return image
    strange = ~np.isfinite(image)
    if fill is None and strange.any():
        raise FileError(
            path,
            f"holds {strange.sum()} values that are no numbers; see option fill",
        )
    return np.where(strange, np.float32(fill or 0), image)
