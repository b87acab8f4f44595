"""Models that an unwary conversion would get silently wrong."""

import keras
import numpy as np
import pytest
from checks.exactness import (
    check_conversion,
    check_native,
    check_windows,
    images_for,
    randomise,
    relative_difference,
)
from keras import layers

import kerasseg
from kerasseg.errors import ArgumentError, ConversionError


def test_adapted_normalization_keeps_its_statistics():
    norm = layers.Normalization()
    norm.adapt(np.random.default_rng(0).normal(5, 3, (20, 8, 8, 2)))
    model = keras.Sequential(
        [keras.Input((8, 8, 2)), norm, layers.Conv2D(3, 3), layers.Flatten()]
    )
    model.add(layers.Dense(2))
    check_native(model, kerasseg.convert_to_fcn(model))


def test_two_models_used_in_turn():
    model = randomise(
        keras.Sequential([keras.Input((8, 8, 1)), layers.Flatten(), layers.Dense(2)])
    )
    fcn = kerasseg.convert_to_fcn(model)
    images = images_for(model)
    first = model.predict_on_batch(images)
    for _ in range(2):
        np.testing.assert_allclose(
            fcn.predict_on_batch(images)[:, 0, 0], first, rtol=1e-5
        )
        np.testing.assert_array_equal(model.predict_on_batch(images), first)


def test_branches_with_windows_of_different_sizes():
    image = keras.Input((16, 15, 2))
    first = layers.Flatten()(layers.Conv2D(3, 3, strides=2)(image))
    second = layers.Flatten()(layers.Conv2D(3, (4, 3), strides=2)(image))
    scores = layers.Add()([layers.Dense(2)(first), layers.Dense(2)(second)])
    model = randomise(keras.Model(image, scores))
    fcn = kerasseg.convert_to_fcn(model)
    check_native(model, fcn)
    for size in [(17, 15), (18, 19), (21, 20)]:
        photo = images_for(model, 1, size)
        expected = kerasseg.inference.predict_sliding(model, photo[0], stride=2)
        actual = fcn.predict_on_batch(photo)[0]
        rows, columns = expected.shape[:2]
        assert relative_difference(actual[:rows, :columns], expected) <= 1e-5


def test_maps_of_different_windows_in_the_trunk():
    image = keras.Input((15, 15, 2))
    joined = layers.Add()(
        [layers.Conv2D(3, 3, strides=2)(image), layers.Conv2D(3, 2, strides=2)(image)]
    )
    model = keras.Model(image, layers.Dense(2)(layers.Flatten()(joined)))
    fcn = check_conversion(model, larger_by=(4, 2))
    assert fcn.predict_on_batch(images_for(model, 1, (16, 17))).shape == (1, 1, 2, 2)


def test_branches_of_different_strides_are_refused():
    image = keras.Input((16, 16, 2))
    x = layers.Conv2D(3, 3)(image)
    fine = layers.Dense(2)(layers.GlobalAveragePooling2D()(x))
    coarse = layers.Dense(2)(layers.GlobalAveragePooling2D()(layers.MaxPooling2D()(x)))
    model = keras.Model(image, layers.Add(name="join")([fine, coarse]))
    with pytest.raises(ConversionError, match=r"'join'.*different strides"):
        kerasseg.convert_to_fcn(model)


def test_activation_that_another_head_reads_behind_dropout():
    image = keras.Input((6, 6, 1))
    scores = layers.Dense(5, activation="softmax")(layers.Flatten()(image))
    passed = layers.Dropout(0.5)(scores)
    model = keras.Model(image, [passed, layers.Dense(3, activation="softmax")(passed)])
    with pytest.raises(ConversionError, match="several parts"):
        kerasseg.convert_to_fcn(model, classifier_activation=None)


def test_logits_of_a_head_that_ends_in_an_operation():
    image = keras.Input((6, 6, 1))
    logits = layers.Dense(1)(layers.Flatten()(image))
    model = randomise(keras.Model(image, keras.ops.sigmoid(logits)))
    fcn = kerasseg.convert_to_fcn(model, classifier_activation=None)
    images = images_for(model)
    expected = keras.Model(image, logits).predict_on_batch(images)
    assert relative_difference(fcn.predict_on_batch(images)[:, 0, 0], expected) <= 1e-6


