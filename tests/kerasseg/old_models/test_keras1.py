"""Files as Keras 1 wrote them, made by hand: names, bare lists, kernels of Theano."""

import json

import h5py
import keras
import numpy as np
import pytest
from scipy.signal import correlate2d

import kerasseg
from kerasseg.errors import FileError, KerasSegError
from kerasseg.old_models.keras1 import rename_keras1
from kerasseg.old_models.repairs import repair_model

RANDOM = np.random.default_rng(0)


def write(path, config, layers, backend=None, version=None):
    """An .h5 file with the attributes and groups of Keras 1, or 2.0 and 2.1."""
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = json.dumps(config).encode()
        group = file.create_group("model_weights")
        end = "" if backend == "theano" else ":0"
        layers = {
            name: {key + end: value for key, value in weights.items()}
            for name, weights in layers.items()
        }
        group.attrs["layer_names"] = [name.encode() for name in layers]
        if version:
            group.attrs["keras_version"] = version.encode()
        if backend:
            group.attrs["backend"] = backend.encode()
        for name, weights in layers.items():
            layer = group.create_group(name)
            layer.attrs["weight_names"] = [key.encode() for key in weights]
            for key, value in weights.items():
                layer[key] = value
    return path


def layer(kind, **config):
    return {"class_name": kind, "config": config}


def convolution(kernel_shape):
    return [
        layer(
            "Convolution2D",
            name="convolution2d_1",
            nb_filter=3,
            nb_row=3,
            nb_col=2,
            border_mode="valid",
            subsample=[2, 1],
            dim_ordering="tf",
            init="uniform",
            bias=True,
            activation="relu",
            W_regularizer={"name": "WeightRegularizer", "l1": 0.0, "l2": 0.01},
            b_regularizer=None,
            batch_input_shape=[None, 9, 8, 2],
            input_dtype="float32",
        ),
        layer("Dropout", name="dropout_1", p=0.5),
        layer("Flatten", name="flatten_1"),
        layer(
            "Dense",
            name="dense_1",
            output_dim=2,
            init="glorot_uniform",
            activation="linear",
            bias=True,
            input_dim=None,
        ),
    ], {
        "convolution2d_1": {
            "convolution2d_1_W": RANDOM.normal(size=kernel_shape),
            "convolution2d_1_b": RANDOM.normal(size=3),
        },
        "dropout_1": {},
        "flatten_1": {},
        "dense_1": {
            "dense_1_W": RANDOM.normal(size=(4 * 7 * 3, 2)),
            "dense_1_b": RANDOM.normal(size=2),
        },
    }


def by_hand(image, kernel, weights):
    """The scores by SciPy; `kernel` as (height, width, in, out)."""
    maps = [
        sum(correlate2d(image[..., c], kernel[..., c, f], "valid") for c in range(2))
        for f in range(3)
    ]
    maps = np.stack(maps, -1)[::2] + weights["convolution2d_1"]["convolution2d_1_b"]
    flat = np.maximum(maps, 0).ravel()
    return flat @ weights["dense_1"]["dense_1_W"] + weights["dense_1"]["dense_1_b"]


@pytest.mark.parametrize("backend", [None, "tensorflow", "theano"])
def test_a_sequential_as_a_bare_list(tmp_path, backend):
    is_theano = backend == "theano"
    layers, weights = convolution((3, 2, 2, 3))
    config = {"class_name": "Sequential", "config": layers}
    path = write(tmp_path / "old.h5", config, weights, backend)
    kernel = weights["convolution2d_1"]["convolution2d_1_W"]
    if is_theano:
        kernel = kernel[::-1, ::-1]  # Theano turned its kernels by 180 degrees
    model = kerasseg.load_model(path)
    image = RANDOM.normal(size=(9, 8, 2))
    scores = model.predict_on_batch(image[None].astype("float32"))[0]
    np.testing.assert_allclose(scores, by_hand(image, kernel, weights), rtol=1e-4)
    with pytest.raises(Exception, match=r"."):
        keras.saving.load_model(path, compile=False)
    assert kerasseg.convert_to_fcn(model).output_shape == (None, None, None, 2)


def test_theano_kernels_of_keras_2_are_turned_too(tmp_path):
    layers, weights = convolution((3, 2, 2, 3))
    config = {"class_name": "Sequential", "config": layers}
    path = write(tmp_path / "old.h5", config, weights, "theano", "2.0.8")
    kernel = weights["convolution2d_1"]["convolution2d_1_W"][::-1, ::-1]
    image = RANDOM.normal(size=(9, 8, 2))
    scores = kerasseg.load_model(path).predict_on_batch(image[None].astype("float32"))
    np.testing.assert_allclose(scores[0], by_hand(image, kernel, weights), rtol=1e-4)


def test_merges_become_layers():
    for mode, kind in [("sum", "Add"), ("mul", "Multiply"), ("concat", "Concatenate")]:
        entry = layer("Merge", name="m", mode=mode, concat_axis=3)
        assert rename_keras1(entry)["class_name"] == kind
    assert rename_keras1(layer("Merge", name="m", mode="cos"))["class_name"] == "Merge"


def test_layers_of_today_are_left_alone():
    entry = layer("Dense", name="d", units=3, use_bias=False)
    assert rename_keras1(entry) is entry


def test_arguments_whose_meaning_is_lost_are_named():
    stack = [
        layer("Dense", name="d", units=2, batch_input_shape=[None, 3]),
        layer("BatchNormalization", name="norm", mode=1),
    ]
    with pytest.raises(KerasSegError, match=r"'norm' \(BatchNormalization\).*mode=1"):
        repair_model({"class_name": "Sequential", "config": stack})


def test_code_and_unknown_classes_are_refused_by_name(tmp_path):
    for kind, word in [
        ("Lambda", "Python code"),
        ("os.system", "no layer of Keras"),
        ("Custom>Dropout", "no layer of Keras.*custom_objects={'Dropout'"),
    ]:
        stack = [layer("Dense", name="d", units=2, batch_input_shape=[None, 3])]
        stack.append(layer(kind, name="bad", function="print"))
        config = {"class_name": "Sequential", "config": stack}
        path = write(tmp_path / "bad.h5", config, {})
        with pytest.raises(FileError, match=rf"bad\.h5.*'bad'.*{word}"):
            kerasseg.load_model(path)


def test_links_to_other_files_are_refused(tmp_path):
    layers, weights = convolution((3, 2, 2, 3))
    path = write(
        tmp_path / "old.h5", {"class_name": "Sequential", "config": layers}, weights
    )
    with h5py.File(path, "a") as file:
        group = file["model_weights/dense_1"]
        del group["dense_1_b:0"]
        group["dense_1_b:0"] = h5py.ExternalLink("elsewhere.h5", "/secret")
    with pytest.raises(FileError, match=r"dense_1_b.*link"):
        kerasseg.load_model(path)
