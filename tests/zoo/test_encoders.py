import keras
import numpy as np
import pytest
from checks.segmentation import numpy

from kerasseg.errors import ArgumentError
from zoo.encoders import LEVELS, Encoder, check_encoder
from zoo.trunk import build_trunk

SMALL = ["VGG16", "VGG19", "ResNet50", "MobileNetV2", "MobileNetV3Small"]
OTHERS = sorted(set(LEVELS) - set(SMALL))
EVERY = [*SMALL, *(pytest.param(name, marks=pytest.mark.long) for name in OTHERS)]
SHAPE = (64, 64, 3)


@pytest.mark.parametrize("name", EVERY)
def test_levels_are_the_last_layers_of_their_strides(name):
    """By the sizes of all layers of an encoder of fixed size."""
    with keras.StatelessScope(initialize_variables=False):
        trunk = build_trunk(name, None, 3)
        fixed = getattr(keras.applications, name)(
            include_top=False, weights=None, input_shape=(256, 256, 3)
        )
    assert trunk.strides == (2, 4, 8, 16, 32)
    wanted = [
        fixed.output if level is None else fixed.get_layer(level).output
        for level in LEVELS[name]
    ]
    assert [x.shape[1:3] for x in wanted] == [(256 // s,) * 2 for s in trunk.strides]
    channels = [x.shape[-1] for x in trunk.model.outputs]
    assert channels == [x.shape[-1] for x in wanted]
    assert trunk.model.count_params() == fixed.count_params()


@pytest.mark.parametrize("name", EVERY)
def test_pixels_are_those_that_the_table_says(name):
    with keras.StatelessScope(initialize_variables=False):
        trunk = build_trunk(name, None, 3)
    rescales = [x for x in trunk.model.layers if isinstance(x, keras.layers.Rescaling)]
    assert bool(rescales) == name.startswith(("MobileNetV3", "EfficientNetV2"))


def test_rescaling_encoders_take_bytes():
    with keras.StatelessScope(initialize_variables=False):
        trunk = build_trunk("MobileNetV3Small", None, 3)
    (rescaling,) = [
        x for x in trunk.model.layers if isinstance(x, keras.layers.Rescaling)
    ]
    ends = numpy(rescaling(np.array([0.0, 255.0], "float32")))
    np.testing.assert_allclose(ends, [-1, 1])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("resnet50", None, SHAPE), "'ResNet50', .*Received: encoder='resnet50'"),
        ((None, None, SHAPE), "Received: encoder=None"),
        (("VGG16", "imagenot", SHAPE), "Received: encoder_weights='imagenot'"),
        (("VGG16", 7, SHAPE), "Received: encoder_weights='7'"),
        (("VGG16", "imagenet", (64, 64, 1)), "three channels. Received: input_shape="),
    ],
)
def test_misfits_are_refused(arguments, message):
    with pytest.raises(ArgumentError, match=message):
        check_encoder(*arguments)


def test_an_encoder_brings_its_own_weights():
    encoder = Encoder(keras.Sequential([keras.Input(SHAPE)]), ["none"])
    check_encoder(encoder, None, SHAPE)
    with pytest.raises(ArgumentError, match="brings those of its model"):
        check_encoder(encoder, "imagenet", SHAPE)
