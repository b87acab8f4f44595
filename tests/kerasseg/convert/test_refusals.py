"""What cannot be converted is named, with its type and a reason that is true."""

from functools import partial

import keras
import numpy as np
import pytest
from keras import layers

import kerasseg
from kerasseg.errors import ArgumentError, ConversionError


def dense_behind(*trunk, size=(8, 8, 2)):
    return [keras.Input(size), *trunk, layers.Flatten(), layers.Dense(2)]


def with_lora():
    dense = layers.Dense(2, name="bad")
    model = keras.Sequential([keras.Input((8, 8, 2)), layers.Flatten(), dense])
    dense.enable_lora(1)
    return model


def quantised():
    dense = layers.Dense(2, name="bad")
    model = keras.Sequential([keras.Input((8, 8, 2)), layers.Flatten(), dense])
    dense.quantize("int8")
    return model


def quantised_on_a_map(mode):
    dense = layers.Dense(3, name="bad")
    model = keras.Sequential(dense_behind(dense))
    dense.quantize(mode)
    return model


def quantised_in_a_gate():
    image = keras.Input((8, 8, 2))
    dense = layers.Dense(2, name="bad")
    gate = dense(layers.GlobalAveragePooling2D()(image))
    x = layers.Flatten()(layers.Multiply()([image, gate]))
    model = keras.Model(image, layers.Dense(2)(x))
    dense.quantize("int8")
    return model


def gate_that_is_a_head_too():
    image = keras.Input((8, 8, 2))
    gate = layers.GlobalAveragePooling2D(keepdims=True)(image)
    x = layers.Flatten()(layers.Multiply()([image, gate]))
    scores = layers.Dense(2, name="bad")(gate)
    return keras.Model(image, [layers.Dense(2)(x), scores])


def flattened_vector_into_the_map():
    image = keras.Input((8, 8, 2))
    weights = layers.Dense(2)(layers.Flatten()(image))
    x = layers.Multiply(name="bad")([image, layers.Reshape((1, 1, 2))(weights)])
    return keras.Model(image, layers.Dense(2)(layers.Flatten()(x)))


def constant_image():
    image = keras.Input((8, 8, 2))
    x = image + np.ones((8, 8, 2), "float32")
    return keras.Model(image, layers.Dense(2)(layers.Flatten()(x)))


def constant_rows():
    image = keras.Input((8, 8, 2), batch_size=3)
    x = layers.Flatten()(image) * np.ones((3, 128), "float32")
    return keras.Model(image, layers.Dense(2)(x))


