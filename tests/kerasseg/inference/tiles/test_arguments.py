import keras
import numpy as np
import pytest
from keras import layers

from kerasseg.errors import ArgumentError
from kerasseg.inference.tiles.arguments import (
    check_image,
    check_model,
    check_options,
    check_out,
    pair,
)


def test_images_are_not_copied():
    image = np.zeros((3, 4, 1), np.uint8)
    assert check_image(image) is image
    assert check_image([[1, 2], [3, 4]]).shape == (2, 2)
    for bad in (np.zeros(3), np.zeros((1, 2, 3, 4)), np.zeros((0, 4, 1))):
        with pytest.raises(ArgumentError, match=r"one image of shape.*Received: image"):
            check_image(bad)


def test_models_have_one_map():
    image = keras.Input((None, None, 1))
    with pytest.raises(ArgumentError, match=r"model.outputs\[0\].*2 outputs"):
        check_model(keras.Model(image, [image, layers.ReLU()(image)]))
    with pytest.raises(ArgumentError, match="must take images"):
        check_model(keras.Sequential([keras.Input((4,)), layers.Dense(1)]))


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("crops", "reflect", "scores", 1), "blend='crops'"),
        (("crop", "mirror", "scores", 1), "padding_mode='mirror'"),
        (("crop", None, "label", 1), "output='label'"),
        (("crop", None, "scores", 0), "batch_size=0"),
        (("crop", None, "scores", 1.5), "batch_size=1.5"),
    ],
)
def test_wrong_words_are_refused(arguments, reason):
    with pytest.raises(ArgumentError, match=f"Received: {reason}"):
        check_options(*arguments)


@pytest.mark.parametrize(
    ("out", "output", "classes"),
    [
        (np.zeros((3, 4), np.uint8), "scores", 2),
        (np.zeros((4, 4, 2), np.float32), "scores", 2),
        (np.zeros((3, 4, 2), np.int32), "scores", 2),
        (np.zeros((3, 4), np.float32), "labels", 2),
        (np.zeros((3, 4), np.uint8), "labels", 257),
        (None, "labels", 2),
    ],
)
def test_outs_that_cannot_hold_the_result_are_refused(out, output, classes):
    shape = (3, 4, classes) if output == "scores" else (3, 4)
    if out is None:
        out = [1, 2]
    with pytest.raises(ArgumentError, match="out"):
        check_out(out, shape, classes, output)


def test_pairs():
    assert pair(3, "tile_size", 1) == pair([3, 3], "tile_size", 1) == (3, 3)
    for bad in (0, 2.0, (1, 2, 3), "3", None):
        with pytest.raises(ArgumentError, match="tile_size must be an integer"):
            pair(bad, "tile_size", 1)
