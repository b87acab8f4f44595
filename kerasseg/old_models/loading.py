"""An .h5 model of Keras 1 or 2, built by today's Keras."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras

from kerasseg.errors import FileError, KerasSegError
from kerasseg.old_models.allowed import check_allowed
from kerasseg.old_models.reading import OldModel, read_old_model
from kerasseg.old_models.repairs import repair_model
from kerasseg.old_models.weights import fill_weights


def load_old_model(
    path: Path,
    custom_objects: dict[str, Any] | None = None,
    architecture: dict[str, Any] | keras.Model | None = None,
) -> keras.Model:
    """Builds the model of an .h5 file and fills in its weights.

    Args:
        path: The file.
        custom_objects: Classes and functions of the user, by the name in the file.
        architecture: For a file of weights alone: its configuration, or a model.

    Raises:
        FileError: The file is damaged, names what is not allowed, or cannot be built.
    """
    old = read_old_model(path)
    if isinstance(architecture, keras.Model):
        model = architecture
    else:
        model = _build(old, architecture or old.config, custom_objects or {})
    fill_weights(model, old)
    return model


def _build(old: OldModel, config: Any, custom_objects: dict[str, Any]) -> keras.Model:
    if config is None:
        raise FileError(
            old.path,
            "holds weights alone, without the model. Pass its architecture: the model "
            "built by your code, or the JSON file that model.to_json() wrote",
        )
    try:
        config = repair_model(config, old.path.stem)
    except KerasSegError as error:
        raise FileError(old.path, str(error)) from error
    except (KeyError, TypeError, IndexError, AttributeError) as error:
        raise FileError(old.path, "its configuration is no Keras model") from error
    check_allowed(old.path, config, custom_objects)
    is_sequential = config["class_name"] == "Sequential"
    kind = keras.Sequential if is_sequential else keras.Model
    try:
        with keras.saving.custom_object_scope(custom_objects):
            return kind.from_config(config["config"])
    except Exception as error:  # Keras raises nearly any type for what it cannot build
        reason = " ".join(str(error).split()) or type(error).__name__
        raise FileError(
            old.path,
            f"Keras cannot build this model (saved by Keras "
            f"{old.keras_version}): {reason}",
        ) from error
