"""Files of Keras 2, which tests/fixtures/make_keras2_models.py wrote."""

from pathlib import Path

import keras
import numpy as np
import pytest
from checks.exactness import check_native

import kerasseg
from kerasseg.errors import FileError

FOLDER = Path(__file__).parents[2] / "fixtures" / "old_models"
MODELS = sorted(path.stem for path in FOLDER.glob("*.h5"))
# What today's Keras loads by itself as well, with the right numbers.
PLAIN = ()


def check_predictions(model, name):
    data = np.load(FOLDER / f"{name}.npz")
    scores = model.predict_on_batch(data["images"])
    np.testing.assert_allclose(scores, data["scores"], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", [name for name in MODELS if name != "weights_alone"])
def test_predicts_what_it_did(name):
    model = kerasseg.load_model(FOLDER / f"{name}.h5")
    check_predictions(model, name)
    check_native(model, kerasseg.convert_to_fcn(model))


@pytest.mark.parametrize("name", [name for name in MODELS if name not in PLAIN])
def test_plain_keras_fails_or_errs(name):
    with pytest.raises((Exception, AssertionError)):
        check_predictions(
            keras.saving.load_model(FOLDER / f"{name}.h5", compile=False), name
        )


@pytest.mark.parametrize("as_json", [True, False])
def test_weights_alone_need_the_architecture(as_json):
    path = FOLDER / "weights_alone.h5"
    with pytest.raises(FileError, match=r"weights_alone\.h5.*architecture"):
        kerasseg.load_model(path)
    architecture = path.with_suffix(".json")
    if not as_json:
        architecture = kerasseg.load_model(FOLDER / "sequential_without_input.h5")
    check_predictions(
        kerasseg.load_model(path, architecture=architecture), "weights_alone"
    )


def test_weights_of_another_model_are_refused():
    other = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    with pytest.raises(FileError, match=r"5 layers.*1 layers"):
        kerasseg.load_model(FOLDER / "weights_alone.h5", architecture=other)


def test_weights_of_keras_3_are_told_from_no_model(tmp_path):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    model.save_weights(tmp_path / "only.weights.h5")
    with pytest.raises(
        FileError, match=r"only\.weights\.h5.*weights alone.*save_weights"
    ):
        kerasseg.load_model(tmp_path / "only.weights.h5")
