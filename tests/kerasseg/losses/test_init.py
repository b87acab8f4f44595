"""What holds for all losses together."""

import os
import subprocess
import sys

import keras
import numpy as np
import pytest
from checks.losses import SHAPE, batch_for, gradient, small_model, value_of

from kerasseg import losses
from kerasseg.errors import ArgumentError
from kerasseg.losses import CrossEntropy, Dice, SampledPixels, WeightedSum

LOADING = """
import sys
import keras
import kerasseg
import numpy as np

data = np.load(sys.argv[1])
for path in sys.argv[2:]:
    model = keras.saving.load_model(path)
    print(float(model.test_on_batch(data["images"], data["labels"])))
"""
LABELS_TAKEN = [
    CrossEntropy(ignore_class=(0, 255)),
    losses.Focal(ignore_class=255, gamma=1.5),
    Dice(ignore_class=255, class_weight={1: 2.0}),
    losses.Jaccard(ignore_class=255, per_image=True),
    losses.Tversky(ignore_class=255, alpha=0.3, beta=0.7),
    losses.LovaszSoftmax(ignore_class=255),
    losses.OhemCrossEntropy(ignore_class=255, min_kept=3),
    SampledPixels(CrossEntropy(ignore_class=255), fraction=0.99),
    WeightedSum([CrossEntropy(ignore_class=255), Dice(ignore_class=255)], [1, 0.5]),
]


@pytest.mark.slow_elsewhere
def test_compiled_models_load_where_kerasseg_is_imported(tmp_path):
    _, labels, _ = batch_for(3)
    images = np.random.default_rng(1).normal(size=(*SHAPE, 3)).astype("float32")
    np.savez(tmp_path / "data.npz", images=images, labels=labels)
    wanted, paths = [], []
    for loss in LABELS_TAKEN:
        model = small_model(loss, 3, jit_compile=False)
        wanted.append(float(model.test_on_batch(images, labels)))
        paths.append(tmp_path / f"{type(loss).__name__}.keras")
        model.save(paths[-1])
    out = subprocess.run(
        [sys.executable, "-c", LOADING, tmp_path / "data.npz", *paths],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    found = [float(line) for line in out.splitlines()[-len(paths) :]]
    # Which pixels are drawn hangs on the last bits of the scores.
    np.testing.assert_allclose(found, wanted, rtol=1e-5)


def test_every_loss_is_among_those_loaded():
    classes = {getattr(losses, name) for name in losses.__all__}
    classes -= {losses.signed_distance_map, losses.Boundary}
    assert {type(loss) for loss in LABELS_TAKEN} == classes


def test_images_weigh_the_same_however_they_are_given():
    labels, _, logits = batch_for(3)
    by_image = np.array([0.5, 2.0], "float32")
    by_pixel = np.broadcast_to(by_image[:, None, None], labels.shape)
    for loss in (CrossEntropy, Dice):
        loss = loss(from_logits=True, ignore_class=255)
        wanted = value_of(loss, labels, logits, by_pixel)
        for weights in (by_image, by_image[:, None], by_pixel[..., None]):
            found = value_of(loss, labels, logits, weights)
            np.testing.assert_allclose(found, wanted, rtol=1e-6)


def test_of_each_image_alone_weights_of_images_weigh_the_images():
    labels, _, logits = batch_for(3)
    options = {"from_logits": True, "ignore_class": 255, "per_image": True}
    images = value_of(Dice(**options, reduction=None), labels, logits)
    found = value_of(Dice(**options), labels, logits, np.array([1.0, 3.0]))
    np.testing.assert_allclose(found, (images[0] + 3 * images[1]) / 2, rtol=1e-6)


def test_an_image_without_labels_is_not_counted():
    labels, _, logits = batch_for(3)
    options = {"from_logits": True, "ignore_class": 255, "per_image": True}
    labels[1] = 255
    found = value_of(Dice(**options), labels, logits)
    wanted = value_of(Dice(**options), labels[:1], logits[:1])
    np.testing.assert_allclose(found, wanted, rtol=1e-6)


@pytest.mark.parametrize("loss", [CrossEntropy(), Dice()])
def test_a_softmax_map_trains_by_the_logits_behind_it(loss):
    labels, _, logits = batch_for(3)
    labels[labels == 255] = 0
    softmax = keras.layers.Activation("softmax")
    found = gradient(lambda y, x, _: loss(y, softmax(x)), labels, logits)
    logits_loss = type(loss)(from_logits=True)
    wanted = gradient(logits_loss, labels, logits)
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-7)


def test_call_gives_the_values_before_the_reduction():
    labels, _, logits = batch_for(3)
    loss = CrossEntropy(from_logits=True, ignore_class=255)
    values = keras.ops.convert_to_numpy(loss.call(labels, logits))
    assert values.shape == labels.shape
    mean = values[labels != 255].mean()
    np.testing.assert_allclose(value_of(loss, labels, logits), mean, rtol=1e-6)


@pytest.mark.parametrize("loss", [CrossEntropy(from_logits=True), Dice()])
@pytest.mark.parametrize("what", ["y_true", "sample_weight"])
def test_batches_that_change_their_axes_are_refused_by_name(loss, what, tensorflow):
    model = small_model(loss, 3, jit_compile=False)
    images, labels = np.zeros((*SHAPE, 3), "float32"), np.zeros(SHAPE, "int32")
    few, many = np.ones(SHAPE[:1], "float32"), np.ones(SHAPE, "float32")
    model.train_on_batch(images, labels, few)
    labels, weights = (labels[..., None], few) if what == "y_true" else (labels, many)
    with pytest.raises(ArgumentError, match=f"{what} must have the same number of"):
        model.train_on_batch(images, labels, weights)
