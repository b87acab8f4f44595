from contextlib import nullcontext

import keras
import numpy as np
import pytest

from kerasseg.errors import ArgumentError
from kerasseg.training.distribution.placement import place_model


def small_net(kind=keras.Model, **options):
    inputs = keras.Input((3,))
    net = kind(inputs, keras.layers.Dense(2)(inputs))
    net.compile(**{"optimizer": "sgd", "loss": "mse", **options})
    return net


def placed(net):
    return place_model(net, nullcontext(), synchronize=False)


def with_a(name):
    """A class of nets that has a method of its own, which does as Keras does."""

    def method(self, *arguments, **options):
        return getattr(keras.Model, name)(self, *arguments, **options)

    return type("Own", (keras.Model,), {name: method})


@pytest.mark.parametrize(
    "name", ["call", "train_step", "test_step", "compute_loss", "compute_metrics"]
)
def test_methods_that_a_copy_would_lack_are_refused(name):
    net = small_net(with_a(name))
    words = rf"Functional or Sequential.* lack the {name} of Own\. .*Received: model="
    with pytest.raises(ArgumentError, match=words):
        placed(net)


def test_a_method_of_the_model_alone_is_refused():
    net = small_net()
    net.train_step = lambda *arguments: {}
    with pytest.raises(ArgumentError, match="lack the train_step of Functional"):
        placed(net)


def test_a_class_with_keras_methods_is_copied():
    net = small_net(type("Named", (keras.Model,), {"note": "mine"}))
    copy = placed(net)
    for ours, theirs in zip(copy.get_weights(), net.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("eagerly", [False, True])
@pytest.mark.parametrize("jit", [False, True])
def test_how_steps_are_compiled_stays(eagerly, jit):
    net = small_net(run_eagerly=eagerly, jit_compile=jit and not eagerly)
    copy = placed(net)
    assert (copy.run_eagerly, copy.jit_compile) == (net.run_eagerly, net.jit_compile)
    assert copy.run_eagerly == eagerly


@pytest.mark.parametrize("is_scaled", [False, True])
def test_accumulated_gradients_are_refused(is_scaled):
    optimizer = keras.optimizers.SGD(0.1, gradient_accumulation_steps=2)
    if is_scaled:
        optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
    with pytest.raises(ArgumentError, match=r"gradient_accumulation_steps=2$"):
        placed(small_net(optimizer=optimizer))


def test_several_steps_at_once_are_refused():
    with pytest.raises(ArgumentError, match=r"Received: steps_per_execution=2$"):
        placed(small_net(steps_per_execution=2))


def test_a_net_that_is_not_compiled_is_refused():
    net = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    with pytest.raises(ArgumentError, match="must be compiled"):
        placed(net)


class Unnamed(keras.metrics.Mean):
    def __init__(self):
        super().__init__(name="unnamed")


class Scaled(keras.metrics.Mean):
    def __init__(self, factor=1.0, name="scaled"):
        super().__init__(name=name)
        self.factor = factor


class Known(Scaled):
    def get_config(self):
        return {"factor": self.factor, "name": self.name}


class Passing(keras.metrics.Mean):
    def __init__(self, name="passing", **options):
        super().__init__(name=name, **options)


@pytest.mark.parametrize(
    ("metric", "words"),
    [
        (Unnamed(), r"give Unnamed a get_config.*Received: metric='unnamed'"),
        (Scaled(2.0), r"give Scaled a get_config.*lacks factor.*metric='scaled'"),
    ],
)
def test_metrics_that_cannot_be_made_anew_are_refused(metric, words):
    with pytest.raises(ArgumentError, match=words):
        placed(small_net(metrics=[metric]))


def test_metrics_are_made_anew_as_they_are():
    given = [Known(2.0), Passing(name="mine"), keras.metrics.MeanIoU(2, ignore_class=0)]
    copies = placed(small_net(metrics=given))._compile_config.config["metrics"]
    for copy, metric in zip(copies, given, strict=True):
        assert type(copy) is type(metric)
        assert copy is not metric
        assert copy.get_config() == metric.get_config()
