import keras
import numpy as np
import pytest
from checks.exactness import (
    check_conversion,
    check_native,
    randomise,
    relative_difference,
)
from checks.precisions import needs_float64
from checks.small_classifier import small_classifier
from keras import layers

import kerasseg
from kerasseg.errors import ConversionError
from kerasseg.inference import predict_heatmap, predict_sliding

# The map of the small classifier is 4×3×5.
SHAPES = {
    "one cell": lambda: [
        layers.Reshape((1, 1, 60)),
        layers.Conv2D(3, 1),
        layers.Flatten(),
    ],
    "places in a row": lambda: [
        layers.Reshape((12, 5)),
        layers.ReLU(),
        layers.Flatten(),
    ],
    "another map": lambda: [layers.Reshape((2, 6, 5)), layers.Reshape((60,))],
    "and back": lambda: [
        layers.Flatten(),
        layers.Dropout(0.5),
        layers.Reshape((4, 3, 5)),
        layers.GlobalMaxPooling2D(),
    ],
    "flat, then one cell": lambda: [
        layers.Flatten(),
        layers.Reshape((1, 1, 60)),
        layers.BatchNormalization(),
        layers.Flatten(),
    ],
}


@pytest.mark.parametrize("shapes", SHAPES.values(), ids=SHAPES)
def test_other_shapes_of_the_same_numbers(shapes):
    check_conversion(small_classifier(*shapes(), layers.Dense(3)), larger_by=(6, 8))


@pytest.mark.parametrize(
    "bad",
    [
        layers.Dense(3, name="bad"),
        layers.Conv1D(2, 1, name="bad"),
        layers.LayerNormalization(name="bad"),
    ],
)
def test_places_in_a_row_are_not_worked_on(bad):
    head = [layers.Reshape((12, 5)), bad, layers.Flatten(), layers.Dense(2)]
    with pytest.raises(ConversionError, match=r"'bad'.*moves its places"):
        kerasseg.convert_to_fcn(small_classifier(*head))


PLANES = {
    "mlp": lambda: [layers.Flatten(), layers.Dense(6, activation="relu")],
    "preprocessing": lambda: [
        layers.Rescaling(1 / 255, offset=-0.5),
        layers.Normalization(axis=None, mean=0.3, variance=2.0),
        layers.Dropout(0.2),
        layers.Reshape((9, 8, 1)),
        layers.Conv2D(3, 3, strides=2),
        layers.Flatten(),
    ],
    "flat from the start": lambda: [layers.Reshape((72,)), layers.PReLU()],
}


@pytest.mark.parametrize("stack", PLANES.values(), ids=PLANES)
def test_images_without_channel_axis(stack):
    model = keras.Sequential([keras.Input((9, 8)), *stack(), layers.Dense(3)])
    fcn = kerasseg.convert_to_fcn(randomise(model))
    assert fcn.input_shape == (None, None, None)
    assert kerasseg.convert_to_fcn(model, (20, 30)).input_shape == (None, 20, 30)
    assert (
        kerasseg.receptive_field(fcn).stride == kerasseg.receptive_field(model).stride
    )
    image = np.random.default_rng(0).uniform(size=(13, 15)).astype("float32")
    expected = predict_sliding(model, image)
    actual = predict_heatmap(fcn, image)
    rows, columns = expected.shape[:2]
    assert min(rows, columns) > 1
    assert relative_difference(actual[:rows, :columns], expected) <= 1e-5


def test_a_channel_axis_made_by_an_operation():
    image = keras.Input((9, 8))
    x = layers.Conv2D(2, 3)(keras.ops.expand_dims(image * 2.0, axis=-1))
    model = keras.Model(image, layers.Dense(3)(layers.Flatten()(x)))
    fcn = kerasseg.convert_to_fcn(randomise(model))
    image = np.random.default_rng(0).uniform(size=(11, 12)).astype("float32")
    expected = predict_sliding(model, image)
    assert relative_difference(predict_heatmap(fcn, image), expected) <= 1e-5


@pytest.mark.parametrize(
    "bad",
    [
        layers.Dense(4, name="bad"),
        layers.Softmax(name="bad"),
        layers.LayerNormalization(name="bad"),
        layers.LSTM(3, name="bad"),
    ],
)
def test_layers_along_the_width_are_refused(bad):
    model = keras.Sequential([keras.Input((9, 8)), bad, layers.Flatten()])
    model.add(layers.Dense(2))
    with pytest.raises(ConversionError, match=r"'bad'.*channel axis"):
        kerasseg.convert_to_fcn(model)


