"""Weights of channels-first models of Keras 1, in architectures with the channels last.

The files are real ones of Keras 1, under Theano and under TensorFlow.
"""

from pathlib import Path

import h5py
import keras
import numpy as np
import pytest
from keras import layers

import kerasseg
from kerasseg.errors import FileError, KerasSegWarning

FOLDER = Path(__file__).parents[2] / "fixtures" / "old_models"
THEANO = "keras1_theano_sequential_in_a_sequential"
BRANCHES = "keras1_th_merged_branches"


def sequential(*behind_flatten):
    """The model of the file, as one would write it today."""
    return keras.Sequential(
        [
            keras.Input((12, 10, 3)),
            layers.Conv2D(3, (3, 2), activation="relu"),
            layers.MaxPooling2D(),
            keras.Sequential(
                [
                    layers.Flatten(),
                    *behind_flatten,
                    layers.Dense(4, activation="relu"),
                    layers.Dense(2, activation="softmax"),
                ]
            ),
        ]
    )


def branches():
    image = keras.Input((12, 10, 3))
    x = layers.Conv2D(4, 3, padding="same")(image)
    y = layers.Conv2D(4, 3, padding="same", activation="relu")(x)
    z = layers.Concatenate()([layers.Add()([x, y]), x])
    z = layers.Flatten()(layers.MaxPooling2D(2, (2, 1))(z))
    return keras.Model(image, [layers.Dense(3, "softmax")(z), layers.Dense(1)(z)])


@pytest.mark.parametrize(
    ("name", "build"),
    [
        (THEANO, sequential),
        (THEANO, lambda: sequential(layers.Dropout(0.5))),
        (THEANO, lambda: sequential(layers.Reshape((15, 4)), layers.Flatten())),
        (BRANCHES, branches),
    ],
)
def test_dense_weights_behind_flatten_are_put_in_order(name, build):
    model = kerasseg.load_model(FOLDER / f"{name}.h5", architecture=build())
    data = np.load(FOLDER / f"{name}.npz")
    images = data["images0"].transpose(0, 2, 3, 1)
    made = keras.tree.flatten(model.predict_on_batch(images))
    for i, scores in enumerate(made):
        np.testing.assert_allclose(scores, data[f"scores{i}"], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    "bad",
    [
        [layers.Flatten(data_format="channels_first", name="bad")],
        [layers.Reshape((15, 4)), layers.Softmax(name="bad")],
    ],
)
def test_what_cannot_be_put_in_order_is_refused_by_name(bad):
    head = [*bad, layers.Flatten(), layers.Dense(4), layers.Dense(2)]
    trunk = [layers.Conv2D(3, (3, 2)), layers.MaxPooling2D()]
    image = keras.Input((12, 10, 3))
    model = keras.Sequential([image, *trunk, keras.Sequential(head)])
    with pytest.raises(FileError, match=r"theano.*channels first.*bad'"):
        kerasseg.load_model(FOLDER / f"{THEANO}.h5", architecture=model)


def test_theano_of_keras_2_does_not_tell_and_warns(tmp_path):
    model = sequential()
    path = tmp_path / "weights.h5"
    with h5py.File(path, "w") as file:
        file.attrs["backend"], file.attrs["keras_version"] = "theano", "2.0.8"
        named = [layer for layer in model.layers if layer.weights]
        file.attrs["layer_names"] = [layer.name for layer in named]
        for layer in named:
            group = file.create_group(layer.name)
            group.attrs["weight_names"] = [w.path for w in layer.weights]
            for weight in layer.weights:
                group[weight.path] = keras.ops.convert_to_numpy(weight)
    with pytest.warns(KerasSegWarning, match=r"weights\.h5.*Theano.*channels_first"):
        kerasseg.load_model(path, architecture=model)
