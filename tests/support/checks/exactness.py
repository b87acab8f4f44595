"""The proof of a conversion: the classifier and its net, number against number."""

import keras
import numpy as np
from keras import tree

import kerasseg


def randomise(model, seed=0):
    """Gives every weight a value of its own, zeros and ones of fresh layers included.

    Variances come out positive, and kernels small enough that softmax does not
    saturate, where every error would vanish.
    """
    random = np.random.default_rng(seed)
    for weight in model.weights:
        fan_in = max(int(np.prod(weight.shape[:-1])), 1)
        values = random.normal(size=weight.shape) / np.sqrt(fan_in)
        if "variance" in weight.path:
            values = random.uniform(0.5, 1.5, weight.shape)
        elif "gamma" in weight.path:
            values = random.uniform(0.8, 1.2, weight.shape)
        weight.assign(values)
    return model


def images_for(model, count=2, size=None, seed=1):
    """Random images of a model's own size, or another."""
    random = np.random.default_rng(seed)
    shape = model.inputs[0].shape
    size = size or shape[1:3]
    return random.uniform(size=(count, *size, *shape[3:])).astype("float32")


def relative_difference(actual, expected):
    """Largest difference over the largest expected value."""
    actual, expected = np.asarray(actual, "float64"), np.asarray(expected, "float64")
    assert actual.shape == expected.shape
    return np.abs(actual - expected).max() / np.abs(expected).max()


def check_native(model, fcn, tolerance=1e-6):
    """At the classifier's own size there is one cell, equal to the classifier."""
    images = images_for(model)
    expected = tree.flatten(model.predict_on_batch(images))
    actual = tree.flatten(fcn.predict_on_batch(images))
    assert len(actual) == len(expected)
    for old, new in zip(expected, actual, strict=True):
        assert new.shape == (len(images), 1, 1, old.reshape(len(images), -1).shape[-1])
        assert relative_difference(new.reshape(old.shape), old) <= tolerance


def check_windows(model, fcn, larger_by=(9, 6), tolerance=1e-5):
    """On a larger image every cell equals the classifier on the window it sees."""
    height, width = model.inputs[0].shape[1:3]
    image = images_for(model, 1, (height + larger_by[0], width + larger_by[1]))[0]
    expected = kerasseg.inference.predict_sliding(model, image)
    actual = fcn.predict_on_batch(image[None])
    for old, new in zip(tree.flatten(expected), tree.flatten(actual), strict=True):
        assert old.shape[0] > 1 or old.shape[1] > 1, "the image has room for one cell"
        assert relative_difference(new[0], old) <= tolerance


def check_conversion(model, larger_by=(9, 6), tolerance=1e-6, **options):
    """Converts a classifier with a trunk that pads nothing, and checks all of it."""
    randomise(model)
    before = [keras.ops.convert_to_numpy(w).copy() for w in model.weights]
    config = model.get_config()
    fcn = kerasseg.convert_to_fcn(model, **options)
    check_native(model, fcn, tolerance)
    check_windows(model, fcn, larger_by, max(tolerance, 1e-5))
    assert model.get_config() == config
    for old, new in zip(before, model.weights, strict=True):
        np.testing.assert_array_equal(old, keras.ops.convert_to_numpy(new))
    assert not {id(w) for w in model.weights} & {id(w) for w in fcn.weights}
    return fcn
