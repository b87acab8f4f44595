"""Class names from a file, and the class that a user means."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from kerasseg.errors import FileError, UsageError, near_names


def read_class_names(path: str | Path) -> list[str]:
    """Reads class names in the order of the model's outputs.

    Args:
        path: A text file with one name a line, or a `.json` file: a list of names, a
            mapping from number to name, or from name to number (as the generators of
            Keras give it); the `[id, name]` pairs of Keras's ImageNet index too.

    Raises:
        FileError: The file is missing, is no text, or holds something else.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise FileError(path, "no such file") from error
    except IsADirectoryError as error:
        raise FileError(path, "is a folder; a file of class names is needed") from error
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(path, "is not a text file of class names") from error
    if path.suffix == ".json":
        return _from_json(path, text)
    names = [line.strip() for line in text.splitlines()]
    while names and not names[-1]:
        names.pop()
    if not names or not all(names):
        raise FileError(path, "must hold one class name a line, none of them empty")
    return names


def find_class(wanted: str, names: Sequence[str] | None, count: int) -> int:
    """The number of the class that a user named, or numbered.

    Args:
        wanted: A name, or a number from 0.
        names: The names, if known.
        count: How many classes there are.

    Raises:
        UsageError: There is no such class; the message offers the nearest names.
    """
    if names and wanted in names:
        return list(names).index(wanted)
    if wanted.isdecimal() and int(wanted) < count:
        return int(wanted)
    if wanted.lstrip("-").isdecimal():
        raise UsageError(f"--class {wanted}: the model's classes are 0 to {count - 1}")
    if not names:
        raise UsageError(
            f"--class {wanted}: the model file holds no class names. Give the class by "
            f"its number (0 to {count - 1}), or the names by --labels FILE."
        )
    near = near_names(wanted, names)
    hint = f" Near: {', '.join(near)}." if near else ""
    raise UsageError(f"--class {wanted}: no class has this name.{hint}")


def _from_json(path: Path, text: str) -> list[str]:
    try:
        content = json.loads(text)
        if isinstance(content, dict):
            content = _in_order(content)
        if not isinstance(content, list) or not content:
            raise ValueError("neither list nor mapping")
        names = [item if isinstance(item, str) else item[-1] for item in content]
    except (ValueError, TypeError, KeyError, IndexError, RecursionError) as error:
        raise FileError(
            path, "must hold a list of class names, or a mapping from numbers to names"
        ) from error
    return [str(name) for name in names]


def _in_order(content: dict) -> list:
    if all(isinstance(number, int) for number in content.values()):
        content = {number: name for name, number in content.items()}
    by_number = {int(number): name for number, name in content.items()}
    return [by_number[i] for i in range(len(by_number))]
