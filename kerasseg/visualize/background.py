"""Which class is the ground that objects lie on: pictures leave it as the photo is."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from kerasseg.visualize.names import ClassNames

_NAMES = ("background", "bg")


def background_class(
    class_names: ClassNames | None, colors: np.ndarray | None = None
) -> int | None:
    """0, if class 0 is a background, or else `None`.

    It is where it is called so, where there are but two classes, or where its colour is
    black, as in PASCAL VOC: black laid over a photo would only darken it.

    Args:
        class_names: Names by class, if known.
        colors: `(classes, 3)`, if the data set or the file brings them.
    """
    if colors is not None and len(colors) and not np.any(np.asarray(colors)[0]):
        return 0
    if class_names is None:
        return None
    names = class_names
    if not isinstance(names, Mapping):
        names = dict(enumerate(names))
    is_called_so = str(names.get(0, "")).strip("_ ").lower() in _NAMES
    return 0 if is_called_so or set(names) == {0, 1} else None
