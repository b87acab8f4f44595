"""Images and masks brought together by their names."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import NamedTuple

from kerasseg.data.listing import Problem, find_images, raise_problems


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
) -> list[Pair]:
    """Pairs the images of one folder with the masks of another.

    Partners have the same path below their folder, up to the ending and the suffix.
    Names are compared in Unicode's composed form, because file systems differ in it.

    Args:
        images: Folder of the images.
        masks: Folder of the masks.
        image_ending: What names of images have at their end, `"_leftImg8bit"` say.
        mask_ending: What names of masks have at their end, `"_mask"` say.

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
    by_mask, problems_of_masks = _by_key(masks, mask_ending)
    problems = [*problems, *problems_of_masks]
    problems += _alone(by_image, by_mask, f"mask in {masks}")
    problems += _alone(by_mask, by_image, f"image in {images}")
    raise_problems(images, problems)
    return [Pair(key, path, by_mask[key]) for key, path in by_image.items()]


def key_of(path: Path, folder: Path, ending: str = "") -> str | None:
    """The name to pair a file by; None if it lacks the ending."""
    relative = path.relative_to(folder).as_posix()
    name = unicodedata.normalize("NFC", relative.removesuffix(path.suffix))
    return name.removesuffix(ending) if name.endswith(ending) else None


def _by_key(folder: Path, ending: str) -> tuple[dict[str, Path], list[Problem]]:
    files, problems = find_images(folder)
    by_key: dict[str, Path] = {}
    for path in files:
        key = key_of(path, folder, ending)
        if key is None:
            problems.append((path, f"its name does not end in {ending!r}"))
        elif key in by_key:
            text = f"has the same name as {by_key[key].name}; only one can be right"
            problems.append((path, text))
        else:
            by_key[key] = path
    return by_key, problems


def _alone(mine: dict[str, Path], other: dict[str, Path], what: str) -> list[Problem]:
    folded = {key.casefold(): path for key, path in other.items()}
    problems = []
    for key, path in mine.items():
        if key not in other:
            near = folded.get(key.casefold())
            hint = f"; {near.name} differs in upper and lower case" if near else ""
            problems.append((path, f"has no {what}{hint}"))
    return problems
