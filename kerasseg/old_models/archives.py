"""What a `.keras` file holds, and the model of one that Keras 2 wrote."""

from __future__ import annotations

import json
import tempfile
import warnings
import zipfile
import zlib
from pathlib import Path
from typing import Any

import keras

from kerasseg.errors import FileError
from kerasseg.old_models.building import build
from kerasseg.old_models.findings import Findings
from kerasseg.old_models.reading import MAX_CONFIG_BYTES
from kerasseg.old_models.stored_sizes import check_archive, check_archived_weights
from kerasseg.old_models.weights import finish

_FAULTS_OF_ARCHIVES = (
    *(EOFError, KeyError, NotImplementedError, OSError, RecursionError, RuntimeError),
    *(TypeError, ValueError, zipfile.BadZipFile, zlib.error),
)


def read_archive(path: Path) -> tuple[Any, str, int]:
    """The configuration of a `.keras` file, its version of Keras, its bytes of weights.

    Raises:
        FileError: The file is damaged, or is no Keras model.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            if "config.json" not in archive.namelist():
                raise FileError(path, _why_no_archive(archive.namelist()))
            check_archive(path, archive)
            stored = check_archived_weights(path, archive)
            if archive.getinfo("config.json").file_size > MAX_CONFIG_BYTES:
                raise FileError(path, "its configuration is too large")
            config = json.loads(archive.read("config.json"))
            metadata = json.loads(archive.read("metadata.json"))
    except _FAULTS_OF_ARCHIVES as error:
        raise FileError(path, "is not a Keras model, or a damaged one") from error
    if not isinstance(metadata, dict) or not isinstance(config, dict):
        raise FileError(path, "is not a Keras model, or a damaged one")
    return config, str(metadata.get("keras_version", "3")), stored


def _why_no_archive(names: list[str]) -> str:
    endings = {name.rpartition("/")[-1] for name in names}
    if "data.pkl" in endings:
        return "is a model of PyTorch, whose layers are not Keras's"
    if "saved_model.pb" in endings:
        return "is a packed SavedModel folder, which holds no Keras layers to convert"
    if any(name.endswith((".h5", ".hdf5", ".keras")) for name in names):
        return "is a ZIP archive with a model inside; unpack it first"
    if "model.json" in endings:
        return "is a packed model of TensorFlow.js; convert it to .h5 first"
    return "is not a Keras model: a ZIP archive without config.json"


def load_old_archive(
    path: Path,
    config: Any,
    version: str,
    custom_objects: dict[str, Any] | None = None,
    findings: Findings | None = None,
    stored: int = 0,
) -> keras.Model:
    """Builds the model of a `.keras` file that Keras 2 wrote, and fills in its weights.

    Args:
        path: The file, whose weights `read_archive` has checked.
        config: Its `config.json`, parsed.
        version: The version of Keras in its metadata.
        custom_objects: Classes and functions of the user, by the name in the file.
        findings: Takes note of what was mended.
        stored: Bytes of weights in the file.

    Raises:
        FileError: The file is damaged, names what is not allowed, or cannot be built.
    """
    findings = findings or Findings(".keras")
    model = build(path, config, version, custom_objects or {}, findings, stored)
    with tempfile.TemporaryDirectory() as folder:
        weights = Path(folder) / "model.weights.h5"
        try:
            with zipfile.ZipFile(path) as archive:
                archive.extract(weights.name, folder)
        except (KeyError, OSError, zipfile.BadZipFile) as error:
            raise FileError(path, "its weights are missing or damaged") from error
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                model.load_weights(weights)
        except Exception as error:  # Keras raises nearly any type here
            reason = " ".join(str(error).split())
            raise FileError(path, f"its weights do not fit: {reason}") from error
    finish(model)
    return model
