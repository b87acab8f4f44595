"""Oracle: nets whose last numbers lie in 0…1, or do not, by how they are built."""

import warnings

import keras
import numpy as np
import pytest
from keras import layers, ops

from kerasseg.errors import KerasSegWarning
from kerasseg.layers import (
    AdaptiveAveragePooling2D,
    BedOfNailsUpSampling2D,
    CropToCommon2D,
    CropToMatch2D,
    MaxPoolingWithIndices2D,
    PadToMultiple2D,
    Resize2D,
    hard_sigmoid_of_keras_2,
)
from kerasseg.probabilities import gives_probabilities

ACTIVATIONS = [
    ("sigmoid", 1),
    ("hard_sigmoid", 1),
    (hard_sigmoid_of_keras_2, 1),
    ("softmax", 3),
    ("sparse_sigmoid", 1),
    ("sparsemax", 3),
]
AROUND = ((0, 0), (1, 1), (1, 1), (0, 0))
BEHIND = [
    layers.Dropout(0.1),
    layers.SpatialDropout2D(0.1),
    layers.GaussianNoise(0.1),
    layers.Cropping2D(0),
    layers.CenterCrop(2, 2),
    layers.ZeroPadding2D(1),
    layers.UpSampling2D(2),
    layers.UpSampling2D(2, interpolation="bilinear"),
    layers.Resizing(8, 8),
    layers.AveragePooling2D(2),
    layers.MaxPooling2D(2),
    layers.Activation("linear", dtype="float32"),
    layers.Identity(),
    layers.Reshape((-1, 1)),
    Resize2D(2),
    PadToMultiple2D(4),
    AdaptiveAveragePooling2D(2),
    layers.RandomFlip(),
    layers.ReLU(),
    layers.Activation("relu"),
    layers.Rescaling(-1.0, 1.0),
]


def model_of(*parts, name=None):
    net = keras.Sequential(name=name)
    net.add(keras.Input((4, 4, 1)))
    for part in parts:
        net.add(part)
    return net


def functional(function, activation=None):
    image = keras.Input((4, 4, 1))
    return keras.Model(
        image, function(layers.Conv2D(2, 1, activation=activation)(image))
    )


@pytest.mark.parametrize("last", BEHIND, ids=lambda layer: type(layer).__name__)
@pytest.mark.parametrize("kind", ACTIVATIONS, ids=lambda kind: str(kind[0])[:12])
def test_what_stands_behind_an_activation_hides_it_from_no_one(kind, last):
    activation, classes = kind
    again = type(last).from_config(last.get_config())
    if type(last) is layers.Reshape:
        again = layers.Reshape((4, 4 * classes))
    squashed = layers.Conv2D(classes, 1, activation=activation)
    assert gives_probabilities(model_of(squashed))
    assert gives_probabilities(model_of(squashed, again))
    again = type(last).from_config(again.get_config())
    assert not gives_probabilities(model_of(layers.Conv2D(classes, 1), again))