CASES = {
    "code": (dense_behind(layers.Lambda(lambda x: x * 2, name="bad")), "Lambda"),
    "work on exchanged axes": (
        [
            keras.Input((8, 8, 2)),
            layers.Permute((3, 1, 2)),
            layers.Conv2D(2, 1, name="bad"),
            layers.Flatten(),
            layers.Dense(2),
        ],
        "axes were exchanged",
    ),
    "another shape": (
        dense_behind(layers.Reshape((4, 16, 2)), layers.Conv2D(2, 1, name="bad")),
        "moves its places",
    ),
    "slopes for pixels": (dense_behind(layers.PReLU(name="bad")), "every pixel"),
    "rows normalised": (
        dense_behind(layers.BatchNormalization(axis=1, name="bad")),
        "axis 1",
    ),
    "the image normalised": (
        dense_behind(layers.LayerNormalization(axis=(1, 2, 3), name="bad")),
        "axis",
    ),
    "groups over the image": (
        dense_behind(layers.GroupNormalization(1, name="bad")),
        "every place",
    ),
    "rows joined": (dense_behind(layers.Softmax(axis=2, name="bad")), "axis 2"),
    "fixed size": (dense_behind(layers.Resizing(4, 4, name="bad")), "every place"),
    "unknown activation": (
        dense_behind(layers.Conv2D(2, 3, activation=keras.ops.cumsum, name="bad")),
        "cumsum",
    ),
    "words": (dense_behind(layers.Attention(name="bad")), "Attention"),
    "a gate that is a head too": (gate_that_is_a_head_too, "multiplied back"),
    "weights from the flat image": (flattened_vector_into_the_map, "whole"),
    "constant image": (constant_image, "place in the image"),
    "constant rows": (constant_rows, "row to row"),
    "quantised": (quantised, "quantised"),
    "quantised on a map": (partial(quantised_on_a_map, "int8"), "quantised"),
    "quantised to floats": (partial(quantised_on_a_map, "float8"), "quantised"),
    "quantised in a gate": (quantised_in_a_gate, "quantised"),
    "channels halved by an activation": (
        [
            keras.Input((6, 6, 2)),
            layers.Conv2D(4, 3, activation="glu", name="bad"),
            layers.Flatten(),
        ],
        "'glu', which is not among",
    ),
    "lora": (with_lora, "LoRA"),
    "matrix regulariser": (
        [
            keras.Input((4, 4, 1)),
            layers.Flatten(),
            layers.Dense(
                2,
                kernel_regularizer=keras.regularizers.OrthogonalRegularizer(),
                name="bad",
            ),
        ],
        "Orthogonal",
    ),
    "vector into a map": (
        [
            keras.Input((4, 4, 1)),
            layers.Flatten(),
            layers.Dense(8),
            layers.Reshape((2, 2, 2), name="bad"),
            layers.Flatten(),
            layers.Dense(2),
        ],
        r"\(None, 2, 2, 2\)",
    ),
    "features joined over the batch": (
        [
            keras.Input((4, 4, 1)),
            layers.Flatten(),
            layers.Dense(2, activation=keras.ops.cumsum, name="bad"),
        ],
        "cumsum",
    ),
}


@pytest.mark.parametrize(("case", "reason"), CASES.values(), ids=CASES)
def test_refused_by_name(case, reason):
    if isinstance(case, list) and any(isinstance(x, layers.Attention) for x in case):
        case = _attention
    model = case() if callable(case) else keras.Sequential(case)
    with pytest.raises(ConversionError, match=reason) as caught:
        kerasseg.convert_to_fcn(model)
    if case not in (constant_image, constant_rows):
        assert caught.value.layer == "bad"
        assert "'bad'" in str(caught.value)
    assert "\n" not in str(caught.value)


def _attention():
    image = keras.Input((8, 8, 2))
    x = layers.Attention(name="bad")([image, image])
    return keras.Model(image, layers.Dense(2)(layers.Flatten()(x)))


def test_a_subclassed_layer_is_refused_even_where_its_parent_is_known():
    class Shuffled(layers.Conv2D):
        def call(self, inputs):
            return keras.ops.flip(super().call(inputs), axis=1)

    model = keras.Sequential(dense_behind(Shuffled(2, 3, name="bad")))
    with pytest.raises(ConversionError, match=r"'bad' \(Shuffled\)"):
        kerasseg.convert_to_fcn(model)


def test_models_that_take_no_image_are_refused():
    words = keras.Sequential([keras.Input((20,)), layers.Dense(2)], name="words")
    with pytest.raises(ConversionError, match=r"'words' is not an image classifier"):
        kerasseg.convert_to_fcn(words)


def test_models_that_are_code_are_refused():
    class Coded(keras.Model):
        def call(self, x):
            return x

    with pytest.raises(ArgumentError, match=r"Coded.*call"):
        kerasseg.convert_to_fcn(Coded())
    with pytest.raises(ArgumentError, match="not built"):
        kerasseg.convert_to_fcn(keras.Sequential([layers.Flatten(), layers.Dense(1)]))
    with pytest.raises(ArgumentError, match=r"model is needed.*'model.keras'"):
        kerasseg.convert_to_fcn("model.keras")


def test_activation_that_other_layers_read_is_not_taken_away():
    image = keras.Input((4, 4, 1))
    scores = layers.Dense(3, activation="softmax", name="bad")(layers.Flatten()(image))
    model = keras.Model(image, [scores, layers.Dense(2)(scores)])
    with pytest.raises(ConversionError, match=r"'bad'.*several parts"):
        kerasseg.convert_to_fcn(model, classifier_activation=None)
