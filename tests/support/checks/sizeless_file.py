"""A Sequential file as Keras 2.2.4 to 2.3.1 wrote it where it began with InputLayer."""

import json
import shutil
from pathlib import Path

import h5py

SOURCE = (
    Path(__file__).parents[2]
    / "fixtures"
    / "old_models"
    / "sequential_without_input.h5"
)


def write_sizeless(path):
    """Writes it to `path`; returns the shape that it does not say any more."""
    shutil.copy(SOURCE, path)
    with h5py.File(path, "a") as file:
        config = json.loads(file.attrs["model_config"])
        first, *rest = config["config"]["layers"]
        assert first["class_name"] == "InputLayer"
        shape = rest[0]["config"].pop("batch_input_shape")[1:]
        config["config"]["layers"] = rest
        file.attrs["model_config"] = json.dumps(config)
    return tuple(shape)
