from urllib.error import URLError

import keras
import numpy as np
import pytest
from checks.segmentation import awaken, numpy
from keras.src.backend import config
from keras.src.utils import file_utils

from kerasseg.errors import ArgumentError, FileError
from zoo.encoders import LEVELS, Encoder
from zoo.trunk import build_trunk

NAME = "MobileNetV3Small"
PUBLISHED = "weights_mobilenet_v3_small_224_1.0_float_no_top_v2.h5"


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty Keras cache on a computer that is offline."""

    def offline(*_):
        raise URLError("offline")

    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr(config, "_KERAS_DIR", str(tmp_path))
    monkeypatch.setattr(file_utils, "urlretrieve", offline)
    (tmp_path / "models").mkdir()
    return tmp_path / "models"


def published(name):
    build = getattr(keras.applications, name)
    return awaken(build(include_top=False, weights=None, input_shape=(32, 32, 3)))


def own(**options):
    """A small model of strides 2 and 4."""
    layers = keras.layers
    options = {"strides": 2, "padding": "same"} | options
    return keras.Sequential(
        [
            keras.Input((12, 12, 3)),
            layers.Conv2D(4, 3, activation="relu", name="fine", **options),
            layers.BatchNormalization(name="bn"),
            layers.Conv2D(5, 3, name="coarse", **options),
        ]
    )


def images(*size):
    return np.random.default_rng(3).uniform(-1, 1, (2, *size, 3)).astype("float32")


def same_maps(trunk, model, levels):
    x = images(*model.input_shape[1:3])
    outputs = [model.get_layer(n).output if n else model.output for n in levels]
    wanted = keras.Model(model.inputs, outputs)(x, training=False)
    for map_, other in zip(trunk.model(x, training=False), wanted, strict=True):
        np.testing.assert_allclose(numpy(map_), numpy(other), rtol=1e-4, atol=1e-5)


@pytest.mark.slow_elsewhere
def test_published_weights_come_from_the_cache(cache, monkeypatch):
    model = published(NAME)
    model.save(cache / PUBLISHED)
    monkeypatch.setattr(file_utils, "validate_file", lambda *_, **__: True)
    same_maps(build_trunk(NAME, "imagenet", 3), model, LEVELS[NAME])


def test_offline_names_the_folder(cache):
    with pytest.raises(FileError, match=f"{NAME} are not here.*offline") as caught:
        build_trunk(NAME, "imagenet", 3)
    assert caught.value.path == cache


@pytest.mark.slow_elsewhere
def test_weights_come_from_a_file(tmp_path):
    model = published(NAME)
    path = tmp_path / "encoder.weights.h5"
    model.save_weights(path)
    same_maps(build_trunk(NAME, path, 3), model, LEVELS[NAME])
    with pytest.raises(FileError, match="does not fit"):
        build_trunk("MobileNetV2", path, 3)


def test_a_model_of_the_users_own_is_copied():
    model = awaken(own())
    before = [w.copy() for w in model.get_weights()]
    trunk = build_trunk(Encoder(model, ["fine", "coarse"]), None, 3)
    assert trunk.strides == (2, 4)
    assert trunk.rest == 0
    same_maps(trunk, model, ["fine", "coarse"])
    assert [tuple(x.shape[1:3]) for x in trunk.model(images(5, 16))] == [(3, 8), (2, 4)]
    for weight in trunk.model.weights:
        weight.assign(weight + 1)
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_depth_takes_the_finest_levels():
    trunk = build_trunk(Encoder(own(), ["fine", "coarse"]), None, 3, depth=1)
    assert trunk.strides == (2,)
    assert [layer.name for layer in trunk.model.layers] == ["image", "fine"]


def test_maps_from_corner_to_corner():
    x = inputs = keras.Input((None, None, 3))
    for index in (1, 2):
        x = keras.layers.ZeroPadding2D(1)(x)
        x = keras.layers.Conv2D(4, 3, strides=2, name=f"level{index}")(x)
    levels = ["level1", "level2"]
    encoder = Encoder(keras.Model(inputs, x), levels, align_corners=True)
    trunk = build_trunk(encoder, None, 3)
    assert (trunk.strides, trunk.rest) == ((2, 4), 1)


@pytest.mark.parametrize(
    ("encoder", "message"),
    [
        (lambda: Encoder(own(), ["fine", "coarsest"]), "no layer 'coarsest'"),
        (lambda: Encoder(own(), None), "a Keras model and a list of names"),
        (lambda: Encoder("ResNet50", ["a"]), "a Keras model and a list of names"),
        (lambda: Encoder(own(), []), "needs a level or more"),
        (lambda: Encoder(own(), ["coarse", "fine"]), "coarser than the one before"),
        (lambda: Encoder(own(), ["fine", "bn"]), "coarser than the one before"),
        (lambda: Encoder(own(padding="valid"), ["fine"]), "must pad as 'same' does"),
        (lambda: Encoder(published("VGG16"), ["input"]), "has no layer 'input'"),
    ],
)
def test_levels_that_do_not_fit_are_refused(encoder, message):
    with pytest.raises(ArgumentError, match=f"{message}.*Received: encoder"):
        build_trunk(encoder(), None, 3)


def test_other_arguments_that_do_not_fit_are_refused():
    encoder = Encoder(own(), ["fine", "coarse"])
    with pytest.raises(ArgumentError, match="of 4 channels, but its input is"):
        build_trunk(encoder, None, 4)
    with pytest.raises(ArgumentError, match=r"has 2 levels\. Received: depth=3"):
        build_trunk(encoder, None, 3, depth=3)
    for stride in (3, 8):
        rule = rf"one of 2, 4\. Received: output_stride={stride}"
        with pytest.raises(ArgumentError, match=rule):
            build_trunk(encoder, None, 3, output_stride=stride)
