import keras
import numpy as np
import pytest

from kerasseg.errors import ArgumentError
from kerasseg.training.schedules import SCHEDULES, learning_rate


def values(rate, steps):
    return [float(rate(step)) for step in steps]


def test_the_polynomial_is_that_of_the_paper():
    steps = np.array([0, 1, 50, 99, 100, 120])
    wanted = 0.01 * (1 - np.minimum(steps, 100) / 100) ** 0.9
    np.testing.assert_allclose(
        values(learning_rate("polynomial", 0.01, 100), steps), wanted, atol=1e-9
    )


def test_the_cosine_falls_to_its_end():
    steps = np.array([0, 25, 50, 100])
    wanted = 0.1 + (1 - 0.1) * (1 + np.cos(np.pi * steps / 100)) / 2
    rate = learning_rate("cosine", 1.0, 100, final=0.1)
    np.testing.assert_allclose(values(rate, steps), wanted, rtol=1e-6)


def test_steps_are_evenly_spaced():
    rate = learning_rate("step", 1.0, 90, step_count=2, step_factor=0.1)
    found = values(rate, [0, 30, 31, 60, 61, 90])
    np.testing.assert_allclose(found, [1, 1, 0.1, 0.1, 0.01, 0.01], rtol=1e-6)


def test_a_constant_rate_is_a_number():
    assert learning_rate("constant", 0.3, 10) == 0.3


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_the_warm_up_rises_from_nothing_and_survives_saving(schedule):
    plain = learning_rate(schedule, 0.2, 40)
    rate = learning_rate(schedule, 0.2, 40, warmup_steps=8)
    config = keras.saving.serialize_keras_object(rate)
    for each in (rate, keras.saving.deserialize_keras_object(config)):
        for step in range(40):
            full = plain(step) if callable(plain) else plain
            wanted = float(full) * min(step / 8, 1)
            assert float(each(step)) == pytest.approx(wanted, rel=1e-6)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("linear", 0.1, 10), "Received: schedule='linear'"),
        (("constant", 0, 10), "Received: base=0"),
        (("constant", 0.1, 0), "Received: steps=0"),
    ],
)
def test_bad_arguments_are_refused(arguments, words):
    with pytest.raises(ArgumentError, match=words):
        learning_rate(*arguments)


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("power", -1),
        ("power", float("nan")),
        ("step_factor", -0.1),
        ("step_count", -1),
        ("step_count", 0),
        ("final", -1),
        ("final", float("inf")),
    ],
)
def test_numbers_outside_their_ranges_are_refused(schedule, name, value):
    with pytest.raises(
        ArgumentError, match=f"^{name} must .* Received: {name}={value}"
    ):
        learning_rate(schedule, 0.1, 10, **{name: value})