@pytest.mark.parametrize(
    "function",
    [
        ops.sigmoid,
        ops.hard_sigmoid,
        ops.softmax,
        ops.sparse_sigmoid,
        layers.Softmax(),
        lambda x: layers.TimeDistributed(layers.Dense(2, "sigmoid"))(x),
        lambda x: (ops.sigmoid(x) + ops.sigmoid(2 * x)) / 2,
        lambda x: 0.3 * ops.sigmoid(x) + ops.sigmoid(2 * x) * np.float32(0.7),
        lambda x: 1 - ops.sigmoid(x),
        lambda x: ops.sigmoid(x) * ops.sigmoid(2 * x),
        lambda x: ops.relu(ops.sigmoid(x)),
        lambda x: ops.maximum(ops.sigmoid(x), 0.1),
        lambda x: ops.clip(ops.tanh(3 * ops.sigmoid(x)), 0, 1),
        lambda x: ops.concatenate([1 - ops.sigmoid(x), ops.sigmoid(x)]),
        layers.Activation("sigmoid"),
        lambda x: layers.Dropout(0.1)(ops.softmax(x)),
        lambda x: ops.cast(ops.sigmoid(x), "float16"),
        lambda x: ops.sigmoid(x)[..., 1:],
        lambda x: ops.image.resize(ops.softmax(x), (8, 8)),
        lambda x: CropToMatch2D()([ops.softmax(x), layers.Cropping2D(1)(x)]),
        lambda x: Resize2D()([ops.sigmoid(x), x]),
        lambda x: CropToCommon2D()([x, ops.sigmoid(x)])[1],
        lambda x: MaxPoolingWithIndices2D()(ops.sigmoid(x))[0],
        lambda x: layers.Average()([ops.softmax(x), ops.softmax(2 * x)]),
        lambda x: [ops.softmax(x), x],
        lambda x: ops.minimum(ops.sigmoid(x) + ops.softmax(x), 1),
        lambda x: ops.maximum(ops.sigmoid(x) - ops.softmax(x), 0),
        lambda x: layers.Minimum()([ops.sigmoid(x), 2 * ops.softmax(x)]),
        lambda x: ops.rot90(ops.sigmoid(x), axes=(1, 2)),
        lambda x: ops.swapaxes(ops.sigmoid(x), 1, 2),
        lambda x: ops.roll(ops.sigmoid(x), 1, 1),
        lambda x: ops.tile(ops.sigmoid(x), (1, 2, 2, 1)),
        lambda x: ops.take(ops.sigmoid(x), [1], axis=-1),
        lambda x: layers.RepeatVector(3)(layers.Flatten()(ops.sigmoid(x))),
        lambda x: ops.pad(ops.sigmoid(x), AROUND, constant_values=1),
        lambda x: ops.pad(ops.sigmoid(x), AROUND),
        lambda x: ops.pad(1 + ops.sigmoid(x), AROUND, mode="reflect") - 1,
        lambda x: ops.average(ops.sigmoid(x), axis=-1),
        lambda x: layers.Resizing(6, 9, pad_to_aspect_ratio=True)(ops.sigmoid(x)),
        lambda x: (1 + layers.ZeroPadding2D()(1 + ops.sigmoid(x))) / 3,
    ],
)
def test_operations_and_branches(function):
    model = functional(function)
    assert gives_probabilities(model)
    images = np.random.default_rng(0).normal(0, 20, (2, 4, 4, 1))
    scores = keras.tree.flatten(model(images.astype("float32")))[0]
    scores = keras.ops.convert_to_numpy(scores)
    assert scores.min() >= 0 and scores.max() <= 1 + 1e-6


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x,
        ops.tanh,
        ops.log_sigmoid,
        ops.log_softmax,
        lambda x: layers.Conv2D(1, 1)(ops.sigmoid(x)),
        lambda x: layers.BatchNormalization()(ops.sigmoid(x)),
        lambda x: x * ops.sigmoid(x),
        lambda x: layers.Multiply()([x, layers.Conv2D(2, 1, activation="sigmoid")(x)]),
        lambda x: x + ops.softmax(x),
        lambda x: ops.log(ops.softmax(x)),
        lambda x: ops.log(ops.sigmoid(x) / (1 - ops.sigmoid(x))),
        lambda x: layers.Average()([ops.softmax(x), x]),
        lambda x: CropToMatch2D()([x, layers.Cropping2D(1)(ops.sigmoid(x))]),
        lambda x: CropToCommon2D()([x, ops.sigmoid(x)])[0],
        lambda x: [x, ops.softmax(x)],
        layers.Activation("relu"),
    ],
)
def test_what_is_no_probability(function):
    with warnings.catch_warnings():
        warnings.simplefilter("error", KerasSegWarning)
        assert not gives_probabilities(functional(function))


class Own(layers.Layer):
    def call(self, x):
        return x * x


