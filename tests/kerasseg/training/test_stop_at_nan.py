"""Oracle: a pixel that is NaN at a known step."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasseg.errors import TrainingError
from kerasseg.files import load_model
from kerasseg.training import fit


def net():
    image = keras.Input((4, 4, 1))
    model = keras.Model(image, keras.layers.Conv2D(1, 1, use_bias=False)(image))
    model.compile(keras.optimizers.SGD(0.0), "mse")
    return model


def data(*, broken):
    """Six steps of one image; that of the broken one has a pixel which is NaN."""
    images = np.ones((6, 4, 4, 1), "float32")
    if broken is not None:
        images[broken, 0, 0] = np.nan
    masks = np.zeros((6, 4, 4, 1), "float32")
    return tf.data.Dataset.from_tensor_slices((images, masks)).batch(1)


def is_whole(folder):
    """Whether all weights in the checkpoints and in best.keras are numbers."""
    model = net()
    fit(model, data(broken=None), epochs=1, run_dir=folder, resume=True, verbose=0)
    best = load_model(folder / "best.keras")
    return all(np.isfinite(w).all() for m in (model, best) for w in m.get_weights())


def test_names_epoch_and_step_and_keeps_what_was_good(tmp_path):
    fit(net(), data(broken=None), epochs=1, run_dir=tmp_path, verbose=0)
    options = {"run_dir": tmp_path, "resume": True, "every_steps": 1, "keep": 1}
    with pytest.raises(TrainingError, match=r"epoch 2, step 4:.*checkpoints"):
        fit(net(), data(broken=3), epochs=3, verbose=0, **options)
    assert is_whole(tmp_path)
    # Resumed in the middle of the epoch, steps still count from its beginning.
    with pytest.raises(TrainingError, match=r"epoch 2, step 6:"):
        fit(net(), data(broken=5), epochs=3, verbose=0, **options)


def test_without_a_folder_nothing_is_lost_and_keras_goes_on():
    history = fit(net(), data(broken=2), epochs=2, verbose=0)
    assert np.isnan(history.history["loss"]).all()
