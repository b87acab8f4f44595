import json
import os
import subprocess
import sys
from pathlib import Path

import checks.masks
import keras
import numpy as np
import pytest
from checks.matrices_by_hand import (
    CLASSES,
    count_by_hand,
    means_of_images,
    measures_by_hand,
    new_matrix,
)
from keras import layers

from kerasseg.metrics import ConfusionMatrix


def test_nothing_added_yet_and_reset():
    for average in ("dataset", "image"):
        metric = new_matrix(average=average)
        assert float(metric.result()["mean_iou"]) == 0
        metric.update_state(np.zeros((1, 2, 2)), np.zeros((1, 2, 2), "int32"))
        assert float(metric.result()["mean_iou"]) == 1
        metric.reset_state()
        assert metric.numpy().sum() == 0
        assert float(metric.result()["mean_iou"]) == 0
        assert metric.details()["iou"].value is None


def small_net(classes, channels=3, activation="softmax"):
    net = [keras.Input((None, None, channels)), layers.Conv2D(classes, 1)]
    return keras.Sequential([*net, layers.Activation(activation, dtype="float32")])


# PyTorch's backward of a softmax over maps fails inside Keras; logits pass.
LOSS = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


@pytest.mark.parametrize(
    ("jit", "policy"), [(False, "mixed_float16"), (True, "float32")]
)
def test_in_fit_and_evaluate(jit, policy):
    keras.config.set_dtype_policy(policy)
    random = np.random.default_rng(0)
    images = random.normal(size=(5, 6, 7, 3)).astype("float32")
    masks = random.integers(0, CLASSES, (5, 6, 7))
    weights = random.uniform(size=masks.shape).astype("float32")
    net = small_net(CLASSES, activation="linear")
    if keras.backend.backend() == "torch":
        jit = False
    net.compile(
        keras.optimizers.SGD(0.01),
        LOSS,
        metrics=[ConfusionMatrix(CLASSES, name="all")],
        weighted_metrics=[
            ConfusionMatrix(CLASSES, ("mean_dice",), average="image", name="weighted")
        ],
        jit_compile=jit,
    )
    history = net.fit(images, masks, 2, 1, verbose=0, sample_weight=weights).history
    assert np.isfinite(np.concatenate(list(history.values()))).all()
    logs = net.evaluate(
        images, masks, 2, verbose=0, sample_weight=weights, return_dict=True
    )
    predicted = net.predict(images, verbose=0).argmax(-1)
    plain = measures_by_hand(count_by_hand(masks, predicted))
    assert logs["mean_iou"] == pytest.approx(plain["mean_iou"], abs=1e-6)
    assert logs["pixel_accuracy"] == pytest.approx(plain["pixel_accuracy"], abs=1e-6)
    each = [count_by_hand(*triple) for triple in zip(masks, predicted, weights)]  # noqa: B905
    assert logs["mean_dice"] == pytest.approx(
        means_of_images(each)["mean_dice"], abs=1e-6
    )


def test_config_and_registration():
    metric = new_matrix(
        average="image", threshold=0.25, class_names=list("abcd"), leave_out=[1]
    )
    written = json.loads(json.dumps(keras.saving.serialize_keras_object(metric)))
    assert written["registered_name"] == "kerasseg>ConfusionMatrix"
    read = keras.saving.deserialize_keras_object(written)
    assert read.get_config() == metric.get_config()


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="tf.distribute is TensorFlow's"
)
def test_is_the_same_on_two_replicas():
    done = subprocess.run(
        [
            sys.executable,
            Path(checks.masks.__file__).with_name("metrics_on_replicas.py"),
        ],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    two, one = json.loads(done.stdout.splitlines()[-1])
    assert (two["replicas"], one["replicas"]) == (2, 1)
    assert two["matrix"] == one["matrix"]
    assert np.sum(one["matrix"]) == 7 * 6 * 7
    assert two["logs"] == pytest.approx(one["logs"], rel=1e-6)
    assert 0 < one["logs"]["mean_iou"] < 1
