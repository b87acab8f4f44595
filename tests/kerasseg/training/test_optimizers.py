import keras
import numpy as np
import pytest

from kerasseg.errors import ArgumentError
from kerasseg.training.optimizers import OPTIMIZERS, optimizer


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_name_builds_one_that_learns(name):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(optimizer(name, 0.01, clip_norm=1.0), "mse")
    before = model.get_weights()[0]
    model.train_on_batch(np.ones((4, 2)), np.full((4, 1), 9.0))
    assert (model.get_weights()[0] != before).all()


def test_a_step_of_segnet_is_that_by_hand():
    """Keras takes the decay off the weight beside the momentum, and spares biases."""
    built = optimizer("segnet")
    kernel = keras.Variable([2.0], name="kernel")
    bias = keras.Variable([2.0], name="bias")
    built.build([kernel, bias])
    weight, velocity = 2.0, 0.0
    for _ in range(3):
        built.apply([keras.ops.ones(1), keras.ops.ones(1)])
        weight -= 0.1 * 5e-4 * weight
        velocity = 0.9 * velocity - 0.1
        weight += velocity
    np.testing.assert_allclose(keras.ops.convert_to_numpy(kernel), [weight], rtol=1e-6)
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(bias), [2 - 0.1 - 0.19 - 0.271], rtol=1e-6
    )


def test_the_papers_keep_their_momentum():
    assert optimizer("unet").momentum == optimizer("fcn").momentum == 0.99
    assert optimizer("segnet", momentum=0.5).momentum == 0.5


def test_averages_are_kept():
    assert optimizer("adam", ema=0.99).ema_momentum == 0.99


@pytest.mark.parametrize(
    ("name", "options"),
    [("sgdd", {}), ("adam", {"momentum": 0.9}), ("sgd", {"ema": 1.0})],
)
def test_bad_arguments_are_refused(name, options):
    with pytest.raises(ArgumentError, match="Received: "):
        optimizer(name, **options)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_no_weight_decay_is_that(name):
    """Where the gradient is none either, the weights stay to the bit."""
    built = optimizer(name, 0.5, weight_decay=0)
    kernel = keras.Variable([2.0, -3.0], name="kernel")
    built.build([kernel])
    built.apply([keras.ops.zeros(2)])
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(kernel), [2, -3])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("learning_rate", 0),
        ("learning_rate", float("nan")),
        ("momentum", 1.5),
        ("momentum", -0.1),
        ("weight_decay", -1),
        ("weight_decay", float("inf")),
        ("clip_norm", -1),
        ("clip_norm", 0),
        ("ema", 0.0),
    ],
)
def test_numbers_outside_their_ranges_are_refused(name, value):
    with pytest.raises(
        ArgumentError, match=f"^{name} must .* Received: {name}={value}"
    ):
        optimizer("sgd", **{name: value})
