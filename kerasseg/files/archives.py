"""Models out of `.keras` files, those of today's Keras and those of Keras 2."""

from __future__ import annotations

import copy
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from kerasseg.errors import FileError

if TYPE_CHECKING:
    import keras

    from kerasseg.old_models.findings import Findings


def load_archive(
    path: Path, custom_objects: dict | None, findings: Findings
) -> keras.Model:
    """Loads the model of a `.keras` file, and notes in `findings` what it is.

    Raises:
        FileError: The file is damaged, names what is not allowed, or cannot be loaded.
    """
    import keras

    from kerasseg.old_models.allowed import find_forbidden
    from kerasseg.old_models.archives import load_old_archive, read_archive
    from kerasseg.old_models.damaged import as_damaged
    from kerasseg.old_models.findings import count_layers
    from kerasseg.old_models.objects import check_objects, with_full_names
    from kerasseg.old_models.stored_sizes import check_parameters

    config, version, stored = read_archive(path)
    config.pop("compile_config", None)  # losses of the author's own: not looked up
    findings.keras_version = version
    if not version.startswith("3"):
        return load_old_archive(path, config, version, custom_objects, findings, stored)
    with as_damaged(path):
        custom_objects = with_full_names(config, custom_objects or {})
        find_forbidden(path, config, custom_objects)
        check_objects(path, config, custom_objects)
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
