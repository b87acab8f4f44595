import keras
import numpy as np
import pytest
from checks.exactness import images_for, randomise, relative_difference
from checks.small_classifier import small_classifier
from keras import layers

import kerasseg
from kerasseg.convert.other_ends import scores_with
from kerasseg.convert.report import native_difference

ENDS = {
    "activation of a dense": lambda: [layers.Dense(4, activation="softmax")],
    "softmax layer": lambda: [layers.Dense(4), layers.Softmax()],
    "no activation": lambda: [layers.Dense(4)],
    "behind an augmentation": lambda: [
        layers.GaussianNoise(1.0),
        layers.Dropout(0.5),
        layers.Dense(4, activation="softmax"),
    ],
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_scores_are_those_of_the_last_dense_layer_by_hand(end):
    model = randomise(small_classifier(layers.Flatten(), *end()))
    images = images_for(model)
    features = keras.Model(model.inputs, model.get_layer(index=3).output)
    kernel, bias = map(keras.ops.convert_to_numpy, model.weights[-2:])
    logits = features.predict_on_batch(images) @ kernel + bias
    before = model.predict_on_batch(images)
    (actual,) = scores_with(model, [images], None)
    assert relative_difference(actual, logits) <= 1e-6
    (actual,) = scores_with(model, [images], "sigmoid")
    assert relative_difference(actual, 1 / (1 + np.exp(-logits))) <= 1e-6
    np.testing.assert_array_equal(model.predict_on_batch(images), before)


@pytest.mark.parametrize("activation", [None, "sigmoid"])
def test_a_net_of_another_activation_is_compared_with_these(activation):
    end = layers.Dense(4, activation="softmax")
    model = randomise(small_classifier(layers.Flatten(), end))
    fcn = kerasseg.convert_to_fcn(model, classifier_activation=activation)
    images = images_for(model)
    assert native_difference(model, fcn, images, activation) <= 1e-6
    assert native_difference(model, fcn, images) > 1e-2


def test_training_may_be_given_by_its_place():
    image = keras.Input((4, 4, 1))
    x = layers.Flatten()(layers.BatchNormalization()(image, None))
    model = keras.Model(image, layers.Dense(2, activation="softmax")(x))
    images = images_for(model)
    (actual,) = scores_with(model, [images], "softmax")
    wanted = keras.ops.convert_to_numpy(model(images))
    assert relative_difference(actual, wanted) <= 1e-6
