import keras
import numpy as np
import pytest
from checks.models import check_classifier, check_windows

from zoo import LeNet5

# Name, output shape and parameters, as the course slides tabulate them.
TABLE = [
    ("block1_conv1", (28, 28, 6), 156),
    ("block1_pool", (14, 14, 6), 0),
    ("block2_conv1", (10, 10, 16), 2416),
    ("block2_pool", (5, 5, 16), 0),
    ("flatten", (400,), 0),
    ("fc1", (120,), 48120),
    ("fc2", (84,), 10164),
    ("predictions", (10,), 850),
]


def test_as_a_classifier(tmp_path, fresh_process):
    check_classifier(
        LeNet5,
        {"input_shape": (32, 32, 1), "classes": 3},
        parameter_count=61706,
        trunk_shape=(None, 5, 5, 16),
        smallest_size=16,
        tmp_path=tmp_path,
        fresh_process=fresh_process,
        bad_arguments=[{"activation": "tangent"}],
    )


def test_layers_are_those_of_the_table():
    _, *layers = LeNet5().layers
    rows = [(x.name, x.output.shape[1:], x.count_params()) for x in layers]
    assert rows == TABLE


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_activation_is_that_of_all_hidden_layers(activation):
    model = LeNet5(activation=activation)
    for name in ("block1_conv1", "block2_conv1", "fc1", "fc2"):
        layer = model.get_layer(name)
        assert keras.activations.serialize(layer.activation) == activation


def test_equals_numpy():
    """The whole network by hand, on one image."""
    model = LeNet5()
    image = np.random.default_rng(0).normal(size=(32, 32, 1)).astype("float32")
    x = image
    for name in ("block1", "block2"):
        kernel, bias = model.get_layer(f"{name}_conv1").get_weights()
        windows = np.lib.stride_tricks.sliding_window_view(x, (5, 5), axis=(0, 1))
        x = np.tanh(np.einsum("yxcij,ijcf->yxf", windows, kernel) + bias)
        height, width, maps = x.shape
        x = x.reshape(height // 2, 2, width // 2, 2, maps).mean(axis=(1, 3))
    x = x.reshape(-1)
    for name in ("fc1", "fc2"):
        kernel, bias = model.get_layer(name).get_weights()
        x = np.tanh(x @ kernel + bias)
    kernel, bias = model.get_layer("predictions").get_weights()
    x = np.exp(x @ kernel + bias)
    ours = keras.ops.convert_to_numpy(model(image[None]))[0]
    np.testing.assert_allclose(ours, x / x.sum(), rtol=1e-4)


def test_pads_nothing():
    check_windows(LeNet5, {"input_shape": (32, 32, 1)}, stride=4)
