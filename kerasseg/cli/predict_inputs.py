"""Which photos `kerasseg predict` segments, and what it calls their masks."""

from __future__ import annotations

import argparse
import glob
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from kerasseg.cli.output_folder import check_folder
from kerasseg.errors import FileError, UsageError


@dataclass(frozen=True)
class Job:
    """One photo and the files that are made of it."""

    image: Path
    mask: Path

    @property
    def overlay(self) -> Path:
        return self.mask.with_name(f"{self.mask.stem}_overlay.png")


def part_argument(text: str) -> tuple[int, int]:
    """Reads a share `I/N`, I counted from 0."""
    parts = text.split("/")
    if len(parts) == 2 and all(part.isdecimal() for part in parts):
        index, count = int(parts[0]), int(parts[1])
        if index < count:
            return index, count
    raise argparse.ArgumentTypeError(f"{text!r} is not a share such as 0/4 or 3/4")


def find_jobs(
    given: Sequence[str], output: Path, share: tuple[int, int] = (0, 1)
) -> list[Job]:
    """Lists the photos of one worker.

    All workers see the same photos in the same order, and each takes every nth, so
    that nothing is done twice or left out. Where `output` lies in a folder of photos,
    what it holds are none; where it is among what is given, as `photos/*` gives
    `photos/out` from the second time on, it is left out.

    Args:
        given: Files, folders, and patterns as of a shell.
        output: The folder for the masks; that of a photo in a folder keeps its place.
        share: Index of the worker and number of workers.

    Raises:
        FileError: There is no such file, or it is no image; `output` is a file.
        UsageError: Two photos would give one mask, a mask would replace a photo, or
            `output` is a folder of photos that is given.
    """
    check_folder(output)
    jobs: dict[Path, Job] = {}
    written: dict[Path, Path] = {}
    for image, place in _images(given, output):
        job = Job(image, output / place.with_suffix(".png"))
        if image.resolve() in jobs:  # given twice, as by overlapping patterns
            continue
        jobs[image.resolve()] = job
        for file in (job.mask, job.overlay):
            if file in written:
                raise UsageError(
                    f"{image}: gives the picture {file}, as {written[file]} does"
                )
            written[file] = image
    if not jobs:
        raise UsageError(f"--output {output}: is all that is given; name the photos")
    for file in written:
        if file.exists() and file.resolve() in jobs:
            raise UsageError(f"{file}: a mask would replace this photo; see --output")
    mine = list(jobs.values())[share[0] :: share[1]]
    _check_heads(mine)
    return mine


def _images(given: Sequence[str], output: Path) -> Iterator[tuple[Path, Path]]:
    """Photos, and the names that they have below the folder that was given."""
    for text in given:
        path = Path(text)
        if path.is_dir():
            yield from _in_folder(path, output)
        elif path.exists() or not glob.has_magic(text):
            yield path, Path(path.name)
        else:
            yield from _matching(text, output)


def _in_folder(folder: Path, output: Path) -> Iterator[tuple[Path, Path]]:
    from kerasseg.data.listing import find_images

    found, _ = find_images(folder)
    if folder.resolve() == output.resolve():
        _check_only_results(found, output)
        return
    found = [path for path in found if not _is_result(path, output, folder)]
    if not found:
        raise FileError(folder, "holds no images")
    for path in found:
        yield path, path.relative_to(folder)


def _matching(pattern: str, output: Path) -> Iterator[tuple[Path, Path]]:
    from kerasseg.data.listing import IMAGE_SUFFIXES, natural_key

    base = Path(*takewhile(lambda part: not glob.has_magic(part), Path(pattern).parts))
    found = sorted(glob.glob(pattern, recursive=True), key=natural_key)  # noqa: PTH207
    images = [
        path
        for path in map(Path, found)
        if path.suffix.lower() in IMAGE_SUFFIXES and not _is_result(path, output, base)
    ]
    if not images:
        raise FileError(pattern, "no image matches this pattern")
    for path in images:
        yield path, Path(path.name)


def _is_result(path: Path, output: Path, given: Path) -> bool:
    """Whether a picture lies in a folder of masks that lies in the one given."""
    inside, output = given.resolve() in output.resolve().parents, output.resolve()
    return inside and path.resolve().is_relative_to(output)


def _check_only_results(found: Sequence[Path], output: Path) -> None:
    """With photos among them, the next run would take the masks for photos too."""
    from kerasseg.cli.predict_output import is_result

    if not all(map(is_result, found)):
        raise UsageError(
            f"--output {output}: is a folder of photos; masks need one of their own"
        )


def _check_heads(jobs: Sequence[Job]) -> None:
    """A file that is missing or no image must stop the command before it writes."""
    from kerasseg.cli.predict_image import check_photo

    for job in jobs:
        check_photo(job.image)
