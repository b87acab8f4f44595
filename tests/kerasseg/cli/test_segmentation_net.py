import argparse

import keras
import pytest
from keras import layers

from kerasseg.cli.segmentation_net import add_net_options, open_net
from kerasseg.errors import FileError, UsageError


def opened(path, *given):
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    add_net_options(parser)
    return open_net(parser.parse_args([str(path), *given]))


@pytest.fixture
def two_heads(tmp_path):
    image = keras.Input((None, None, 1))
    scores = layers.Conv2D(2, 1, name="scores")(layers.Rescaling(2.0)(image))
    whole = layers.GlobalAveragePooling2D(name="whole")(scores)
    keras.Model(image, [scores, whole]).save(tmp_path / "net.keras")
    return tmp_path / "net.keras"


def test_takes_the_head_that_is_named(two_heads):
    model, mode = opened(two_heads, "--head", "scores")
    assert model.output_shape == (None, None, None, 2)
    assert mode == "none"  # since it rescales
    assert opened(two_heads, "--head", "scores", "--preprocess", "tf")[1] == "tf"


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ([], UsageError, "has 2 outputs. Choose one: --head scores or --head whole"),
        (["--head", "none"], UsageError, "--head none: .* outputs scores, whole"),
        (["--head", "whole"], FileError, "gives no map of scores"),
        (["--head", "scores", "--preprocess", "caffe"], UsageError, "3 channels"),
    ],
)
def test_says_what_does_not_fit(two_heads, given, error, words):
    with pytest.raises(error, match=words):
        opened(two_heads, *given)


def test_a_head_that_a_sequential_does_not_have_is_not_passed_over(tmp_path):
    net = [keras.Input((None, None, 1)), layers.Conv2D(2, 1, name="scores")]
    keras.Sequential(net).save(tmp_path / "net.keras")
    assert opened(tmp_path / "net.keras", "--head", "scores")[1] == "unit"
    with pytest.raises(UsageError, match="--head other"):
        opened(tmp_path / "net.keras", "--head", "other")
