import tracemalloc
from itertools import pairwise

import keras
import numpy as np
import pytest
from keras import layers

from kerasseg.cli import scaled_labels
from kerasseg.cli.scaled_image import ScaledImage
from kerasseg.cli.scaled_labels import LabelsOfScores, NoScoresError, predict_labels
from kerasseg.inference import predict_tiled


def enlarged(scores, size):
    """Scores interpolated between their centres, and constant beyond the outermost."""
    for axis, wanted in enumerate(size):
        given = scores.shape[axis]
        places = ((np.arange(wanted) + 0.5) * given / wanted - 0.5).clip(0, given - 1)
        low = np.floor(places).astype(int)
        share = np.expand_dims(places - low, [i for i in range(3) if i != axis])
        high = np.minimum(low + 1, given - 1)
        scores = scores.take(low, axis) * (1 - share) + scores.take(high, axis) * share
    return scores


def labels_of(scores, threshold):
    if scores.shape[-1] == 1:
        return scores[..., 0] > threshold
    return scores.argmax(-1)


def parts_of(random, length):
    inside = random.integers(0, length, 3).tolist()
    cuts = sorted({0, *inside, length})
    return [slice(*cut) for cut in pairwise(cuts)]


@pytest.mark.parametrize("classes", [1, 2, 5])
@pytest.mark.parametrize("rows", [3, 16, 256])
def test_labels_are_those_of_enlarged_scores(monkeypatch, classes, rows):
    monkeypatch.setattr(scaled_labels, "_ROWS", rows)
    random = np.random.default_rng(classes)
    for _ in range(10):
        height, width = random.integers(1, 40, 2).tolist()
        scale = random.uniform(0.2, 1)
        size = int(height / scale), int(width / scale)
        scores = random.normal(size=(height, width, classes))
        labels = np.full(size, 99, np.uint8)
        target = LabelsOfScores(scores.shape, labels, threshold=0.2)
        for y in parts_of(random, height):  # as `predict_tiled` writes
            for x in parts_of(random, width):
                target[y, x] = scores[y, x]
        np.testing.assert_array_equal(labels, labels_of(enlarged(scores, size), 0.2))


def test_few_rows_of_scores_are_kept(monkeypatch):
    monkeypatch.setattr(scaled_labels, "_ROWS", 8)
    labels = np.zeros((400, 20), np.uint8)
    target = LabelsOfScores((200, 10, 2), labels, 0.5)
    row = np.zeros((10, 2), np.float32).nbytes
    for top in range(0, 200, 10):
        target[top : top + 10, 0:10] = np.ones((10, 10, 2))
        assert target._band.base is None  # else that is in memory, however large
        assert target._band.nbytes <= 8 * row


def test_scores_are_in_memory_once(monkeypatch):
    monkeypatch.setattr(scaled_labels, "_ROWS", 16)
    shape = 600, 500, 4
    scores, labels = (
        np.ones((200, *shape[1:]), np.float32),
        np.zeros((1200, 1000), "u1"),
    )
    tracemalloc.start()
    target = LabelsOfScores(shape, labels, 0.5)
    for top in (0, 200, 400):
        for left in (0, 250):
            place = slice(top, top + 200), slice(left, left + 250)
            target[place] = scores[:, place[1]]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    parts = scaled_labels._ROWS * labels.shape[1] * np.dtype(np.float32).itemsize
    assert peak < 1.2 * scores.nbytes + 6 * parts


@pytest.mark.parametrize("blend", ["crop", "mean"])
@pytest.mark.parametrize("classes", [1, 3])
def test_tiles_of_the_small_photo_give_labels_of_the_large_one(blend, classes):
    random = np.random.default_rng(0)
    stack = [keras.Input((None, None, 3)), layers.Conv2D(classes, 5, padding="same")]
    net = keras.Sequential(stack)
    kernel = random.normal(size=(5, 5, 3, classes))
    net.set_weights([kernel - kernel.mean((0, 1, 2)), np.zeros(classes)])
    image = random.integers(0, 256, (90, 121, 3), np.uint8)
    labels = np.zeros((90, 121), np.uint8)
    options = {"blend": blend, "preprocess": "unit", "progress": False}
    scores = predict_tiled(net, ScaledImage(image, 0.5)[:, :], 32, **options)
    threshold = float(np.median(scores))
    found = predict_labels(net, image, (32, 32), 0.5, labels, threshold, **options)
    assert found is labels
    assert 0.05 < (found == 1).mean() < 0.95
    wanted = labels_of(enlarged(scores, (90, 121)), threshold)
    # A tile's pixels may be rounded the other way than those of the whole.
    assert (found != wanted).mean() < 0.002


def test_at_scale_1_nothing_is_resized():
    image = keras.Input((None, None, 1))
    net = keras.Model(image, keras.ops.concatenate([image, 100.0 - image], -1))
    pixels = np.random.default_rng(0).integers(0, 200, (9, 8), np.uint8)
    labels = predict_labels(net, pixels, (9, 8), 1.0, np.zeros((9, 8), np.uint8), 0.5)
    np.testing.assert_array_equal(labels, pixels < 50)


@pytest.mark.parametrize("scale", [0.5, 1.0])
@pytest.mark.parametrize("classes", [1, 3])
def test_scores_that_are_nan_are_no_labels(scale, classes):
    net = keras.Sequential([keras.Input((None, None, 1)), layers.Conv2D(classes, 1)])
    net.set_weights([np.full(w.shape, np.nan) for w in net.get_weights()])
    pixels, labels = np.zeros((16, 16), np.uint8), np.zeros((16, 16), np.uint8)
    with pytest.raises(NoScoresError, match="NaN"):
        predict_labels(net, pixels, (8, 8), scale, labels, 0.5)
