"""Images and masks brought together by their names."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from kerasseg.data.listing import IMAGE_SUFFIXES, Problem, find_images, raise_problems


class Pair(NamedTuple):
    """An image and its mask, and the name that they have in common."""

    name: str
    image: Path
    mask: Path


def pair_by_name(
    images: str | Path,
    masks: str | Path,
    *,
    image_ending: str = "",
    mask_ending: str = "",
    beside: Sequence[str] = (),
) -> list[Pair]:
    """Pairs the images of one folder with the masks of another.

    Partners have the same path below their folder, up to the ending and the suffix.
    Names are compared in Unicode's composed form, because file systems differ in it.

    Args:
        images: Folder of the images.
        masks: Folder of the masks.
        image_ending: What names of images have at their end, `"_leftImg8bit"` say.
        mask_ending: What names of masks have at their end, `"_mask"` say.
        beside: Endings of other files that lie among the masks and are passed by.

    Returns:
        The pairs, in natural order of their names.

    Raises:
        FileError: One of the folders is missing.
        DataError: Partners are missing, a name occurs twice, or the folders hold files
            that are no images. The error lists all of them.

    Example:

    >>> import pathlib, tempfile
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> for name in ("images/street.jpg", "masks/street_mask.png"):
    ...     (folder / name).parent.mkdir()
    ...     (folder / name).touch()
    >>> found = pair_by_name(folder / "images", folder / "masks", mask_ending="_mask")
    >>> [pair.name for pair in found]
    ['street']
    """
    images, masks = Path(images), Path(masks)
    by_image, problems = _by_key(images, image_ending)
    by_mask, problems_of_masks = _by_key(masks, mask_ending, beside)
    problems = [*problems, *problems_of_masks]
    problems += _alone(by_image, by_mask, f"mask in {masks}")
    problems += _alone(by_mask, by_image, f"image in {images}")
    raise_problems(images, problems)
    return [Pair(key, path, by_mask[key]) for key, path in by_image.items()]


def pair_listed(
    names: Sequence[str],
    images: Path,
    masks: Path,
    listed_in: Path,
    suffixes: Sequence[str] = IMAGE_SUFFIXES,
) -> list[Pair]:
    """Pairs the images and masks that a list names; the folders may hold others.

    Args:
        names: Of the images and masks, without suffix.
        images: Folder of the images.
        masks: Folder of the masks.
        listed_in: The list, for messages.
        suffixes: Of the masks.

    Raises:
        FileError: One of the folders is missing.
        DataError: A name occurs twice, or lacks its image or mask; all are listed.
    """
    by_image, problems = _by_key(images)
    by_mask, problems_of_masks = _by_key(masks, suffixes=suffixes)
    broken = {_key(path, images): (path, text) for path, text in problems}
    broken |= {_key(path, masks): (path, text) for path, text in problems_of_masks}
    keys = [unicodedata.normalize("NFC", name) for name in names]
    faults = [broken[key] for key in keys if key in broken]
    faults += _repeated(keys, listed_in)
    for found, folder, what in ((by_image, images, "image"), (by_mask, masks, "mask")):
        folded = _folded(found)
        for key in keys:
            if key not in found and key not in broken:
                text = f"no such {what}, but {listed_in.name} names it"
                faults.append((folder / key.lstrip("/"), text + _hint(key, folded)))
    raise_problems(images, faults)
    return [Pair(key, by_image[key], by_mask[key]) for key in keys]


def _key(path: Path, folder: Path) -> str:
    """The name to pair a file by."""
    relative = path.relative_to(folder).as_posix()
    return unicodedata.normalize("NFC", relative.removesuffix(path.suffix))


def _by_key(
    folder: Path,
    ending: str = "",
    beside: Sequence[str] = (),
    suffixes: Sequence[str] = IMAGE_SUFFIXES,
) -> tuple[dict[str, Path], list[Problem]]:
    files, problems = find_images(folder, suffixes)
    by_key: dict[str, Path] = {}
    for path in files:
        key = _key(path, folder)
        if beside and key.endswith(tuple(beside)):
            continue
        if not key.endswith(ending):
            problems.append((path, f"its name does not end in {ending!r}"))
            continue
        other = by_key.setdefault(key.removesuffix(ending), path)
        if other is not path:
            text = f"has the same name as {other.name}; only one can be right"
            problems.append((path, text))
    return by_key, problems


def _alone(mine: dict[str, Path], other: dict[str, Path], what: str) -> list[Problem]:
    folded = _folded(other)
    return [
        (path, f"has no {what}{_hint(key, folded)}")
        for key, path in mine.items()
        if key not in other
    ]


def _folded(files: dict[str, Path]) -> dict[str, Path]:
    return {key.casefold(): path for key, path in files.items()}


def _hint(key: str, folded: dict[str, Path]) -> str:
    near = folded.get(key.casefold())
    return f"; {near.name} differs in upper and lower case" if near else ""


def _repeated(keys: list[str], listed_in: Path) -> list[Problem]:
    return [
        (listed_in, f"names {key!r} {count} times")
        for key, count in Counter(keys).items()
        if count > 1
    ]
