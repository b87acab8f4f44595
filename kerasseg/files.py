"""Files written whole or not at all, and models loaded with errors that say why not."""

from __future__ import annotations

import copy
import json
import os
import shutil
import tempfile
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from kerasseg.errors import ArgumentError, ConversionError, FileError, KerasSegWarning
from kerasseg.foreign_files import what_folder_it_is, what_it_is

if TYPE_CHECKING:
    import keras

    from kerasseg.old_models.findings import Findings


@contextmanager
def atomic_path(path: str | Path, overwrite: bool = True) -> Iterator[Path]:
    """Gives a temporary path beside `path`, renamed to `path` when the block succeeds.

    A reader therefore sees the old file or the new one, never a part; if the block
    raises, the old file stays and the temporary one is removed. The temporary name
    keeps the suffix, because savers choose the format by it.

    Args:
        path: The file to write. Its folder must exist.
        overwrite: Whether an existing file may be replaced.

    Yields:
        The path to write to.

    Raises:
        FileError: The folder is missing or not writable, the disk is full, or the file
            exists and `overwrite` is false.

    Example:

    >>> import pathlib, tempfile
    >>> target = pathlib.Path(tempfile.mkdtemp()) / "note.txt"
    >>> with atomic_path(target) as temporary:
    ...     _ = temporary.write_text("whole")
    >>> target.read_text()
    'whole'
    """
    path = Path(path)
    check_writable(path, overwrite)
    try:
        handle, name = tempfile.mkstemp(
            suffix=path.suffix, prefix=f".{path.stem[:100]}-", dir=path.parent
        )
    except OSError as error:
        raise FileError(path, f"cannot write here: {error.strerror}") from error
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        _sync(temporary)
        temporary.chmod(0o666 & ~_umask())  # mkstemp makes files private
        temporary.replace(path)
    except OSError as error:
        raise FileError(path, f"cannot write: {error.strerror or error}") from error
    finally:
        temporary.unlink(missing_ok=True)


def check_writable(path: str | Path, overwrite: bool = True) -> None:
    """Raises `FileError` if `path` cannot become a file here, before work is spent."""
    path = Path(path)
    if not path.parent.is_dir():
        raise FileError(path, f"the folder {path.parent} does not exist")
    if path.is_dir():
        raise FileError(path, "is a folder; a file name is needed")
    if path.exists() and not overwrite:
        raise FileError(path, "exists already; pass --overwrite to replace it")


def save_model(model: keras.Model, path: str | Path, overwrite: bool = True) -> None:
    """Saves a model as a `.keras` file, whole or not at all.

    Args:
        model: The model.
        path: A file name that ends in `.keras`.
        overwrite: Whether an existing file may be replaced.

    Raises:
        FileError: The name has another ending, or the file cannot be written.
    """
    if Path(path).suffix != ".keras":
        raise FileError(path, "the name of a saved model must end in .keras")
    with atomic_path(path, overwrite) as temporary:
        model.save(temporary)


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
        FileError: There is no such file, it is not a Keras model, or Keras cannot load
            it; the message names the file and gives the reason.
        ArgumentError: `input_shape` is no shape, or the model says another itself.

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
        model = _load_archive(path, custom_objects, findings)
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


def _load_archive(
    path: Path, custom_objects: dict | None, findings: Findings
) -> keras.Model:
    import keras

    from kerasseg.old_models.allowed import find_forbidden
    from kerasseg.old_models.findings import count_layers
    from kerasseg.old_models.loading import load_old_archive
    from kerasseg.old_models.objects import check_objects
    from kerasseg.old_models.reading import read_archive
    from kerasseg.old_models.stored_sizes import check_parameters

    config, version, stored = read_archive(path)
    config.pop("compile_config", None)  # losses of the author's own: not looked up
    findings.keras_version = version
    if not version.startswith("3"):
        return load_old_archive(path, config, version, custom_objects, findings, stored)
    find_forbidden(path, config, custom_objects or {})
    check_objects(path, config, custom_objects or {})
    findings.layers = count_layers(config)

    def build():
        return keras.saving.deserialize_keras_object(
            copy.deepcopy(config), custom_objects, safe_mode=True
        )

    try:
        check_parameters(path, build, stored)
        with _named(path, ".keras") as named:  # Keras chooses its reader by the suffix
            return keras.saving.load_model(
                named, custom_objects=custom_objects, compile=False, safe_mode=True
            )
    except FileError:
        raise
    except Exception as error:  # Keras raises nearly any type for a file it cannot load
        reason = " ".join(str(error).split()) or type(error).__name__
        raise FileError(path, f"Keras cannot load this model: {reason}") from error


@contextmanager
def _named(path: Path, suffix: str) -> Iterator[Path]:
    """The file itself, or a copy of it whose name ends in `suffix`."""
    if path.suffix == suffix:
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        yield Path(shutil.copy(path, Path(folder) / f"{path.stem}{suffix}"))


def _read_architecture(path: Path):
    """The JSON of an architecture, or the model in a file."""
    if path.suffix in (".h5", ".hdf5", ".keras"):
        return load_model(path)
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise FileError(path, "no such file") from error
    except (OSError, ValueError) as error:
        raise FileError(path, "is not the JSON that model.to_json() writes") from error
    if isinstance(config, str):  # json.dump(model.to_json(), file), as many did
        config = json.loads(config)
    return config


def check_readable(path: str | Path) -> str:
    """Looks at the first bytes of a model file, long before Keras is loaded.

    Returns:
        `"zip"` for a `.keras` file, `"hdf5"` for an `.h5` file.

    Raises:
        FileError: There is no such file, or it is neither.
    """
    path = Path(path)
    if not path.exists():
        raise FileError(path, "no such file")
    if path.is_dir():
        raise FileError(path, what_folder_it_is(path))
    try:
        with path.open("rb") as file:
            start = file.read(64)
    except OSError as error:
        raise FileError(path, f"cannot read: {error.strerror}") from error
    if start.startswith(b"\x89HDF\r\n\x1a\n"):
        return "hdf5"
    if zipfile.is_zipfile(path):
        return "zip"
    raise FileError(path, what_it_is(path, start))


def _sync(path: Path) -> None:
    """Waits until the file is on the disk, so that the rename cannot outrun it."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _umask() -> int:
    umask = os.umask(0)
    os.umask(umask)
    return umask
