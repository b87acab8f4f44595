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
    path = folder / "first.h5"
    model.save(path)
    assert kerasseg.load_model(path).predict(_random((1, 8, 8, 3))).shape[-1] == 2


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
    from kerasseg import losses, training

    for epochs in (1, 2):
        net, run = _net(), {"run_dir": folder / "run", "resume": epochs > 1}
        net.compile("adam", losses.CrossEntropy())
        training.fit(net, _batches(), epochs=epochs, verbose=0, **run)
    assert len((folder / "run/history.csv").read_text().splitlines()) == 3


@part("strategies `mirrored` and `multi_worker`")
def _mirror(folder):
    _fit_with("multi_worker")  # of one, which is mirrored's case too


@part("strategy `data_parallel`")
def _share(folder):
    _fit_with("data_parallel")


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


def _batches():
    import tensorflow as tf

    return tf.data.Dataset.from_tensors((_random((2, 16, 16, 3)), _labels()))


def _net():
    import zoo

    return zoo.SegNetBasic((None, None, 3), 2, base_filters=2)


def _fit_with(strategy):
    from kerasseg import losses
    from kerasseg.training import fit
    from kerasseg.training.distribution import make_strategy

    chosen = make_strategy(strategy)
    net, loss = _net(), losses.CrossEntropy()
    fit(net, _batches(), epochs=1, loss=loss, optimizer="sgd", strategy=chosen)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
