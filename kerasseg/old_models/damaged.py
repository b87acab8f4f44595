"""Errors over configurations that are not what Keras writes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kerasseg.errors import FileError, KerasSegError


@contextmanager
def as_damaged(path: Path) -> Iterator[None]:
    """Turns what reading a damaged configuration stumbles over into a `FileError`.

    Args:
        path: The file, for the error.

    Raises:
        FileError: Something is missing, or is of another kind than Keras writes.
    """
    try:
        yield
    except KerasSegError:
        raise
    except KeyError as error:
        reason = f"its configuration is damaged: something lacks its {error}"
        raise FileError(path, reason) from error
    except (AttributeError, IndexError, RecursionError, TypeError, ValueError) as error:
        reason = f"its configuration is damaged: {' '.join(str(error).split())}"
        raise FileError(path, reason) from error
