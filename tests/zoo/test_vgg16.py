"""The oracle is keras.applications.VGG16, layer by layer, weight by weight."""

from urllib.error import URLError

import keras
import numpy as np
import pytest
from checks.models import (
    check_classifier,
    check_smallest_size,
    check_windows,
    count_parameters,
    images_for,
    run,
)
from keras.src.utils import file_utils

from kerasseg.errors import ArgumentError, FileError
from zoo import VGG16, vgg16

SMALL = {"input_shape": (32, 32, 3), "classes": 3, "hidden_units": 16}


class Stop(Exception):
    """Raised in place of a download."""


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty Keras cache on a computer that is offline."""

    def offline(*_):
        raise URLError("offline")

    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr(file_utils, "urlretrieve", offline)
    (tmp_path / "models").mkdir()
    return tmp_path / "models"


@pytest.mark.slow_elsewhere
def test_as_a_classifier(tmp_path, fresh_process):
    check_classifier(
        VGG16,
        SMALL,
        parameter_count=138_357_544,
        trunk_shape=(None, 1, 1, 512),
        smallest_size=32,
        tmp_path=tmp_path,
        fresh_process=fresh_process,
        bad_arguments=[
            {"padding": "full"},
            {"hidden_units": -1},
            {"dropout": None},
            {"padding": "valid", "input_shape": (211, 224, 3)},
        ],
    )


@pytest.mark.parametrize("include_top", [True, False])
def test_layers_are_those_of_keras_applications(include_top):
    options = {"include_top": include_top, "weights": None}
    with keras.StatelessScope(initialize_variables=False):
        ours = VGG16(**options, input_shape=(224, 224, 3))
        theirs = keras.applications.VGG16(**options, input_shape=(224, 224, 3))
    assert ours.count_params() == theirs.count_params()
    for mine, other in zip(ours.layers[1:], theirs.layers[1:], strict=True):
        assert type(mine) is type(other)
        assert mine.get_config() == other.get_config()
        assert mine.output.shape == other.output.shape
        shapes = [[w.shape for w in layer.weights] for layer in (mine, other)]
        assert shapes[0] == shapes[1]


def test_top_by_global_pooling_and_dropout():
    trunk = count_parameters(VGG16, include_top=False)
    assert trunk == 14_714_688
    assert count_parameters(VGG16, top="gap", classes=7) == trunk + 513 * 7
    model = VGG16(**SMALL, dropout=0.5)
    names = [layer.name for layer in model.layers[-5:]]
    assert names == ["fc1", "fc1_dropout", "fc2", "fc2_dropout", "predictions"]


@pytest.mark.slow_elsewhere
def test_valid_trunk_pads_nothing():
    options = {"input_shape": (212, 224, 3), "padding": "valid"}
    check_smallest_size(VGG16, options, 212)
    check_windows(VGG16, options, stride=32)
    with pytest.raises(AssertionError):
        check_windows(VGG16, options | {"padding": "same"}, stride=32)


def test_imagenet_weights_come_from_the_cache(cache, monkeypatch):
    """The file of keras.applications loads, and gives the outputs it gives there."""
    theirs = keras.applications.VGG16(
        include_top=False, weights=None, input_shape=(64, 48, 3)
    )
    theirs.save(cache / "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5")
    monkeypatch.setattr(file_utils, "validate_file", lambda *_, **__: True)
    ours = VGG16(include_top=False, weights="imagenet", input_shape=(64, 48, 3))
    images = images_for(ours)
    np.testing.assert_array_equal(run(ours, images), run(theirs, images))


@pytest.mark.parametrize("include_top", [True, False])
def test_imagenet_files_are_those_of_keras_applications(include_top, monkeypatch):
    requests = []

    def record(name, origin, cache_subdir, file_hash, cache_dir=None):
        requests.append((name, origin, cache_subdir, file_hash))
        raise Stop

    monkeypatch.setattr(file_utils, "get_file", record)
    monkeypatch.setattr(keras.utils, "get_file", record)
    with keras.StatelessScope(initialize_variables=False):
        with pytest.raises(Stop):
            keras.applications.VGG16(include_top=include_top)
        with pytest.raises(FileError):
            VGG16(include_top=include_top, weights="imagenet")
    theirs, ours = requests
    assert ours == theirs


def test_offline_says_what_file_to_put_where(cache):
    file = cache / "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5"
    with pytest.raises(FileError) as caught:
        VGG16(include_top=False, weights="imagenet")
    assert caught.value.path == file
    message = str(caught.value)
    assert "offline" in message
    assert "put the file from https://storage.googleapis.com/tensorflow" in message
    assert "MD5 6d6bbae143d832006294945121d1f1fc" in message


@pytest.mark.parametrize(
    "misfit",
    [
        {"classes": 21},
        {"top": "gap"},
        {"padding": "valid"},
        {"hidden_units": 1024},
        {"input_shape": (256, 224, 3)},
        {"input_shape": (224, 224, 1)},
        {"classifier_activation": "sigmoid"},
    ],
)
def test_imagenet_needs_the_published_network(misfit, monkeypatch):
    monkeypatch.setattr(keras.utils, "get_file", lambda *_, **__: pytest.fail("early"))
    (name,) = misfit
    with pytest.raises(ArgumentError, match=f"'imagenet'.*Received: {name}="):
        VGG16(weights="imagenet", **misfit)


def test_preprocessing_is_that_of_keras_applications():
    images = np.full((1, 2, 2, 3), 100, "uint8")
    images[..., 0] = 200
    ours = vgg16.preprocess_input(images.copy())
    np.testing.assert_allclose(ours[0, 0, 0], [-3.939, -16.779, 76.32], atol=1e-3)
    assert vgg16.decode_predictions is keras.applications.vgg16.decode_predictions
