import keras
import numpy as np
import pytest
from checks.exactness import check_native, images_for, randomise, relative_difference
from checks.small_classifier import small_classifier
from keras import layers

import kerasseg
from kerasseg.errors import ConversionError
from kerasseg.inference import predict_sliding

ENDS = {
    "activation of a dense": lambda: [layers.Dense(4, activation="softmax")],
    "activation layer": lambda: [layers.Dense(4), layers.Activation("softmax")],
    "softmax layer": lambda: [layers.Dense(4), layers.Softmax()],
    "in float32 at the end": lambda: [
        layers.Dense(4),
        layers.Activation("softmax"),
        layers.Activation("linear", dtype="float32"),
    ],
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_logits_and_other_activations(end):
    model = randomise(small_classifier(layers.Flatten(), *end()))
    images = images_for(model)
    logits = kerasseg.convert_to_fcn(model, classifier_activation=None)
    logits = logits.predict_on_batch(images)[:, 0, 0]
    probabilities = keras.ops.convert_to_numpy(keras.ops.softmax(logits))
    assert relative_difference(probabilities, model.predict_on_batch(images)) <= 1e-6
    assert np.abs(logits.sum(-1) - 1).min() > 1e-3
    sigmoid = kerasseg.convert_to_fcn(model, classifier_activation="sigmoid")
    expected = 1 / (1 + np.exp(-logits))
    actual = sigmoid.predict_on_batch(images)[:, 0, 0]
    assert relative_difference(actual, expected) <= 1e-6


def test_logits_of_a_head_without_activation_are_its_own_scores():
    model = small_classifier(layers.Flatten(), layers.Dense(3))
    check_native(model, kerasseg.convert_to_fcn(model, classifier_activation=None))


def averaged(*behind):
    image = keras.Input((6, 6, 2))
    x = layers.Flatten()(layers.Conv2D(3, 3)(image))
    parts = [layers.Dense(4, "softmax", name=f"part{i}")(x) for i in (1, 2)]
    scores = layers.Average()(parts)
    for layer in behind:
        scores = layer(scores)
    return keras.Model(image, scores)


@pytest.mark.parametrize("activation", [None, "sigmoid"])
@pytest.mark.parametrize("behind", [[], [layers.Rescaling(2.0)], [layers.Identity()]])
def test_means_of_probabilities_have_no_logits(behind, activation):
    with pytest.raises(ConversionError, match=r"'part\d' cannot be changed.*behind it"):
        kerasseg.convert_to_fcn(averaged(*behind), classifier_activation=activation)
    check_native(model := averaged(*behind), kerasseg.convert_to_fcn(model))


@pytest.mark.parametrize(
    "squash",
    [
        layers.Activation("hard_sigmoid"),
        layers.Activation("sparse_sigmoid"),
        layers.Activation(kerasseg.layers.hard_sigmoid_of_keras_2),
        keras.ops.sigmoid,
        keras.ops.hard_sigmoid,
        keras.ops.softmax,
    ],
)
def test_means_of_whatever_squashes_have_no_logits(squash):
    image = keras.Input((6, 6, 2))
    x = layers.Flatten()(layers.Conv2D(3, 3)(image))
    parts = [squash(layers.Dense(4)(x)) for _ in range(2)]
    model = keras.Model(image, layers.Average()(parts))
    with pytest.raises(ConversionError, match=r"cannot be changed.*behind it"):
        kerasseg.convert_to_fcn(model, classifier_activation=None)


def test_a_dense_layer_behind_probabilities_gives_logits():
    model = averaged(layers.Dense(3))
    check_native(model, kerasseg.convert_to_fcn(model, classifier_activation=None))


def test_the_sigmoid_of_a_gate_is_no_end():
    image = keras.Input((6, 6, 2))
    x = layers.Conv2D(3, 3)(image)
    gate = layers.Conv2D(3, 1, activation="sigmoid")(x)
    x = layers.GlobalAveragePooling2D()(layers.Multiply()([x, gate]))
    model = keras.Model(image, x)
    check_native(model, kerasseg.convert_to_fcn(model, classifier_activation=None))


# On a map of 5×4 cells whose stride is 2, with the activation last of all.
HEADS = {
    "convolution": lambda end: [layers.Conv2D(3, (5, 4), activation=end)],
    "strided convolution": lambda end: [
        layers.Conv2D(3, (5, 4), strides=(5, 4), activation=end)
    ],
    "separable convolution": lambda end: [
        layers.SeparableConv2D(3, (5, 4), activation=end)
    ],
    "depthwise convolution": lambda end: [
        layers.DepthwiseConv2D((5, 4), strides=4, activation=end)
    ],
    "convolution that pads": lambda end: [
        layers.MaxPooling2D((5, 4)),
        layers.Conv2D(3, 1, padding="same", activation=end),
    ],
    "convolution 1×1": lambda end: [
        layers.AveragePooling2D((5, 4)),
        layers.Conv2D(3, 1, activation=end),
    ],
    "pooling": lambda end: [
        layers.Conv2D(3, 2),
        layers.GlobalAveragePooling2D(),
        layers.Activation(end),
    ],
    "dense": lambda end: [layers.Flatten(), layers.Dense(3, activation=end)],
    "dense on a map of one cell": lambda end: [
        layers.GlobalMaxPooling2D(keepdims=True),
        layers.Dense(3, activation=end),
    ],
    "flattened map": lambda end: [
        layers.Flatten(),
        layers.Activation(end),
        layers.Reshape((1, 1, 80)),
    ],
}


def ending_in(head, activation):
    stack = [
        keras.Input((12, 10, 2)),
        layers.Conv2D(4, 3, activation="relu"),
        layers.MaxPooling2D(2),
        *head(activation),
        layers.Flatten(),
    ]
    return randomise(keras.Sequential(stack))


@pytest.mark.parametrize("output_stride", [None, 1])
@pytest.mark.parametrize("activation", [None, "softmax"])
@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
def test_every_end_of_a_dense_net_has_the_activation_wanted(
    head, activation, output_stride
):
    own = ending_in(head, "relu")
    fcn = kerasseg.convert_to_fcn(
        own, output_stride=output_stride, classifier_activation=activation
    )
    wanted = ending_in(head, activation or "linear")  # of the same weights
    image = images_for(own, 1, (17, 16))[0]
    stride = output_stride or 2
    expected = predict_sliding(wanted, image, stride=stride)
    assert kerasseg.receptive_field(fcn).stride == (stride, stride)
    actual = fcn.predict_on_batch(image[None])[0]
    assert relative_difference(actual, expected) <= 1e-5


def test_scores_made_of_a_map_get_the_activation_behind_it():
    def stack(*end):
        model = [layers.Conv2D(2, 5, strides=2), *end, layers.Reshape((1, 1, 8))]
        return randomise(keras.Sequential([keras.Input((8, 8, 1)), *model]))

    own, wanted = stack(layers.ReLU()), stack(layers.Reshape((1, 1, 8)))
    fcn = kerasseg.convert_to_fcn(own, classifier_activation="softmax")
    images = images_for(own)
    expected = keras.ops.softmax(wanted.predict_on_batch(images))
    assert relative_difference(fcn.predict_on_batch(images), expected) <= 1e-6