def test_a_net_for_vectors_is_refused_with_what_to_do():
    stack = [layers.Reshape((7, 6, 1)), layers.Conv2D(2, 3), layers.Flatten()]
    net = keras.Sequential([keras.Input((42,)), *stack, layers.Dense(2)], name="net")
    with pytest.raises(ConversionError, match=r"'net'.*Flatten\(\)\(image\)"):
        kerasseg.convert_to_fcn(net)
    image = keras.Input((7, 6, 1))  # as the message says
    model = keras.Model(image, net(layers.Flatten()(image)))
    check_conversion(model, larger_by=(3, 2))


def test_heads_at_different_strides_give_a_map_each():
    image = keras.Input((17, 16, 2))
    x = layers.Conv2D(3, 3, strides=2)(image)
    early = layers.Dense(3)(layers.Flatten()(x))
    late = layers.GlobalAveragePooling2D()(layers.Conv2D(3, 3, strides=2)(x))
    model = keras.Model(image, [early, layers.Dense(2)(late)])
    fcn = kerasseg.convert_to_fcn(randomise(model))
    check_native(model, fcn)
    photo = np.random.default_rng(0).uniform(size=(25, 28, 2)).astype("float32")
    maps = fcn.predict_on_batch(photo[None])
    for head, stride in enumerate((2, 4)):
        expected = predict_sliding(model, photo, stride)[head]
        rows, columns = expected.shape[:2]
        assert min(rows, columns) > 2
        actual = maps[head][0, :rows, :columns]
        assert relative_difference(actual, expected) <= 1e-5


@needs_float64
def test_operations_that_pool_keep_their_precision():
    keras.config.set_dtype_policy("float64")
    image = keras.Input((6, 6, 2))
    x = layers.Conv2D(3, 3)(image)
    pooled = keras.ops.mean(x, axis=(1, 2)) + keras.ops.max(x, axis=(1, 2))
    model = keras.Model(image, layers.Dense(2)(pooled))
    check_native(model, kerasseg.convert_to_fcn(randomise(model)), tolerance=1e-14)


def test_a_nested_model_rounds_what_it_is_given():
    inner = keras.Input((6, 6, 1), dtype="uint8")
    inner = keras.Model(inner, layers.Rescaling(0.5)(inner))
    image = keras.Input((6, 6, 1))
    model = keras.Model(image, layers.Dense(2)(layers.Flatten()(inner(image * 20.0))))
    check_conversion(model, larger_by=(2, 3))


def called_on_another_rank(*inner):
    inside = keras.Sequential([keras.Input((8, 8)), *inner], name="inner")
    image = keras.Input((8, 8, 1))
    x = layers.Flatten()(inside(image))
    return keras.Model(image, layers.Dense(3, name="scores")(x))


@pytest.mark.parametrize(
    "inner",
    [
        [layers.ReLU],
        [layers.Flatten, layers.ReLU],
        [lambda: layers.Reshape((8, 8, 1)), lambda: layers.Conv2D(2, 3)],
    ],
)
def test_a_nested_model_reads_images_without_the_axis_that_keras_drops(inner):
    check_conversion(called_on_another_rank(*(make() for make in inner)))


@pytest.mark.parametrize(
    "layer", [layers.Softmax(), layers.BatchNormalization(), layers.Dense(3)]
)
def test_a_nested_model_along_the_columns_that_keras_makes_last_is_refused(layer):
    with pytest.raises(ConversionError, match=rf"inner/{layer.name}'.*another shape"):
        kerasseg.convert_to_fcn(called_on_another_rank(layer))


def test_weights_for_another_shape_than_the_layer_gets_are_refused():
    inner = keras.Sequential([keras.Input((4,)), layers.Dense(3)])
    image = keras.Input((8, 8, 1))
    x = layers.Reshape((4, 1))(layers.Dense(4)(layers.Flatten()(image)))
    scores = layers.Dense(3, name="scores")(layers.Flatten()(inner(x)))
    with pytest.raises(ConversionError, match=r"'scores'.*\(12, 3\).*another rank"):
        kerasseg.convert_to_fcn(keras.Model(image, scores))
