from itertools import pairwise

import keras
import numpy as np
import pytest
from checks.models import (
    check_classifier,
    check_smallest_size,
    check_windows,
    count_parameters,
)

from zoo import AlexNet
from zoo.alexnet import preprocess_input

SMALL = {"input_shape": (67, 67, 3), "classes": 3, "hidden_units": 16}
SHAPES = [
    ("block1_conv1", (55, 55, 96)),
    ("block1_lrn", (55, 55, 96)),
    ("block1_pool", (27, 27, 96)),
    ("block2_conv1", (27, 27, 256)),
    ("block2_lrn", (27, 27, 256)),
    ("block2_pool", (13, 13, 256)),
    ("block3_conv1", (13, 13, 384)),
    ("block3_conv2", (13, 13, 384)),
    ("block3_conv3", (13, 13, 256)),
    ("block3_pool", (6, 6, 256)),
    ("flatten", (9216,)),
    ("fc1", (4096,)),
    ("fc1_dropout", (4096,)),
    ("fc2", (4096,)),
    ("fc2_dropout", (4096,)),
    ("predictions", (1000,)),
]


def parameters_by_hand(groups, cells):
    """Kernel area times input maps in a group, plus one bias, for each output map."""
    convolutions = [
        (11, 3, 96),
        (5, 96 // groups, 256),
        (3, 256, 384),
        (3, 384 // groups, 384),
        (3, 384 // groups, 256),
    ]
    widths = [cells * cells * 256, 4096, 4096, 1000]
    return sum((k * k * maps + 1) * out for k, maps, out in convolutions) + sum(
        (before + 1) * after for before, after in pairwise(widths)
    )


@pytest.mark.slow_elsewhere
def test_as_a_classifier(tmp_path, fresh_process):
    check_classifier(
        AlexNet,
        SMALL,
        parameter_count=60_965_224,
        trunk_shape=(None, 1, 1, 256),
        smallest_size=67,
        tmp_path=tmp_path,
        fresh_process=fresh_process,
        bad_arguments=[
            {"groups": 3},
            {"padding": "full"},
            {"local_response_normalization": None},
            {"hidden_units": 0},
            {"dropout": 1.0},
            {"padding": "valid", "input_shape": (194, 227, 3)},
        ],
    )


@pytest.mark.parametrize(
    ("options", "count"),
    [
        ({"groups": 2}, 60_965_224),
        ({"groups": 1}, 62_378_344),
        ({"groups": 2, "padding": "valid"}, 27_410_792),
    ],
)
def test_parameters(options, count):
    cells = 2 if "padding" in options else 6
    assert count_parameters(AlexNet, **options) == count
    assert parameters_by_hand(options["groups"], cells) == count


def test_layers_are_those_of_the_paper():
    with keras.StatelessScope(initialize_variables=False):
        _, *layers = AlexNet().layers
    assert [(layer.name, layer.output.shape[1:]) for layer in layers] == SHAPES
    constants = layers[1].get_config()
    names = ("depth_radius", "bias", "alpha", "beta")
    assert [constants[name] for name in names] == [2, 2.0, 1e-4, 0.75]


def test_normalization_and_dropout_can_be_left_out():
    with keras.StatelessScope(initialize_variables=False):
        model = AlexNet(local_response_normalization=False, dropout=0)
    kept = [n for n, _ in SHAPES if not n.endswith(("_lrn", "_dropout"))]
    assert [layer.name for layer in model.layers[1:]] == kept


@pytest.mark.parametrize("groups", [1, 2])
def test_halves_share_nothing_with_two_groups(groups):
    model = AlexNet(include_top=False, input_shape=(67, 67, 3), groups=groups)
    layer = model.get_layer("block3_conv2")
    maps = np.ones((1, 3, 3, 384), "float32")
    other = maps.copy()
    other[..., 192:] = -1
    changed = np.not_equal(
        *(keras.ops.convert_to_numpy(layer(x)) for x in (maps, other))
    )
    assert changed[..., 192:].any()
    assert changed[..., :192].any() == (groups == 1)


@pytest.mark.slow_elsewhere
def test_valid_trunk_pads_nothing():
    options = {"input_shape": (195, 211, 3), "padding": "valid"}
    check_smallest_size(AlexNet, options, 195)
    check_windows(AlexNet, options, stride=32)
    with pytest.raises(AssertionError):
        check_windows(AlexNet, options | {"padding": "same"}, stride=32)


def test_preprocess_input_centres_the_mean_colour():
    mean = np.array([122.67892, 116.66877, 104.00699], "float32")
    images = np.broadcast_to(mean, (2, 3, 4, 3)) + np.float32(10)
    given = images.copy()
    ours = keras.ops.convert_to_numpy(preprocess_input(given))
    np.testing.assert_allclose(ours, 10, atol=1e-4)
    np.testing.assert_array_equal(given, images)
    assert keras.ops.convert_to_numpy(
        preprocess_input(np.zeros((1, 1, 3), "uint8"))
    ).tolist() == [[(-mean).tolist()]]
