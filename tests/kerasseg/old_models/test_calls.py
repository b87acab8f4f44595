"""Operations in .h5 files of Keras 3, which say their class and not its module."""

import keras
import numpy as np
import pytest
from checks.exactness import randomise
from keras import layers, ops

import kerasseg
from kerasseg.old_models.calls import with_modules
from kerasseg.old_models.repairs import repair_model


def nested_with_operations():
    image = keras.Input((8, 8, 3))
    x = ops.clip(ops.mean(image / 127.5 - 1, axis=-1, keepdims=True), -1, 1) ** 2
    first, second = ops.split(image[..., :2] * x, 2, axis=-1)
    x = layers.Add()([layers.Conv2D(1, 1)(first), second])
    inner = keras.Model(image, ops.relu(-x + second), name="inner")
    image = keras.Input((8, 8, 3))
    x = layers.GlobalAveragePooling2D()(inner(ops.maximum(image, 0.1)))
    return randomise(keras.Model(image, layers.Dense(2)(x)))


def test_a_file_that_keras_itself_cannot_read_back(tmp_path):
    model = nested_with_operations()
    model.save(path := tmp_path / "model.h5")
    with pytest.raises(Exception, match="Unknown layer"):
        keras.saving.load_model(path)
    images = np.random.default_rng(0).uniform(0, 255, (2, 8, 8, 3)).astype("float32")
    expected = model.predict_on_batch(images)
    actual = kerasseg.load_model(path).predict_on_batch(images)
    np.testing.assert_allclose(actual, expected, rtol=1e-6)


def test_layers_of_the_same_name_stay_layers():
    layer = {"class_name": "Add", "config": {"name": "a", "trainable": True}}
    operation = {"class_name": "Add", "config": {"name": "b"}}
    entries = [{**entry, "inbound_nodes": []} for entry in (layer, operation)]
    plain, known = with_modules(entries)
    assert "module" not in plain
    assert known["module"] == "keras.src.ops.numpy"


def test_what_is_no_operation_gets_no_module():
    for kind in ("Sigmoid ", "import_module", "np", "KerasTensor", "open"):
        entry = {"class_name": kind, "config": {"name": "x"}, "inbound_nodes": []}
        assert with_modules(entry) == entry


def test_a_file_of_keras_2_cannot_name_a_module_of_its_own():
    """Only known functions become operations; a module in the file is dropped."""
    evil = {
        "class_name": "Mean",
        "module": "keras.src.ops.numpy",
        "config": {"name": "x"},
        "inbound_nodes": [[["image", 0, 0, {}]]],
    }
    image = {"class_name": "InputLayer", "config": {"name": "image"}}
    config = {
        "name": "m",
        "layers": [{**image, "inbound_nodes": []}, {**evil, "name": "x"}],
        "input_layers": [["image", 0, 0]],
        "output_layers": [["x", 0, 0]],
    }
    repaired = repair_model({"class_name": "Functional", "config": config})
    assert all("module" not in entry for entry in repaired["config"]["layers"])