@pytest.mark.parametrize(
    ("function", "by"),
    [
        (Own(name="mine"), r"by 'mine' \(Own\) "),
        (lambda x: ops.sqrt(x) / 2, r"by '\w+' \(Sqrt\) "),
        (lambda x: x / ops.sum(x, -1, keepdims=True), r"by '\w+' \(Sum\) "),
        (lambda x: x - 0.5, ""),
        (lambda x: x + x, ""),
        (lambda x: -x, ""),
        (layers.Rescaling(255), ""),
        (lambda x: layers.Dropout(0.1)(x * 255), ""),
        (layers.ReLU(threshold=0.5), r"by '\w+' \(ReLU\) "),
        (lambda x: ops.minimum(2 * x, 1.5), ""),
        (lambda x: ops.maximum(x - 1, -0.5), ""),
        (layers.UpSampling2D(2, interpolation="bicubic"), r"by .*\(UpSampling2D\) "),
        (layers.Resizing(9, 9, interpolation="lanczos3"), r"by .*\(Resizing\) "),
        (
            layers.Resizing(6, 9, pad_to_aspect_ratio=True, fill_value=-1.0),
            r"by .*\(Resizing\) ",
        ),
        (lambda x: ops.image.resize(x, (9, 9), "bicubic"), r"by .*\(Resize\) "),
        (lambda x: ops.pad(x, 1, constant_values=-1), ""),
        (
            lambda x: ops.average(x, -1, weights=np.array([2.0, -1])),
            r"by .*\(Average\) ",
        ),
        (lambda x: ops.max(x, -1, initial=3.0), r"by .*\(Max\) "),
        (lambda x: layers.ZeroPadding2D()(1 + x) - 1, ""),
        (lambda x: ops.pad(1 + x, 1) - 1, ""),
        (lambda x: ops.image.pad_images(1 + x, 1, 1, 1, 1) - 1, ""),
        (lambda x: BedOfNailsUpSampling2D(2)(1 + x) - 1, ""),
    ],
)
def test_what_becomes_of_probabilities_elsewhere_is_told(function, by):
    message = rf"'\w+': its scores are computed from probabilities {by}and may lie"
    model = functional(function, "sigmoid")
    with pytest.warns(KerasSegWarning, match=message):
        assert not gives_probabilities(model)
    said = keras.Model(model.inputs, ops.clip(model.outputs[0], 0, 1))  # as it advises
    assert gives_probabilities(said)


def test_the_softmax_of_tensorflow_itself():
    softmax = pytest.importorskip("tensorflow").nn.softmax
    if keras.backend.backend() != "tensorflow":
        pytest.skip("it takes TensorFlow's tensors alone")
    assert gives_probabilities(model_of(layers.Conv2D(3, 1, activation=softmax)))


def test_sparsemax():
    # Its numbers are not tried: where several are above 0, Keras 3.15's sum to over 1.
    assert gives_probabilities(functional(ops.sparsemax))


def test_many_sums_of_the_same_take_no_time():
    def doubled_often(x):
        x = ops.sigmoid(x)
        for _ in range(40):
            x = (x + x) / 2
        return x

    assert gives_probabilities(functional(doubled_often))


def test_nested_models_are_walked_into_and_out_of():
    squashing = model_of(layers.Conv2D(1, 1, activation="sigmoid"), name="squashing")
    plain = model_of(layers.Conv2D(1, 1), name="plain")
    cutting = model_of(layers.Dropout(0.1), layers.Cropping2D(0), name="cutting")
    twice = model_of(squashing, cutting, name="twice")
    assert gives_probabilities(model_of(squashing))
    assert gives_probabilities(model_of(plain, squashing, layers.Dropout(0.1)))
    assert gives_probabilities(twice)
    assert gives_probabilities(model_of(twice, cutting))
    assert not gives_probabilities(cutting)
    assert not gives_probabilities(model_of(squashing, plain))
    assert not gives_probabilities(model_of(plain, cutting))


def test_of_several_inputs_the_one_that_reaches_the_output_counts():
    one, two = keras.Input((4, 4, 1)), keras.Input((4, 4, 1))
    second = keras.Model([one, two], layers.Dropout(0.1)(two))
    image = keras.Input((4, 4, 1))
    assert gives_probabilities(keras.Model(image, second([image, ops.sigmoid(image)])))
    other = keras.Model(image, second([ops.sigmoid(image), image]))
    assert not gives_probabilities(other)


def test_of_a_model_that_is_code_the_last_layer_counts():
    class Coded(keras.Model):
        def __init__(self, activation):
            super().__init__()
            self.last = layers.Conv2D(1, 1, activation=activation)

        def call(self, x):
            return self.last(x)

    assert gives_probabilities(Coded("sigmoid"))
    assert not gives_probabilities(Coded(None))
    image = keras.Input((4, 4, 1))
    inside = keras.Model(image, layers.Dropout(0.1)(Coded("sigmoid")(image)))
    assert gives_probabilities(inside)
