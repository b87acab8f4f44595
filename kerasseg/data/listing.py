"""The image files of a folder, with nothing left out silently."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from kerasseg.errors import DataError, FileError

Problem = tuple[Path, str]

IMAGE_SUFFIXES = (
    *(".bmp", ".gif", ".jpe", ".jpeg", ".jfif", ".jpg", ".pgm", ".png", ".ppm"),
    *(".tif", ".tiff", ".webp"),
)
_BESIDE = (".csv", ".html", ".json", ".md", ".pdf", ".txt", ".xml", ".yaml", ".yml")
_CLUTTER = ("thumbs.db", "desktop.ini", "icon\r", "__macosx", "@eadir")


def find_images(
    folder: str | Path, suffixes: Sequence[str] = IMAGE_SUFFIXES
) -> tuple[list[Path], list[Problem]]:
    """All image files in a folder and the folders in it, in natural order.

    Hidden files and what desktops leave behind (Thumbs.db, desktop.ini, ...) are not
    looked at, nor are texts and tables. Whatever else is no image is a problem.

    Args:
        folder: The folder; links to folders are followed.
        suffixes: Those of the files wanted, in lower case.

    Returns:
        The files, `2.png` before `10.png`, and the problems: files of other kinds,
        links that lead nowhere or in a circle, folders that cannot be read.

    Raises:
        FileError: There is no such folder.
    """
    folder = check_folder(folder)
    files, problems = [], []
    for path, problem in _walk(folder, (folder.resolve(),), suffixes):
        if problem:
            problems.append((path, problem))
        else:
            files.append(path)
    return sorted(files, key=lambda path: natural_key(path.as_posix())), problems


def check_folder(folder: str | Path) -> Path:
    """Raises FileError unless there is such a folder."""
    folder = Path(folder)
    try:
        if folder.is_dir():
            return folder
        there = folder.exists()
    except (OSError, ValueError) as error:
        raise FileError(folder, f"cannot read: {error}") from error
    raise FileError(folder, "is no folder" if there else "no such folder")


def is_clutter(path: Path) -> bool:
    """Whether it is hidden, or something that a desktop left behind."""
    return path.name.startswith(".") or path.name.lower() in _CLUTTER


def folders_in(folder: Path) -> list[Path]:
    """The folders right in a folder, without hidden ones, in natural order.

    Raises:
        FileError: The folder cannot be read.
    """
    folders = [p for p in _entries(folder) if not is_clutter(p) and p.is_dir()]
    return sorted(folders, key=lambda path: natural_key(path.name))


def natural_key(text: str) -> list:
    """Sorts numbers in names as numbers."""
    parts = re.split(r"([0-9]+)", text)
    return [(int(p), p) if i % 2 else (0, p) for i, p in enumerate(parts)]


def read_lines(path: Path) -> list[str]:
    """The lines of a text file that are not empty.

    Raises:
        FileError: There is no such file, or it is no text.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise FileError(path, "no such file") from error
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(path, "is not a text file") from error
    return [line.strip() for line in text.splitlines() if line.strip()]


def raise_problems(folder: Path, problems: list[Problem]) -> None:
    """Raises DataError if there are any."""
    if problems:
        count = f"{len(problems):,} problem{'s' if len(problems) > 1 else ''}"
        raise DataError(f"{FileError(folder, f'has {count}')}", problems)


def _walk(
    folder: Path, above: tuple[Path, ...], suffixes: Sequence[str]
) -> Iterator[tuple[Path, str]]:
    try:
        entries = _entries(folder)
    except FileError as error:
        yield folder, error.problem
        return
    for path in entries:
        if is_clutter(path):
            continue
        if path.suffix.lower() in suffixes and path.is_dir():
            yield path, "is a folder, though its name is that of an image"
        elif not path.is_dir():
            problem = _problem_of(path, suffixes)
            if problem is not None:
                yield path, problem
        elif path.resolve() in above:
            yield path, "is a link in a circle: it leads to a folder that holds it"
        else:
            yield from _walk(path, (*above, path.resolve()), suffixes)


def _problem_of(path: Path, suffixes: Sequence[str]) -> str | None:
    """What is wrong with a file; "" for an image, None for one to pass by."""
    suffix = path.suffix.lower()
    if suffix in _BESIDE:
        return None
    if not path.exists():
        return "is a link that leads to no file"
    if suffix not in suffixes:
        kind = f"files of kind {path.suffix}" if suffix else "files without suffix"
        return f"is no image: {kind} are not read"
    return "" if path.is_file() else "is no regular file"


def _entries(folder: Path) -> list[Path]:
    try:
        return [folder / name for name in sorted(os.listdir(folder))]  # noqa: PTH208
    except OSError as error:
        raise FileError(folder, f"cannot read: {error.strerror}") from error
