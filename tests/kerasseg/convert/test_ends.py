import keras
import numpy as np
import pytest
from checks.exactness import check_native, images_for, randomise, relative_difference
from checks.small_classifier import small_classifier
from keras import layers

import kerasseg
from kerasseg.errors import ConversionError

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
