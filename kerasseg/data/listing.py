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


def is_file(path: Path) -> bool:
    """Whether there is such a file; no for names that no file could have, too."""
    return os.path.isfile(path)  # noqa: PTH113 - Path.is_file raises on long names


def is_clutter(path: Path) -> bool:
    """Whether it is hidden, or something that a desktop left behind."""
    return path.name.startswith(".") or path.name.lower() in _CLUTTER


def folders_in(folder: Path) -> list[Path]:
    """The folders right in a folder, without hidden ones, in natural order.

    Raises:
        FileError: The folder cannot be read.
    """
    folders = [Path(entry) for entry in _entries(folder) if _is_folder(entry)]
    folders = [path for path in folders if not is_clutter(path)]
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
    """Every file with what is wrong with it, "" for nothing; folders that are wrong."""
    try:
        entries = _entries(folder)
    except FileError as error:
        yield folder, error.problem
        return
    for entry in entries:
        path = folder / entry.name
        if is_clutter(path):
            continue
        if not _is_folder(entry):
            problem = _problem_of(entry, path.suffix.lower(), suffixes)
            if problem is not None:
                yield path, problem
        elif path.suffix.lower() in suffixes:
            yield path, "is a folder, though its name is that of an image"
        elif path.resolve() in above:
            yield path, "is a link in a circle: it leads to a folder that holds it"
        else:
            yield from _walk(path, (*above, path.resolve()), suffixes)


def _problem_of(entry: os.DirEntry, suffix: str, suffixes: Sequence[str]) -> str | None:
    """What is wrong with a file; "" for an image, None for one to pass by."""
    if suffix in _BESIDE:
        return None
    if entry.is_symlink():
        if not is_file(Path(entry)):
            return "is a link that leads to no file"
    elif not entry.is_file():
        return "is no regular file"
    if suffix not in suffixes:
        kind = f"files of kind {suffix}" if suffix else "files without suffix"
        return f"is no image: {kind} are not read"
    return ""


def _is_folder(entry: os.DirEntry) -> bool:
    if entry.is_symlink():
        return os.path.isdir(entry)  # noqa: PTH112 - others raise on links in a circle
    return entry.is_dir()


def _entries(folder: Path) -> list[os.DirEntry]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        raise FileError(folder, f"cannot read: {error.strerror}") from error
