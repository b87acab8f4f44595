"""The size that all images of a batch have, and files that have another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import numpy as np

from kerasseg.data.augmentation.transform import Size
from kerasseg.data.images import check_image
from kerasseg.errors import ArgumentError, DataError, FileError


def check_size(name: str, size) -> Size | None:
    """A size as a pair of whole numbers; one number stands for both.

    Raises:
        ArgumentError: It is none.
    """
    if size is None:
        return None
    pair = tuple(size) if isinstance(size, Sequence | np.ndarray) else (size, size)
    whole = all(isinstance(n, int | np.integer) and n > 0 for n in pair)
    if len(pair) != 2 or not whole:
        raise ArgumentError(
            f"{name} must be (height, width), both above 0. Received: {name}={size}"
        )
    return int(pair[0]), int(pair[1])


def check_same_size(dataset) -> None:
    """Looks at the heads of all image files, before work is spent on the first.

    Raises:
        DataError: Some have another size than most; the message lists them.
    """
    sizes: dict[Path, Size] = {}
    for path in map(Path, getattr(dataset, "image_paths", [])):
        if path in sizes:
            continue
        try:
            sizes[path] = check_image(path)
        except FileError:  # not an image of Pillow's: only reading it will tell
            return
    # A photo stored lying on its side has these numbers the other way round; when it
    # is read, `refuse_other_shape` sees.
    counts = Counter(tuple(sorted(size)) for size in sizes.values())
    usual = counts.most_common(1)[0][0] if counts else None
    others = [
        (path, f"has {size[0]}×{size[1]}")
        for path, size in sizes.items()
        if tuple(sorted(size)) != usual
    ]
    if others:
        height, width = next(s for s in sizes.values() if tuple(sorted(s)) == usual)
        raise DataError(
            f"{dataset.name}: images of one batch must have one size, and most have "
            f"{height}×{width} pixels. Cut them to one (crop_size, or --crop HxW), or "
            "fill smaller ones up with the ignored class (pad_to).",
            others,
        )


def refuse_other_shape(
    name: str, shape: tuple[int, ...], first_name: str, first: tuple[int, ...]
) -> NoReturn:
    """Raises `DataError`: an image has another shape than the first."""
    raise DataError(
        f"{name} has the shape {shape} and {first_name} {first}: images of one batch "
        "must have one. Where only the size differs, cut them to one (crop_size, or "
        "--crop HxW), or fill them up with the ignored class (pad_to)."
    )


def padded_window(name: str, size: Size, pad_to: Size) -> tuple[int, int, int, int]:
    """The window that fills an image up at its bottom and right.

    Raises:
        DataError: The image is larger.
    """
    if size[0] > pad_to[0] or size[1] > pad_to[1]:
        raise DataError(
            f"{name} has {size[0]}×{size[1]} pixels, more than pad_to="
            f"{pad_to[0]}×{pad_to[1]}"
        )
    return 0, 0, *pad_to
