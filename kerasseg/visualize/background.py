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

    It is where it is called so, or where its colour is black, as in PASCAL VOC: black
    laid over a photo would only darken it. Where nobody chose colours, it is also the
    first of but two classes.

    Args:
        class_names: Names by class, if known.
        colors: `(classes, 3)`, if the user, the data set or a file brings them.
    """
    names = {} if class_names is None else class_names
    if not isinstance(names, Mapping):
        names = dict(enumerate(names))
    is_ground = str(names.get(0, "")).strip("_ ").lower() in _NAMES
    if colors is None:
        is_ground |= set(names) == {0, 1}
    elif len(colors):
        is_ground |= not np.any(np.asarray(colors)[0])
    return 0 if is_ground else None
