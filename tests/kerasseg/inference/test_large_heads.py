import gc
import weakref

import keras
import numpy as np
import pytest
from checks.exactness import images_for, randomise, relative_difference
from keras import layers

import kerasseg
import zoo
from kerasseg.inference.large_heads import with_fast_heads


def large(policy="float32"):
    keras.config.set_dtype_policy(policy)
    model = keras.Sequential(
        [
            keras.Input((24, 22, 3)),
            layers.Conv2D(80, 3, activation="relu", strides=2, name="conv"),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(9, activation="tanh", name="fc"),
            layers.Dense(4, activation="softmax", name="scores"),
        ]
    )
    keras.config.set_dtype_policy("float32")
    return kerasseg.convert_to_fcn(randomise(model))


@pytest.mark.parametrize(
    ("policy", "tolerance"), [("float32", 1e-6), ("mixed_float16", 1e-2)]
)
def test_scores_are_the_same(tensorflow, policy, tolerance):
    fcn = large(policy)
    fast = with_fast_heads(fcn)
    assert fast is not fcn
    images = images_for(fcn, 2, (40, 33))
    expected, actual = fcn.predict_on_batch(images), fast.predict_on_batch(images)
    assert actual.dtype == expected.dtype
    assert relative_difference(actual, expected) <= tolerance


def test_weights_are_shared_and_training_shows(tensorflow):
    fcn = large()
    image = images_for(fcn, 1, (30, 30))
    before = with_fast_heads(fcn).predict_on_batch(image)
    for layer in ("conv", "fc", "scores"):
        bias = fcn.get_layer(layer).bias
        bias.assign(bias + np.arange(bias.shape[0]) / 10)
    after = with_fast_heads(fcn).predict_on_batch(image)
    assert relative_difference(after, fcn.predict_on_batch(image)) <= 1e-5
    assert relative_difference(after, before) > 1e-3


def test_nets_without_a_large_head_stay_as_they_are():
    fcn = kerasseg.convert_to_fcn(zoo.LeNet5())
    assert with_fast_heads(fcn) is fcn
    dense = kerasseg.convert_to_fcn(zoo.LeNet5(), output_stride=1)
    assert with_fast_heads(dense) is dense


def test_saving_and_the_graph_of_the_net_are_left_alone(tensorflow, tmp_path):
    fcn = large()
    config = fcn.get_config()
    with_fast_heads(fcn)
    assert fcn.get_config() == config
    fcn.save(tmp_path / "fcn.keras")
    again = keras.saving.load_model(tmp_path / "fcn.keras")
    image = images_for(fcn, 1, (30, 30))
    np.testing.assert_array_equal(
        again.predict_on_batch(image), fcn.predict_on_batch(image)
    )


def test_nothing_keeps_a_net_alive_that_nobody_uses(tensorflow):
    fcn = kerasseg.convert_to_fcn(zoo.LeNet5())
    with_fast_heads(fcn)
    gone = weakref.ref(fcn)
    del fcn
    keras.backend.clear_session()
    gc.collect()
    assert gone() is None
