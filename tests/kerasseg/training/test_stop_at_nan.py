"""Oracle: a pixel that is NaN at a known step."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasseg.errors import TrainingError
from kerasseg.files import load_model
from kerasseg.training import fit
from kerasseg.training.divergence import lost_variable


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


@pytest.mark.parametrize("rate", [1e25, 1e38])
def test_what_diverges_leaves_only_finite_weights(tmp_path, rate):
    model = net()
    model.compile(keras.optimizers.SGD(rate), "mse")
    options = {"epochs": 2, "every_steps": 1, "verbose": 0, "run_dir": tmp_path}
    with pytest.raises(TrainingError, match=r"(NaN or|is) infinite .*epoch 1, step \d"):
        fit(model, data(broken=None), **options)
    for path in (tmp_path / "checkpoints").iterdir():
        assert path.suffix == ".npz"
        arrays = np.load(path)
        numbers = [arrays[name] for name in arrays.files if name.endswith(".npy")]
        assert all(np.isfinite(array).all() for array in numbers)


def test_a_last_step_that_diverges_leaves_what_was_good(tmp_path):
    class Explode(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if batch == 5 and self.epoch == 1:
                self.model.set_weights([np.full((1, 1, 1, 1), np.inf)])

        def on_epoch_begin(self, epoch, logs=None):
            self.epoch = epoch

    options = {"epochs": 2, "callbacks": [Explode()], "verbose": 0, "monitor": "loss"}
    model = net()
    model.compile(keras.optimizers.SGD(1e-3), "mse")
    with pytest.raises(TrainingError, match=r"kernel is NaN or infinite after epoch 2"):
        fit(model, data(broken=None), run_dir=tmp_path, every_minutes=None, **options)
    assert is_whole(tmp_path)


def test_a_scaled_loss_may_overflow(tmp_path):
    model = net()
    scaled = keras.optimizers.LossScaleOptimizer(
        keras.optimizers.SGD(1e-3), initial_scale=1e38
    )
    model.compile(scaled, "mse")
    images = np.full((6, 4, 4, 1), 100, "float32")
    steps = tf.data.Dataset.from_tensor_slices((images, images)).batch(1)
    fit(model, steps, epochs=1, every_steps=1, run_dir=tmp_path, verbose=0)
    assert float(scaled.dynamic_scale) < 1e38  # gradients were infinite
    assert len(list((tmp_path / "checkpoints").iterdir())) == 2
    scaled.dynamic_scale.assign(np.inf)
    fit(model, steps, epochs=1, run_dir=tmp_path, overwrite=True, verbose=0)
    assert np.isinf(float(scaled.dynamic_scale))


@keras.saving.register_keras_serializable(package="tests")
class RunningMinimum(keras.layers.Layer):
    """Keeps the smallest value of all; this one has seen none yet."""

    def build(self, shape):
        self.smallest = self.add_weight(
            shape=(), initializer=keras.initializers.Constant(np.inf), trainable=False
        )

    def call(self, images):
        return images


def test_what_is_not_trained_may_be_infinite(tmp_path):
    image = keras.Input((4, 4, 1))
    y = RunningMinimum()(keras.layers.Conv2D(1, 1)(image))
    model = keras.Model(image, keras.layers.BatchNormalization()(y))
    model.compile(keras.optimizers.Adam(1e-3), "mse")
    fit(model, data(broken=None), epochs=1, run_dir=tmp_path, verbose=0)
    kept = load_model(tmp_path / "best.keras")
    assert np.isinf(kept.layers[2].get_weights()[0])
    for variable in (model.layers[-1].moving_variance, model.optimizer.variables[-1]):
        assert lost_variable(model, model.optimizer) is None
        variable.assign(np.full(variable.shape, np.inf))
        assert lost_variable(model, model.optimizer) == variable.path
        variable.assign(np.zeros(variable.shape))
