import keras
import numpy as np
import pytest
from checks.models import (
    check_classifier,
    check_smallest_size,
    check_windows,
    count_parameters,
    run,
)

from zoo import NiN

SHAPES = [
    ("block1_conv1", (32, 32, 192)),
    ("block1_conv2", (32, 32, 160)),
    ("block1_conv3", (32, 32, 96)),
    ("block1_pool", (16, 16, 96)),
    ("block1_dropout", (16, 16, 96)),
    ("block2_conv1", (16, 16, 192)),
    ("block2_conv2", (16, 16, 192)),
    ("block2_conv3", (16, 16, 192)),
    ("block2_pool", (8, 8, 192)),
    ("block2_dropout", (8, 8, 192)),
    ("block3_conv1", (8, 8, 192)),
    ("block3_conv2", (8, 8, 192)),
    ("block3_conv3", (8, 8, 10)),
    ("avg_pool", (10,)),
    ("predictions", (10,)),
]
# Kernel size, maps in, maps out.
CONVOLUTIONS = [
    *[(5, 3, 192), (1, 192, 160), (1, 160, 96)],
    *[(5, 96, 192), (1, 192, 192), (1, 192, 192)],
    *[(3, 192, 192), (1, 192, 192), (1, 192, 10)],
]


@pytest.mark.slow_elsewhere
def test_as_a_classifier(tmp_path, fresh_process):
    check_classifier(
        NiN,
        {"input_shape": (32, 28, 3), "classes": 3},
        parameter_count=sum((k * k * i + 1) * o for k, i, o in CONVOLUTIONS),
        trunk_shape=(None, 8, 7, 192),
        smallest_size=1,
        tmp_path=tmp_path,
        fresh_process=fresh_process,
        bad_arguments=[
            {"padding": "full"},
            {"dropout": -0.1},
            {"padding": "valid", "input_shape": (26, 32, 3)},
        ],
    )


def test_layers_are_those_of_the_paper():
    _, *layers = NiN().layers
    assert [(layer.name, layer.output.shape[1:]) for layer in layers] == SHAPES


def test_fully_connected_head_sits_on_the_class_maps():
    assert count_parameters(NiN) == 966_986
    assert count_parameters(NiN, top="flatten") == 966_986 + (8 * 8 * 10 + 1) * 10


def test_score_is_the_average_of_its_class_map():
    model = NiN(classifier_activation=None)
    image = np.random.default_rng(0).normal(size=(1, 32, 32, 3)).astype("float32")
    maps = keras.Model(model.input, model.get_layer("block3_conv3").output)
    averages = run(maps, image).mean(axis=(1, 2))
    np.testing.assert_allclose(run(model, image), averages, rtol=1e-5)


def test_valid_trunk_pads_nothing():
    options = {"input_shape": (32, 32, 3), "padding": "valid"}
    check_smallest_size(NiN, options, 27)
    check_windows(NiN, options, stride=4)
    with pytest.raises(AssertionError):
        check_windows(NiN, options | {"padding": "same"}, stride=4)
