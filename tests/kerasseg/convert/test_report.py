import keras
import numpy as np
import pytest
from checks.exactness import images_for, randomise
from keras import layers

import kerasseg
import zoo
from kerasseg.convert.report import describe, head_of, list_changes, native_difference


def test_differences_are_seen():
    model = randomise(zoo.LeNet5())
    fcn = kerasseg.convert_to_fcn(model)
    images = images_for(model)
    assert native_difference(model, fcn, images) <= 1e-6
    bias = fcn.get_layer("predictions").bias
    bias.assign(bias + 0.1 * np.arange(10))
    expected = model.predict_on_batch(images)
    actual = fcn.predict_on_batch(images)[:, 0, 0]
    by_hand = np.abs(actual - expected).max() / np.abs(expected).max()
    assert native_difference(model, fcn, images) == pytest.approx(by_hand)
    assert by_hand > 1e-2


def test_nan_is_not_equal_to_anything():
    model = keras.Sequential(
        [keras.Input((4, 4, 1)), layers.Flatten(), layers.Dense(2)]
    )
    fcn = kerasseg.convert_to_fcn(model)
    kernel = model.layers[-1].kernel
    kernel.assign(kernel * np.nan)
    assert np.isnan(native_difference(model, fcn, images_for(model)))


def test_changes_and_head_are_listed_in_order():
    model = zoo.LeNet5()
    changes = list_changes(model, kerasseg.convert_to_fcn(model))
    assert [(c.layer, c.before, c.after) for c in changes] == [
        ("flatten", "Flatten", ""),
        ("fc1", "Dense 120", "Conv2D 5×5, 120"),
        ("fc2", "Dense 84", "Conv2D 1×1, 84"),
        ("predictions", "Dense 10", "Conv2D 1×1, 10"),
    ]
    names = [call.path for call in head_of(model)]
    assert names == ["flatten", "fc1", "fc2", "predictions"]


def test_a_flatten_whose_windows_are_taken_is_told_so():
    image, side = keras.Input((8, 8, 2)), keras.Input((3,))
    flat = layers.Flatten(name="flat")(layers.Conv2D(2, 3)(image))
    both = layers.Concatenate()([flat, side])
    model = keras.Model([image, side], layers.Dense(4, name="scores")(both))
    changes = list_changes(model, kerasseg.convert_to_fcn(model))
    assert [(c.layer, c.before, c.after) for c in changes] == [
        ("flat", "Flatten", "UnfoldWindows2D 6×6"),
        ("scores", "Dense 4", "Conv2D 1×1, 4"),
    ]


def test_descriptions():
    assert describe(layers.MaxPooling2D((3, 2), (2, 1))) == "MaxPooling2D 3×2/2×1"
    assert describe(layers.Conv2D(8, 3, strides=2)) == "Conv2D 3×3/2, 8"
    assert describe(layers.ReLU()) == "ReLU"