def test_an_activation_is_added_where_the_head_has_none():
    image = keras.Input((6, 6, 1))
    pooled = layers.GlobalAveragePooling2D()(layers.Conv2D(3, 3)(image))
    model = randomise(keras.Model(image, pooled))
    fcn = kerasseg.convert_to_fcn(model, classifier_activation="softmax")
    scores = fcn.predict_on_batch(images_for(model))
    np.testing.assert_allclose(scores.sum(-1), 1, rtol=1e-5)


@pytest.mark.parametrize("parent", [keras.Model, keras.Sequential])
def test_subclasses_that_compute_something_else_are_refused(parent):
    class Doubled(parent):
        def call(self, *args, **kwargs):
            return super().call(*args, **kwargs) * 2

    if parent is keras.Model:
        image = keras.Input((6, 6, 1))
        model = Doubled(image, layers.Dense(2)(layers.Flatten()(image)))
    else:
        stack = [keras.Input((6, 6, 1)), layers.Flatten(), layers.Dense(2)]
        model = Doubled(stack)
    with pytest.raises(ArgumentError, match="Doubled"):
        kerasseg.convert_to_fcn(model)


def test_subclasses_that_only_train_otherwise_convert():
    class Trained(keras.Model):
        def train_step(self, data):
            raise NotImplementedError

    image = keras.Input((6, 6, 1))
    model = Trained(image, layers.Dense(2)(layers.Flatten()(image)))
    check_native(model, kerasseg.convert_to_fcn(model))


def test_statistics_of_the_batch_are_refused():
    image = keras.Input((6, 6, 1))
    x = layers.BatchNormalization(name="bad")(image, training=True)
    model = keras.Model(image, layers.Dense(2)(layers.Flatten()(x)))
    with pytest.raises(ConversionError, match=r"'bad'.*training=True"):
        kerasseg.convert_to_fcn(model)


def test_heads_that_flatten_one_cell():
    image = keras.Input((8, 8, 2))
    x = layers.GlobalAveragePooling2D(keepdims=True)(layers.Conv2D(4, 3)(image))
    x = layers.Reshape((3,))(layers.Softmax()(layers.Conv2D(3, 1)(x)))
    check_conversion(keras.Model(image, x), larger_by=(3, 4))


def test_activations_given_as_layers_or_by_tensorflow(tensorflow):
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(3, 3, activation=tensorflow.nn.relu),
            layers.Flatten(),
            layers.Dense(4, activation=layers.LeakyReLU(0.1)),
            layers.Dense(2, activation=tensorflow.nn.softmax),
        ]
    )
    fcn = kerasseg.convert_to_fcn(randomise(model))
    check_native(model, fcn)
    check_windows(model, fcn)


def test_constants_without_a_place_are_kept():
    image = keras.Input((8, 8, 3))
    x = image - np.ones((1, 1, 1, 3), "float32") * [1.0, 2.0, 3.0]
    x = layers.Normalization(axis=None, mean=0.5, variance=2.0)(x)
    x = layers.Dense(2)(layers.Flatten()(layers.Conv2D(2, 3)(x)))
    check_conversion(keras.Model(image, x))


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("image_size", 64),
        ("image_size", (64,)),
        ("image_size", (64.5, 64)),
        ("native_size", (40, 40)),
    ],
)
def test_wrong_sizes_are_refused(argument, value):
    model = keras.Sequential([keras.Input((8, 8, 1)), layers.Flatten()])
    model.add(layers.Dense(2))
    with pytest.raises(ArgumentError, match=argument):
        kerasseg.convert_to_fcn(model, **{argument: value})


def test_a_nested_layer_named_like_the_input():
    inner = keras.Sequential([layers.Conv2D(2, 3, name="photo")], name="inner")
    image = keras.Input((8, 8, 1), name="photo")
    model = keras.Model(image, layers.Dense(2)(layers.Flatten()(inner(image))))
    check_conversion(model)
