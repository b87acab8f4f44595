import keras
import numpy as np
import pytest
from keras import layers

from kerasseg.errors import ArgumentError
from kerasseg.training.distribution.synchronized import synchronize_batch_normalization

on_tensorflow = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="others synchronize nothing"
)


def nested_net():
    inner = keras.Sequential(
        [keras.Input((4, 4, 3)), layers.BatchNormalization(name="inside")], name="inner"
    )
    inputs = keras.Input((4, 4, 2))
    x = layers.Conv2D(3, 1)(inputs)
    x = layers.BatchNormalization(name="outside", trainable=False)(inner(x))
    return keras.Model(inputs, [x, layers.ReLU()(x)])


@on_tensorflow
def test_every_normalization_is_synchronized_and_nothing_else_changes():
    net = nested_net()
    net.compile("sgd", lambda y_true, y_pred: y_pred)  # a loss that no file can hold
    found = synchronize_batch_normalization(net)
    assert found.get_layer("outside").synchronized
    assert found.get_layer("inner").get_layer("inside").synchronized
    assert not net.get_layer("outside").synchronized
    assert not found.get_layer("outside").trainable
    images = np.random.default_rng(0).random((2, 4, 4, 2), "float32")
    for ours, theirs in zip(found(images), net(images), strict=True):
        np.testing.assert_array_equal(ours, theirs)


class Holder(layers.Layer):
    def __init__(self, **options):
        super().__init__(**options)
        self.normalization = layers.BatchNormalization()

    def call(self, x, training=None):
        return self.normalization(x, training=training)


@on_tensorflow
def test_normalizations_that_other_layers_hold_are_synchronized():
    wrapper = layers.TimeDistributed(layers.BatchNormalization())
    net = keras.Sequential([keras.Input((4, 4, 2)), Holder(), wrapper])
    *_, held, wrapped = synchronize_batch_normalization(net).layers
    assert held.normalization.synchronized
    assert wrapped.layer.synchronized
    assert not wrapper.layer.synchronized
    config = net.get_config()["layers"][-1]["config"]["layer"]["config"]
    assert not config["synchronized"]


@on_tensorflow
def test_a_model_without_a_graph_is_refused():
    class Own(keras.Model):
        def call(self, x):
            return x

    with pytest.raises(ArgumentError, match="must be Functional or Sequential"):
        synchronize_batch_normalization(Own())


@pytest.mark.skipif(keras.backend.backend() == "tensorflow", reason="not refused there")
def test_other_backends_are_refused():
    with pytest.raises(ArgumentError, match=r"Received: backend="):
        synchronize_batch_normalization(nested_net())
