"""What must hold for every classifier that the strategy draws."""

from __future__ import annotations

import tempfile
import warnings
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
from checks.exactness import randomise
from checks.random_classifiers.build import build
from checks.saved_model import check_same_bits_elsewhere
from hypothesis import currently_in_test_context, event
from keras import tree

import kerasseg

# Largest difference over the largest score. Half precision rounds each number to 11 or
# 8 bits, in sums taken in another order, and a dozen layers pass it on.
TOLERANCES = {
    "float32": 1e-5,
    "float64": 1e-11,
    "mixed_float16": 3e-2,
    "float16": 3e-2,
    "mixed_bfloat16": 2e-1,
    "bfloat16": 2e-1,
}


def check_recipe(recipe, fresh_process):
    """Builds, converts, and compares: natively, on windows, and after saving."""
    _check_saving(recipe, _check_equal(recipe)[1], fresh_process)


def _check_equal(recipe):
    model = randomise(build(recipe))
    model.run_eagerly = True  # tracing a graph would cost more than all else
    before = [keras.ops.convert_to_numpy(w) for w in model.weights]
    config = model.get_config()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*whole image.*")
        fcn = kerasseg.convert_to_fcn(model)
    fcn.run_eagerly = True
    _check_native(recipe, model, fcn)
    if not (recipe.pads or recipe.has_gates):
        _check_windows(recipe, model, fcn)
    _check_untouched(model, before, config)
    return model, fcn


def _images(recipe, model, count, extra=(0, 0)):
    random = np.random.default_rng(1)
    places = [n + more for n, more in zip(recipe.size.places, extra, strict=True)]
    return [
        random.uniform(size=(count, *_shape(tensor, places))).astype("float32")
        for tensor in model.inputs
    ]


def _shape(tensor, places):
    """The shape of an input: of an image of some size, or of what stands beside it."""
    is_image = len(tensor.shape) > 2
    return (*places, *tensor.shape[3:]) if is_image else tensor.shape[1:]


def _one_or_all(images):
    return images[0] if len(images) == 1 else images


def _check_native(recipe, model, fcn):
    images = _one_or_all(_images(recipe, model, 4))
    expected = model.predict_on_batch(images)
    actual = fcn.predict_on_batch(images)
    tree.assert_same_structure(expected, actual)
    for old, new in zip(tree.flatten(expected), tree.flatten(actual), strict=True):
        assert new.shape == (4, 1, 1, old.size // 4), "not one cell at native size"
        _check_close(recipe, new.reshape(old.shape), old)


def _check_windows(recipe, model, fcn):
    """Cells of a larger image against the classifier on crops of it."""
    strides = kerasseg.receptive_field(fcn).stride
    # One cell further along both axes, and some pixels that make no whole cell.
    extra = tuple(int(s) + n for s, n in zip(strides, recipe.extra, strict=True))
    images = _images(recipe, model, 1, extra)
    actual = tree.flatten(fcn.predict_on_batch(_one_or_all(images)))
    expected = tree.flatten(_slide(recipe, model, images, strides))
    for old, new in zip(expected, actual, strict=True):
        rows, columns = old.shape[:2]
        assert min(new.shape[1] - rows, new.shape[2] - columns) >= 0, "cells missing"
        # A trunk that leaves pixels over at the end sees a window smaller than the
        # classifier's image, and so has room for more cells than there are crops.
        _check_close(recipe, new[0, :rows, :columns], old)


def _slide(recipe, model, images, strides):
    if len(images) == 1:
        return kerasseg.inference.predict_sliding(model, images[0][0], strides)
    # Several inputs move together: as the channels of one image.
    places = images[0].shape[1:3]
    images = [np.broadcast_to(x[0], (*places, x.shape[-1])) for x in images]
    stacked = np.concatenate(images, axis=-1)
    joined = keras.Input((*recipe.size.places, stacked.shape[-1]))
    ends = np.cumsum([x.shape[-1] for x in images])[:-1].tolist()
    parts = keras.ops.split(joined, ends, axis=-1)
    parts = [
        part if len(tensor.shape) == 4 else part[:, 0, 0]
        for part, tensor in zip(parts, model.inputs, strict=True)
    ]
    model = keras.Model(joined, model(parts))
    model.run_eagerly = True
    return kerasseg.inference.predict_sliding(model, stacked, strides)


def _check_close(recipe, actual, expected):
    relative = _difference(actual, expected)
    tolerance = _tolerance(recipe)
    if relative > tolerance and recipe.policy != "float64":
        tolerance = max(tolerance, 10 * _own_rounding(recipe))
    assert relative <= tolerance, f"relative difference {relative:.1e}"


def _difference(actual, expected):
    actual, expected = actual.astype("float64"), expected.astype("float64")
    assert np.isfinite(expected).all(), "no classifier worth the name"
    return np.abs(actual - expected).max() / max(np.abs(expected).max(), 1e-30)


def _own_rounding(recipe):
    """How far the classifier itself is from its own scores in double precision.

    A product of sums that nearly cancel magnifies the rounding of each, and the order
    of summation then shows: the difference tells nothing of the conversion. The same
    classifier in double precision does, so it must be equal to `1e-11` here.
    """
    if currently_in_test_context():
        event("magnifies rounding")
    exact, _ = _check_equal(replace(recipe, policy="float64"))
    model = randomise(build(recipe))
    images = _one_or_all(_images(recipe, model, 4))
    pairs = zip(
        tree.flatten(model.predict_on_batch(images)),
        tree.flatten(exact.predict_on_batch(images)),
        strict=True,
    )
    return max(_difference(rounded, scores) for rounded, scores in pairs)


def _tolerance(recipe):
    in_float32 = any("dtype" in one.settings for one in recipe.steps)
    return max(TOLERANCES[recipe.policy], TOLERANCES["float32"] if in_float32 else 0)


def _check_untouched(model, before, config):
    assert model.get_config() == config
    for old, new in zip(before, model.weights, strict=True):
        np.testing.assert_array_equal(old, keras.ops.convert_to_numpy(new))


def _check_saving(recipe, fcn, fresh_process):
    images = _images(recipe, fcn, 1, recipe.extra)
    with tempfile.TemporaryDirectory() as folder:
        fcn.save(path := Path(folder) / "fcn.keras")
        check_same_bits_elsewhere(fcn, path, images, fresh_process)
