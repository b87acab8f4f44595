import json
import subprocess
import sys

import keras
import numpy as np
import pytest
from keras import layers

from kerasseg.data.preprocess import MODES, preprocess
from kerasseg.errors import ArgumentError
from kerasseg.exporters import export
from kerasseg.layers import Resize2D

SERVE = """
import sys
import numpy as np, tensorflow as tf
served = tf.saved_model.load(sys.argv[1])
images = tf.constant(np.load(sys.argv[2]))
np.save(sys.argv[3], served.predict_mask(images).numpy())
print([name.decode() for name in served.class_names().numpy()])
assert not {"kerasseg", "zoo"} & set(sys.modules)
"""


@pytest.mark.parametrize("mode", MODES)
def test_masks_equal_the_argmax_of_the_scores(small_net, tmp_path, tensorflow, mode):
    export(small_net, tmp_path / "net", preprocess=mode)
    served = tensorflow.saved_model.load(str(tmp_path / "net"))
    for height, width in ((9, 14), (1, 1)):
        images = np.random.default_rng(0).integers(0, 256, (2, height, width, 3))
        images = images.astype("uint8")
        scaled = np.stack([preprocess(image, mode) for image in images])
        wanted = np.argmax(small_net(scaled), axis=-1)
        masks = served.signatures["predict_mask"](tensorflow.constant(images))
        (masks,) = masks.values()
        assert masks.dtype == "uint8"
        np.testing.assert_array_equal(masks, wanted)


@pytest.mark.parametrize(
    ("last", "threshold"),
    [(layers.Conv2D(1, 1, activation="sigmoid"), 0.5), (layers.Conv2D(1, 1), 0.0)],
)
def test_single_scores_are_compared_with_their_middle(
    tmp_path, tensorflow, last, threshold
):
    image = keras.Input((None, None, 1))
    model = keras.Model(image, last(image))
    last.kernel.assign(np.ones((1, 1, 1, 1)))
    last.bias.assign([-0.25])
    export(model, tmp_path / "net", preprocess="unit")
    served = tensorflow.saved_model.load(str(tmp_path / "net"))
    pixels = np.arange(256, dtype="uint8").reshape(1, 16, 16, 1)
    mask = served.predict_mask(tensorflow.constant(pixels)).numpy()
    np.testing.assert_array_equal(mask, model(pixels / 255)[..., 0] > threshold)
    assert 0 < mask.mean() < 1


@pytest.mark.parametrize(
    "last",
    [
        layers.Dropout(0.1),
        layers.Cropping2D(0),
        layers.Activation("linear", dtype="float32"),
        Resize2D(size=(2, 2)),
        keras.Sequential([layers.UpSampling2D(2), layers.AveragePooling2D(2)]),
    ],
    ids=lambda layer: type(layer).__name__,
)
@pytest.mark.parametrize("activation", ["sigmoid", "hard_sigmoid", None])
def test_masks_of_single_scores_know_what_stands_behind_the_activation(
    tmp_path, tensorflow, activation, last
):
    scores = layers.Conv2D(1, 1, activation=activation)
    last = type(last).from_config(last.get_config())
    model = keras.Sequential([keras.Input((2, 2, 1)), scores, last])
    scores.kernel.assign(np.full((1, 1, 1, 1), 2.0))
    scores.bias.assign([-1.0])
    export(model, tmp_path / "net", preprocess="unit")
    served = tensorflow.saved_model.load(str(tmp_path / "net"))
    pixels = np.array([[0, 255], [255, 0]], "uint8").reshape(1, 2, 2, 1)
    mask = served.predict_mask(tensorflow.constant(pixels)).numpy()
    np.testing.assert_array_equal(mask.ravel(), [0, 1, 1, 0])


def test_serves_in_a_process_without_kerasseg(small_net, tmp_path):
    names = ["sky", "road", "Fußgänger"]
    export(small_net, tmp_path / "net", class_names=names, preprocess="unit")
    images = np.random.default_rng(0).integers(0, 256, (1, 11, 8, 3)).astype("uint8")
    np.save(tmp_path / "images.npy", images)
    paths = [tmp_path / name for name in ("net", "images.npy", "masks.npy")]
    done = subprocess.run(
        [sys.executable, "-c", SERVE, *map(str, paths)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == str(names)
    wanted = np.argmax(small_net(images / np.float32(255)), axis=-1)
    np.testing.assert_array_equal(np.load(tmp_path / "masks.npy"), wanted)
    facts = json.loads((tmp_path / "net/assets.extra/kerasseg.json").read_text("utf-8"))
    assert facts == {"class_names": names, "preprocess": "unit"}


def test_masks_of_four_channels_are_refused_for_colour_modes(tmp_path):
    image = keras.Input((None, None, 4))
    model = keras.Model(image, layers.Conv2D(2, 1)(image))
    with pytest.raises(ArgumentError, match=r"caffe.*3 channels"):
        export(model, tmp_path / "net", preprocess="caffe")
