"""Models loaded from files of any age, with errors that say why not."""

from __future__ import annotations

import json
import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from kerasseg.errors import ArgumentError, ConversionError, FileError, KerasSegWarning
from kerasseg.files.archives import load_archive
from kerasseg.files.first_bytes import check_readable

if TYPE_CHECKING:
    import keras

    from kerasseg.old_models.findings import Findings


def load_model(
    path: str | Path,
    custom_objects: dict | None = None,
    architecture: str | Path | keras.Model | None = None,
    saved_backend: str | None = None,
    input_shape: tuple[int, ...] | None = None,
) -> keras.Model:
    """Loads a model from a `.keras` or `.h5` file, old ones included, running no code.

    Files of Keras 1 and 2 are read by today's Keras only in part. Here their
    configuration is rewritten first: names and arguments of Keras 1, missing input
    layers, arguments that were dropped, nested models, calls of TensorFlow functions,
    kernels of Theano. What a file is shows in its first bytes; its name does not
    matter.

    A model on images with the channels first comes back as one with the channels last,
    with the same scores, and with a warning that says so.

    The model comes back uncompiled: its optimizer and losses are not needed to use or
    convert it, and are what most often keeps an old file from loading.

    Args:
        path: A file that `model.save()` wrote: `.keras`, `.h5`, `.hdf5`, any name.
        custom_objects: Classes and functions of your own, by the name in the file.
        architecture: For a file that holds weights alone: the model that they belong
            to, or the JSON file that its `to_json()` wrote.
        saved_backend: `"theano"` or `"tensorflow"`, for a file of Keras 1 that does not
            say which it was; without it such a file is read as TensorFlow's.
        input_shape: `(height, width, channels)`, for a Sequential that does not say
            what it takes, as those of Keras 2.2.4 to 2.3.1 that began with InputLayer.

    Returns:
        The model.

    Raises:
        FileError: There is no such file, it is not a Keras model, Keras cannot load it,
            or it was saved under Theano, whose "same" padding moved the windows of a
            layer; the message names the file and gives the reason.
        ArgumentError: `path` is no name of a file, `input_shape` is no shape, or the
            model says another itself.

    Example:

    >>> import pathlib, tempfile, keras, kerasseg
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "classifier.h5"
    >>> keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)]).save(path)
    >>> kerasseg.load_model(path).output_shape
    (None, 2)
    """
    return load_and_report(
        path, custom_objects, architecture, saved_backend, input_shape
    )[0]


def load_and_report(
    path: str | Path,
    custom_objects: dict | None = None,
    architecture: str | Path | keras.Model | None = None,
    saved_backend: str | None = None,
    input_shape: tuple[int, ...] | None = None,
) -> tuple[keras.Model, Findings]:
    """`load_model`, and what the file turned out to be.

    Args:
        path: As for `load_model`.
        custom_objects: As for `load_model`.
        architecture: As for `load_model`.
        saved_backend: As for `load_model`.
        input_shape: As for `load_model`.

    Returns:
        The model, and the findings.

    Raises:
        FileError: As for `load_model`.
        ArgumentError: As for `load_model`.
    """
    if not isinstance(path, (str, os.PathLike)):
        raise ArgumentError(f"path must name a file. Received: path={path!r}")
    path = Path(path)
    kind = check_readable(path)
    import kerasseg.layers  # registers our layers with Keras  # noqa: F401
    from kerasseg.old_models.findings import Findings
    from kerasseg.old_models.input_shape import check_input_shape, checked_shape
    from kerasseg.old_models.loading import load_old_model

    shape = checked_shape(input_shape)
    if isinstance(architecture, (str, Path)):
        architecture = _read_architecture(Path(architecture))
    findings = Findings(".keras" if kind == "zip" else "HDF5")
    if kind == "zip":
        model = load_archive(path, custom_objects, findings)
    else:
        model = load_old_model(
            path, custom_objects, architecture, saved_backend, findings, shape
        )
    model = _usable(model, findings)
    check_input_shape(path, model, shape)
    return model, findings


def _usable(model: keras.Model, findings: Findings) -> keras.Model:
    """The model with the channels last, unless a layer does not allow for that."""
    from kerasseg.channels_last import with_channels_last

    try:
        new = with_channels_last(model)
        if new is not model:
            findings.mended.append("channels first → channels last")
        return new
    except (ArgumentError, ConversionError) as error:
        message = f"The channels stay first: {error}"
        warnings.warn(message, KerasSegWarning, stacklevel=3)
        return model


def _read_architecture(path: Path):
    """The JSON of an architecture, or the model in a file."""
    if path.suffix in (".h5", ".hdf5", ".keras"):
        return load_model(path)
    reason = "is not the JSON that model.to_json() writes"
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(config, str):  # json.dump(model.to_json(), file), as many did
            config = json.loads(config)
    except FileNotFoundError as error:
        raise FileError(path, "no such file") from error
    except (OSError, ValueError, RecursionError) as error:
        raise FileError(path, reason) from error
    if not isinstance(config, dict):
        raise FileError(path, reason)
    return config
