"""Oracles: TensorFlow's own operation, and a loop written from the formula."""

import keras
import numpy as np
import pytest
from checks.examples import examples
from checks.exports import check_exports
from checks.layers import check_layer
from hypothesis import given
from hypothesis import strategies as st

from kerasseg.errors import ArgumentError
from kerasseg.layers import LocalResponseNormalization

CONSTANTS = [
    {},
    {"depth_radius": 2, "bias": 2.0, "alpha": 1e-4, "beta": 0.75},
    {"depth_radius": 1, "bias": 0.3, "alpha": 0.7, "beta": 0.5},
    {"depth_radius": 0, "bias": 1, "alpha": 1, "beta": 1},
    {"depth_radius": 9, "bias": 1.0, "alpha": 0.2, "beta": 0.0},
]


def by_hand(values, depth_radius=2, bias=1.0, alpha=1e-4, beta=0.75):
    """The formula, one value at a time, in float64."""
    result = np.empty(values.shape)
    for place in np.ndindex(values.shape):
        *position, channel = place
        first = max(0, channel - depth_radius)
        window = values[(*position, slice(first, channel + depth_radius + 1))]
        energy = np.sum(window.astype("float64") ** 2)
        result[place] = values[place] / (bias + alpha * energy) ** beta
    return result


def normalise(values, **constants):
    layer = LocalResponseNormalization(**constants)
    return keras.ops.convert_to_numpy(layer(values))


def random(shape, scale=30.0):
    values = np.random.default_rng(1).normal(scale=scale, size=shape)
    return values.astype("float32")


@pytest.mark.parametrize("constants", CONSTANTS)
def test_formula(constants):
    values = random((2, 3, 4, 7))
    np.testing.assert_allclose(
        normalise(values, **constants), by_hand(values, **constants), rtol=2e-6
    )


@pytest.mark.parametrize("constants", CONSTANTS)
def test_equals_tensorflow(tensorflow, constants):
    values = random((2, 5, 4, 96))
    wanted = tensorflow.nn.local_response_normalization(
        values, **{"depth_radius": 2, "alpha": 1e-4, "beta": 0.75} | constants
    )
    np.testing.assert_allclose(normalise(values, **constants), wanted, rtol=5e-6)


def test_gradient_equals_tensorflow(tensorflow):
    values = tensorflow.constant(random((1, 3, 3, 8)))
    constants = {"depth_radius": 2, "bias": 1.0, "alpha": 0.02, "beta": 0.75}
    layer = LocalResponseNormalization(**constants)
    with tensorflow.GradientTape(persistent=True) as tape:
        tape.watch(values)
        ours = tensorflow.reduce_sum(layer(values) ** 3)
        theirs = tensorflow.nn.local_response_normalization(values, **constants)
        theirs = tensorflow.reduce_sum(theirs**3)
    ours, theirs = tape.gradient(ours, values), tape.gradient(theirs, values)
    largest = np.abs(theirs).max()
    np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5 * largest)


@examples(20)
@given(
    channels=st.integers(1, 9),
    depth_radius=st.integers(0, 12),
    beta=st.sampled_from([0.75, 0.6, 2]),
)
def test_any_window_on_any_number_of_channels(channels, depth_radius, beta):
    values = random((1, 2, 1, channels), scale=2.0)
    constants = {"depth_radius": depth_radius, "alpha": 0.5, "beta": beta}
    np.testing.assert_allclose(
        normalise(values, **constants), by_hand(values, **constants), rtol=5e-6
    )


def test_caffe_alpha_is_divided_by_its_window():
    """Caffe's and PyTorch's average over five channels is our sum with alpha / 5."""
    values = random((1, 1, 1, 5))
    squares = np.pad(values.astype("float64") ** 2, [(0, 0)] * 3 + [(2, 2)])
    averages = np.stack([squares[..., c : c + 5].mean(-1) for c in range(5)], -1)
    caffe = values / (1 + 1e-4 * averages) ** 0.75
    np.testing.assert_allclose(normalise(values, alpha=1e-4 / 5), caffe, rtol=2e-6)


def test_squares_beyond_float16_do_not_overflow():
    values = np.full((1, 1, 1, 5), 30000.0, "float16")
    layer = LocalResponseNormalization(dtype="float16")
    ours = keras.ops.convert_to_numpy(layer(values))
    np.testing.assert_allclose(ours, by_hand(values), rtol=2e-3)


@pytest.mark.parametrize("constants", CONSTANTS[:2])
def test_as_a_layer(constants, fresh_process):
    check_layer(
        LocalResponseNormalization, constants, (2, 5, 6, 7), fresh_process=fresh_process
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"depth_radius": -1},
        {"depth_radius": 2.0},
        {"bias": 0.0},
        {"bias": float("inf")},
        {"alpha": -1e-4},
        {"alpha": "1e-4"},
        {"beta": -0.75},
        {"beta": float("nan")},
    ],
)
def test_refuses(wrong):
    ((name, value),) = wrong.items()
    with pytest.raises(ArgumentError, match=f"Received: {name}={value}|{name}='"):
        LocalResponseNormalization(**wrong)


def test_exports():
    layer = LocalResponseNormalization(alpha=0.5)
    check_exports(layer, [random((1, 3, 4, 7))], [random((2, 5, 1, 7))])
