"""Files of weights alone, which Keras reads by itself."""

from __future__ import annotations

from pathlib import Path


def check_weights_file(path: str | Path) -> None:
    """Refuses a file of weights that Keras must not open.

    Args:
        path: An HDF5 file: `.weights.h5` of Keras 3, `.h5` of any version.

    Raises:
        FileError: It is damaged, some of its data lie in other files, or it claims to
            be far larger than it is.
    """
    from kerasseg.old_models.reading import open_h5

    with open_h5(Path(path)):  # checks all that it holds
        pass
