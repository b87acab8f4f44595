import argparse

import keras
import numpy as np
import pytest
from keras import layers
from PIL import Image

from kerasseg.cli import predict_model
from kerasseg.cli.predict_model import Predictor


@pytest.fixture
def options(tmp_path):
    stack = [keras.Input((None, None, 3)), layers.Conv2D(2, 1, name="scores")]
    keras.Sequential(stack).save(tmp_path / "net.keras")
    return argparse.Namespace(
        model=tmp_path / "net.keras",
        head=None,
        scale=None,
        preprocess="auto",
        labels=None,
        palette=None,
        tile=None,
        overlap=None,
        blend="crop",
        batch=1,
        flips=False,
        rotations=False,
        threshold=0.5,
    )


def test_labels_of_large_photos_are_kept_in_a_file(options, tmp_path, monkeypatch):
    pixels = np.random.default_rng(0).integers(0, 256, (40, 30, 3), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    predictor = Predictor.from_options(options)
    _, in_memory = predictor.predict(tmp_path / "a.png")
    monkeypatch.setattr(predict_model, "LARGE", 100)
    _, mapped = predictor.predict(tmp_path / "a.png")
    assert isinstance(mapped, np.memmap)
    assert not isinstance(in_memory, np.memmap)
    np.testing.assert_array_equal(mapped, in_memory)
    counts = predictor.pixels(mapped)
    assert counts == {str(n): int((in_memory == n).sum()) for n in (0, 1)}


@pytest.mark.parametrize(
    ("palette", "labels", "names", "background"),
    [
        (None, None, ["0", "1"], 0),  # the default is black for class 0
        ("9 9 9\n1 2 3\n", None, ["0", "1"], None),
        ("9 9 9 road\n1 2 3 sky\n", None, ["road", "sky"], None),
        ("9 9 9 background\n1 2 3 sky\n", None, ["background", "sky"], 0),
        ("0 0 0 road\n1 2 3 sky\n", None, ["road", "sky"], 0),
        ("9 9 9 background\n1 2 3 sky\n", "road\nsea\n", ["road", "sea"], None),
    ],
)
def test_the_background_is_told_by_names_and_colours(
    options, tmp_path, palette, labels, names, background
):
    for option, text in (("palette", palette), ("labels", labels)):
        if text is not None:
            setattr(options, option, str(tmp_path / f"{option}.txt"))
            (tmp_path / f"{option}.txt").write_text(text)
    predictor = Predictor.from_options(options)
    assert (predictor.names, predictor.background) == (names, background)


def test_a_single_score_is_compared_with_the_threshold(options, tmp_path):
    ramp = np.arange(0, 250, 10, np.uint8).reshape(5, 5)
    Image.fromarray(ramp).save(tmp_path / "a.png")
    image = keras.Input((None, None, 1))
    keras.Model(image, image * 1.0).save(options.model)
    for threshold in (0.3, 0.5):
        options.threshold, options.preprocess = threshold, "unit"
        _, labels = Predictor.from_options(options).predict(tmp_path / "a.png")
        np.testing.assert_array_equal(labels, ramp > 255 * threshold)


def test_the_note_tells_models_options_and_photos_apart(options, tmp_path):
    for name, value in (("a.png", 0), ("b.png", 7)):
        Image.fromarray(np.full((9, 9), value, np.uint8)).save(tmp_path / name)

    def note(name="a.png", **changes):
        changed = argparse.Namespace(**{**vars(options), **changes})
        return Predictor.from_options(changed).note(tmp_path / name)

    assert note() == note()
    assert note(batch=4) == note(scale=1.0) == note()  # which change no mask
    others = [
        note("b.png"),
        note(overlap=3),
        note(blend="mean"),
        note(flips=True),
        note(preprocess="tf"),
        note(threshold=0.0),
        note(scale=0.5),
        note(tile=(64, 64)),
    ]
    assert len({note(), *others}) == 1 + len(others)
