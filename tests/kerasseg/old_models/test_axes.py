"""Layers along several axes in .h5 files of today's Keras, which forgets them.

Those of Keras 2 are among the files of test_loading.
"""

import keras
import numpy as np
import pytest
from keras import layers

import kerasseg
from kerasseg.old_models.axes import with_axes_kept


@pytest.mark.parametrize("nested", [False, True])
@pytest.mark.parametrize(
    "layer",
    [
        lambda: layers.Softmax(axis=[1, 2]),
        lambda: layers.LayerNormalization(axis=[1, 2], center=False, scale=False),
        lambda: layers.UnitNormalization(axis=[1, 3]),
    ],
)
def test_several_axes_are_kept(tmp_path, layer, nested):
    image = keras.Input((4, 5, 3))
    inner = keras.Sequential([keras.Input((4, 5, 3)), layer()])
    model = keras.Model(image, inner(image) if nested else layer()(image))
    model.save(path := tmp_path / "model.h5")
    images = np.random.default_rng(0).normal(size=(2, 4, 5, 3)).astype("float32")
    expected = model.predict_on_batch(images)
    made = kerasseg.load_model(path).predict_on_batch(images)
    np.testing.assert_allclose(made, expected, rtol=1e-6)
    plain = keras.saving.load_model(path, compile=False).predict_on_batch(images)
    assert np.abs(plain - expected).max() > 1e-3, "Keras is mended: drop this file"


def test_what_keeps_its_axis_stays():
    for axis in (1, [3]):
        entry = {"class_name": "Softmax", "config": {"axis": axis}}
        assert with_axes_kept(entry) == entry
    of_the_user = {"class_name": "Mine", "config": {"axis": [1, 2]}}
    assert with_axes_kept(of_the_user) == of_the_user
