"""Writing a picture to a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from kerasseg.errors import FileError
from kerasseg.files import atomic_path

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_DOTS_PER_INCH = 150


def save_figure(figure: Figure, path: str | Path, overwrite: bool = True) -> None:
    """Saves a figure as PNG, whole or not at all.

    Args:
        figure: A figure of this package, or any other of matplotlib.
        path: A file name that ends in `.png`.
        overwrite: Whether an existing file may be replaced.

    Raises:
        FileError: The name has another ending, or the file cannot be written.

    Example:

    >>> import pathlib, tempfile
    >>> from matplotlib.figure import Figure
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "empty.png"
    >>> save_figure(Figure(), path)
    >>> path.read_bytes()[1:4]
    b'PNG'
    """
    if Path(path).suffix.lower() != ".png":
        raise FileError(path, "the name of a picture must end in .png")
    with atomic_path(path, overwrite) as temporary:
        figure.savefig(temporary, format="png", dpi=_DOTS_PER_INCH, bbox_inches="tight")
