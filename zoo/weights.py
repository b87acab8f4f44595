"""Trained weights from a file into a network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras

from kerasseg.errors import ArgumentError, FileError
from kerasseg.files import check_weights_file


def check_weights(weights: Any, also: tuple[str, ...] = ()) -> None:
    """Raises `ArgumentError` unless `weights` is `None` or a file that may hold some.

    Args:
        weights: What the user gave.
        also: Names of published weights that the network can fetch.
    """
    if weights is None or weights in also:
        return
    is_file = isinstance(weights, str | Path) and Path(weights).is_file()
    if not is_file or Path(weights).suffix != ".h5":
        named = "".join(f", {name!r}" for name in also)
        raise ArgumentError(
            f"weights must be None{named} or the path of an existing .weights.h5 or "
            f".h5 file. Received: weights={str(weights)!r}"
        )


def check_imagenet(input_shape: tuple, **options: tuple[Any, Any]) -> None:
    """Raises `ArgumentError` if the weights of VGG16 cannot fit, before a download.

    Args:
        input_shape: That of the network, checked before.
        **options: By its name, what the user gave for an option and what VGG16 needs.
    """
    needs = {"input_shape": (tuple(input_shape), (*input_shape[:2], 3)), **options}
    for name, (given, needed) in needs.items():
        if given != needed:
            raise ArgumentError(
                f"weights='imagenet' needs {name}={needed!r}. "
                f"Received: {name}={given!r}"
            )


def load_weights(model: keras.Model, weights: str | Path | None) -> None:
    """Loads a weights file into the model; `None` leaves the model as it is.

    Args:
        model: A network of the architecture that the file was saved from.
        weights: A `.weights.h5` file of Keras 3, or an `.h5` file of Keras 1 or 2.

    Raises:
        FileError: The file is damaged, points to other files, or belongs to another
            architecture.
    """
    if weights is None:
        return
    check_weights_file(weights)
    try:
        model.load_weights(weights)
    except Exception as error:  # Keras and h5py raise nearly any type here
        reason = " ".join(str(error).split()) or type(error).__name__
        raise FileError(weights, f"does not fit {model.name}: {reason}") from error
