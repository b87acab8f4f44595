"""What works on the backend of this process, tried part by part.

    KERAS_BACKEND=jax python on_backend.py FOLDER

prints, as JSON, what went wrong in each part, or nothing where it works. The parts are
those of the table in the README.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

OLD_MODELS = Path(__file__).parents[2] / "fixtures" / "old_models"
THEANO = OLD_MODELS / "keras1_theano_sequential_in_a_sequential.h5"
PARTS: dict[str, Callable[[Path], None]] = {}


def part(title):
    """Notes a trial under the title that the README gives it."""

    def note(trial):
        PARTS[title] = trial
        return trial

    return note


@part("conversion, receptive field, heatmaps, shift-and-stitch")
def _convert(folder):
    import kerasseg
    import zoo
    from kerasseg import inference

    classifier = zoo.LeNet5(classifier_activation=None)
    fcn = kerasseg.convert_to_fcn(classifier)
    image = _random((40, 44, 1))
    scores = inference.predict_heatmap(fcn, image)
    expected = inference.predict_sliding(classifier, image, 4)
    np.testing.assert_allclose(scores, expected, atol=1e-5)
    dense = kerasseg.convert_to_fcn(classifier, output_stride=1)
    stitched = inference.predict_shift_and_stitch(fcn, image)
    np.testing.assert_allclose(dense.predict(image[None])[0], stitched, atol=1e-5)


@part("layers, networks, losses, metrics, Keras's own `fit`")
def _train(folder):
    from kerasseg import losses, metrics

    net = _net()
    net.compile("adam", losses.CrossEntropy(), metrics=[metrics.MeanIoU(2)])
    history = net.fit(_random((2, 16, 16, 3)), _labels(), verbose=0)
    assert np.isfinite(history.history["loss"]).all()


@part("`load_model`, old and channels-first files too")
def _load(folder):
    import keras

    import kerasseg

    first = keras.layers.Conv2D(2, 3, data_format="channels_first")
    model = keras.Sequential([keras.Input((3, 8, 8)), first])
    kernel, bias = _random((3, 3, 3, 2)), _random(2)
    first.set_weights([kernel, bias])
    model.save(folder / "first.h5")
    images = _random((2, 3, 8, 8))
    windows = np.lib.stride_tricks.sliding_window_view(images, (3, 3), (2, 3))
    expected = np.einsum("bchwij,ijcd->bhwd", windows, kernel) + bias
    _check_scores(kerasseg.load_model(folder / "first.h5"), images, expected)
    saved = np.load(THEANO.with_suffix(".npz"))
    _check_scores(kerasseg.load_model(THEANO), saved["images0"], saved["scores0"])


def _check_scores(model, images, expected):
    """Of images that were channels first; the model takes them last."""
    scores = model.predict(images.transpose(0, 2, 3, 1), verbose=0)
    np.testing.assert_allclose(scores, expected, rtol=1e-5, atol=1e-5)


@part("`predict_tiled`")
def _tile(folder):
    import zoo
    from kerasseg.inference import predict_tiled

    net = zoo.UNet((None, None, 3), 2, padding="same", base_filters=2, depth=1)
    image = _random((50, 38, 3))
    labels = predict_tiled(net, image, 32, output="labels")
    np.testing.assert_array_equal(labels, net.predict(image[None])[0].argmax(-1))


@part("`data`, `training.fit`, killed and resumed runs")
def _resume(folder):
    whole, steps = _fit_folder(folder, seed=1)
    assert steps == 6
    run = {"run_dir": folder / "run", "every_steps": 1}
    try:
        _fit_folder(folder, seed=1, cut_at=5, **run)
    except _Cut:
        pass
    else:
        raise AssertionError("nothing was cut")
    resumed, steps = _fit_folder(folder, seed=2, resume=True, **run)
    assert steps == 3, steps  # the last saved, which is undone; and two that were left
    for one, other in zip(resumed, whole, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-6)


class _Cut(Exception):
    """Stands for what kills a training."""


def _fit_folder(folder, seed, cut_at=None, **run):
    """Two epochs of three steps; returns the weights, and the steps that were made."""
    import keras

    from kerasseg import data, losses, training

    made = []

    def count(batch, logs):
        made.append(batch)
        if len(made) == cut_at:
            raise _Cut

    keras.utils.set_random_seed(seed)
    net = _small_net()
    batches = data.Pipeline(_six_photos(folder / "photos"), 2, augment="flip")
    counter = keras.callbacks.LambdaCallback(on_train_batch_end=count)
    run |= {"optimizer": "adam", "loss": losses.CrossEntropy(), "verbose": 0}
    training.fit(net, batches, epochs=2, callbacks=[counter], **run)
    return net.get_weights(), len(made)


def _six_photos(folder):
    """A data set on disk, whose photos show their masks, and noise."""
    from PIL import Image

    from kerasseg import data

    random = np.random.default_rng(2)
    for name in ("images", "masks"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for index in range(6):
        mask = random.integers(0, 2, (8, 8), "uint8")
        noise = random.integers(0, 100, (8, 8, 3), "uint8")
        Image.fromarray(mask).save(folder / f"masks/{index}.png")
        photo = 150 * mask[..., None] + noise
        Image.fromarray(photo).save(folder / f"images/{index}.png")
    return data.open_dataset(folder, "folders", names=["ground", "cell"])


@part("strategies `mirrored` and `multi_worker`")
def _mirror(folder):
    from kerasseg.training.distribution import make_strategy

    # Both before anything is computed; of one worker, which is all a process can be.
    mirrored, alone = make_strategy("mirrored", 2), make_strategy("multi_worker")
    assert mirrored.replicas == 2
    _fit_with(mirrored)
    _fit_with(alone)


@part("strategy `data_parallel`")
def _share(folder):
    from kerasseg.training.distribution import make_strategy

    _fit_with(make_strategy("data_parallel", 2))


@part("`export`")
def _export(folder):
    import kerasseg

    kerasseg.export(_net(), folder / "net.tflite", "litert")


def main(folder):
    import keras

    found = {}
    # Strategies come first in a program, so they come first here.
    for title, trial in sorted(PARTS.items(), key=lambda p: "strateg" not in p[0]):
        try:
            trial(folder)
            found[title] = None
        except Exception as error:
            found[title] = f"{type(error).__name__}: {error}"
    print(json.dumps({"backend": keras.backend.backend(), "found": found}))


def _random(shape):
    return np.random.default_rng(0).random(shape, "float32")


def _labels():
    return np.random.default_rng(1).integers(0, 2, (2, 16, 16))


def _net():
    import zoo

    return zoo.SegNetBasic((None, None, 3), 2, base_filters=2)


def _small_net():
    """With all that a run has to carry along: statistics, random numbers, weights.

    Without a seed, Dropout under PyTorch draws numbers that no checkpoint holds.
    """
    from keras import Input, Sequential, layers

    return Sequential(
        [
            Input((None, None, 3)),
            layers.Conv2D(4, 3, padding="same", use_bias=False, name="conv"),
            layers.BatchNormalization(momentum=0.5, name="statistics"),
            layers.ReLU(),
            layers.Dropout(0.5, seed=3, name="dropout"),
            layers.Conv2D(2, 1, name="scores"),
        ],
        name="net",  # a checkpoint fits a net of the same names
    )


def _fit_with(strategy):
    import tensorflow as tf

    from kerasseg import losses
    from kerasseg.training import fit

    net, loss = _small_net(), losses.CrossEntropy()
    before = [np.array(weight) for weight in net.trainable_weights]
    batches = tf.data.Dataset.from_tensors((_random((2, 16, 16, 3)), _labels()))
    options = {"loss": loss, "optimizer": "sgd", "strategy": strategy, "verbose": 0}
    history = fit(net, batches, epochs=1, **options).history
    assert np.isfinite(history["loss"]).all(), history
    for old, new in zip(before, net.trainable_weights, strict=True):
        assert np.abs(np.array(new) - old).max() > 0, new.path


if __name__ == "__main__":
    main(Path(sys.argv[1]))
