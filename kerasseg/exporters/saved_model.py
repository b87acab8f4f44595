"""TensorFlow's SavedModel, with scores and with masks to call."""

from __future__ import annotations

import json
from pathlib import Path

import keras
import numpy as np

from kerasseg.exporters.masks import maps_one_image, mask_function
from kerasseg.exporters.settings import Runner, Settings, as_call, input_names

SUFFIX = ""
PACKAGES = ()
QUANTIZATIONS = ()


def write(model: keras.Model, path: Path, settings: Settings) -> list[str]:
    """Writes the folder; returns remarks."""
    archive = keras.export.ExportArchive()
    archive.track(model)
    signature = [
        keras.InputSpec(dtype=t.dtype, shape=t.shape, name=t.name) for t in model.inputs
    ]
    archive.add_endpoint(
        "serve",
        lambda *inputs: model(as_call(inputs), training=False),
        input_signature=signature,
    )
    remarks = []
    if maps_one_image(model):
        _add_masks(archive, model, settings)
    else:
        remarks.append("no predict_mask: the model is not from one image to one map")
    archive.write_out(path, verbose=False)
    _write_metadata(path, settings)
    return remarks


def open_file(path: Path, model: keras.Model) -> Runner:
    """Loads the folder without Keras, and runs its default signature."""
    import tensorflow as tf

    loaded = tf.saved_model.load(str(path))
    serve = loaded.signatures["serving_default"]

    def run(inputs: dict[str, np.ndarray]) -> list[np.ndarray]:
        outputs = serve(**{n: tf.constant(inputs[n]) for n in input_names(model)})
        return [outputs[f"output_{i}"].numpy() for i in range(len(outputs))]

    run.loaded = loaded  # variables live as long as the object that was loaded
    return run


def _add_masks(archive, model: keras.Model, settings: Settings) -> None:
    import tensorflow as tf

    shape = model.inputs[0].shape
    archive.add_endpoint(
        "predict_mask",
        mask_function(model, settings.preprocess),
        input_signature=[tf.TensorSpec(shape, tf.uint8, name="images")],
    )
    if settings.class_names:
        names = tf.constant(settings.class_names)
        archive.add_endpoint("class_names", lambda: names, input_signature=[])


def _write_metadata(path: Path, settings: Settings) -> None:
    """TensorFlow leaves the folder of this name to whoever has more to tell."""
    folder = path / "assets.extra"
    folder.mkdir(exist_ok=True)
    facts = {
        "class_names": list(settings.class_names or ()),
        "preprocess": settings.preprocess,
    }
    text = json.dumps(facts, indent=2, ensure_ascii=False)
    (folder / "kerasseg.json").write_text(text + "\n", encoding="utf-8")
