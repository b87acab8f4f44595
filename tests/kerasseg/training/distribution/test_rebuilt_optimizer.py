import keras
import numpy as np
import pytest
from keras import layers, optimizers

from kerasseg.training.distribution.rebuilt_optimizer import rebuild_optimizer


def small_net():
    return keras.Sequential([keras.Input((3,)), layers.Dense(2), layers.Dense(2)])


def rebuilt(optimizer, net):
    other = small_net()
    other.set_weights(net.get_weights())
    variables = net.trainable_variables
    return rebuild_optimizer(optimizer, variables, other.trainable_variables), other


def step(optimizer, net):
    """The weights after a step with gradients of 1."""
    ones = [keras.ops.ones(v.shape) for v in net.trainable_variables]
    optimizer.apply(ones, net.trainable_variables)
    return net.get_weights()


def by_name(net, optimizer):
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    return [False, True] * 2


def by_variable(net, optimizer):
    optimizer.exclude_from_weight_decay(var_list=net.trainable_variables[:1])
    return [True, False, False, False]


@pytest.mark.parametrize("scaled", [False, True])
@pytest.mark.parametrize("exclude", [by_name, by_variable])
def test_what_was_excluded_from_weight_decay_stays_so(exclude, scaled):
    if scaled and keras.backend.backend() == "jax":
        pytest.skip("JAX scales losses in compiled steps only")
    net = small_net()
    for variable in net.trainable_variables:
        variable.assign(keras.ops.ones(variable.shape))
    optimizer = optimizers.SGD(0.1, weight_decay=0.5)
    kept = exclude(net, optimizer)
    if scaled:
        optimizer = optimizers.LossScaleOptimizer(optimizer, initial_scale=1.0)
    for weight, is_kept in zip(step(*rebuilt(optimizer, net)), kept, strict=True):
        # w - w·wd·lr, where it decays, then the gradient of 1 times the rate
        wanted = 1 - (0 if is_kept else 0.5 * 0.1) - 0.1
        np.testing.assert_allclose(weight, np.full_like(weight, wanted), 1e-6)


@pytest.mark.parametrize("is_built", [False, True])
def test_the_position_in_a_schedule_stays(is_built):
    net = small_net()
    optimizer = optimizers.SGD(optimizers.schedules.PolynomialDecay(1.0, 10, 0.0))
    if is_built:
        optimizer.build(net.trainable_variables)
    optimizer.iterations.assign(4)
    found, _ = rebuilt(optimizer, net)
    assert float(found.learning_rate) == pytest.approx(0.6)


def test_momenta_and_averages_stay():
    net = small_net()
    optimizer = optimizers.SGD(0.1, momentum=0.9, use_ema=True)
    step(optimizer, net)
    found, _ = rebuilt(optimizer, net)
    for ours, theirs in zip(found.variables, optimizer.variables, strict=True):
        np.testing.assert_array_equal(
            keras.ops.convert_to_numpy(ours), keras.ops.convert_to_numpy(theirs)
        )


def test_a_rate_that_no_file_can_hold_is_taken_as_it_is():
    found, _ = rebuilt(optimizers.SGD(lambda: 0.25), small_net())
    assert float(found.learning_rate) == 0.25
