import keras
import numpy as np
import pytest

from kerasseg.errors import ArgumentError
from kerasseg.training.cyclical import CyclicalLearningRate

STEPS = np.arange(40)
RATES = {"initial_learning_rate": 0.1, "maximal_learning_rate": 0.6}


def rates(*arguments, **options):
    schedule = CyclicalLearningRate(*arguments, **options)
    return [float(schedule(step)) for step in STEPS]


def triangle():
    """Between 0 and 1, by interpolation: five steps up, five down."""
    return np.interp(STEPS, range(0, 45, 5), [0, 1] * 4 + [0])


def test_triangular():
    np.testing.assert_allclose(rates(0.1, 0.6, 5), 0.1 + 0.5 * triangle(), rtol=1e-6)


def test_triangular2_halves_every_cycle():
    halves = np.repeat([1, 0.5, 0.25, 0.125], 10)
    expected = 0.1 + 0.5 * triangle() * halves
    np.testing.assert_allclose(
        rates(0.1, 0.6, 5, shape="triangular2"), expected, rtol=1e-5
    )


def test_exponential_falls_by_gamma():
    expected = 0.1 + 0.5 * triangle() * 0.9**STEPS
    actual = rates(0.1, 0.6, 5, shape="exponential", gamma=0.9)
    np.testing.assert_allclose(actual, expected, rtol=1e-5)


def test_comes_back_from_its_config_and_trains():
    schedule = CyclicalLearningRate(0.1, 0.6, 5, "exponential", 0.9)
    written = keras.saving.serialize_keras_object(schedule)
    read = keras.saving.deserialize_keras_object(written)
    assert read.get_config() == schedule.get_config()
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(read), "mse")
    model.fit(np.ones((8, 2)), np.ones((8, 1)), batch_size=2, verbose=0)
    rate = float(keras.ops.convert_to_numpy(model.optimizer.learning_rate))
    assert rate == pytest.approx(float(schedule(4)))


@pytest.mark.parametrize(
    "options", [{"step_size": 0}, {"shape": "square"}, {"gamma": 0}]
)
def test_wrong_arguments_are_refused(options):
    with pytest.raises(ArgumentError, match=next(iter(options))):
        CyclicalLearningRate(**{"step_size": 5, **options}, **RATES)
