"""Files that the old versions of Keras wrote, by the scripts in tests/fixtures."""

import shutil
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest
from checks.exactness import check_native

import kerasseg
from kerasseg.errors import ConversionError, FileError

FOLDER = Path(__file__).parents[2] / "fixtures" / "old_models"
MODELS = sorted(
    path.name
    for path in FOLDER.iterdir()
    if path.suffix in (".h5", ".keras") and path.stem != "weights_alone"
)
# Plain Keras reads these as well, and so must ours.
PLAIN = {"normalization_in_front.h5"}
# Loads, and is refused by a true reason.
NOT_CONVERTED = {
    "arguments_since_dropped.h5": "conv2d_transpose",
    "several_axes_at_once.h5": "random_crop",
}

pytestmark = pytest.mark.filterwarnings("ignore:Model .* was made for images")


def check_predictions(model, name):
    data = np.load(FOLDER / f"{Path(name).stem}.npz")
    images = [data[key] for key in data if key.startswith("images")]
    scores = [data[key] for key in data if key.startswith("scores")]
    if model.inputs[0].shape[1:] != images[0].shape[1:]:
        images = [x.transpose(0, 2, 3, 1) if x.ndim == 4 else x for x in images]
    made = model.predict_on_batch(images if len(images) > 1 else images[0])
    tolerance = 2e-3 if "half" in name else 1e-6
    assert all(np.isfinite(x).all() for x in scores)
    for new, old in zip(keras.tree.flatten(made), scores, strict=True):
        np.testing.assert_allclose(new, old, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("name", MODELS)
def test_predicts_what_it_did(name):
    model = kerasseg.load_model(FOLDER / name)
    check_predictions(model, name)
    if name in NOT_CONVERTED:
        with pytest.raises(ConversionError, match=NOT_CONVERTED[name]):
            kerasseg.convert_to_fcn(model)
    elif len(model.inputs) == 1:
        check_native(model, kerasseg.convert_to_fcn(model))


@pytest.mark.parametrize("name", sorted(set(MODELS) - PLAIN))
def test_plain_keras_fails_or_errs(name):
    with pytest.raises((Exception, AssertionError)):
        check_predictions(keras.saving.load_model(FOLDER / name, compile=False), name)


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


def test_an_archive_of_keras_2_under_another_name(tmp_path):
    name = "archive_of_sequentials.keras"
    shutil.copy(FOLDER / name, tmp_path / "archive_of_sequentials.h5")
    model = kerasseg.load_model(tmp_path / "archive_of_sequentials.h5")
    check_predictions(model, name)


def test_weights_by_number_are_called_what_they_are(tmp_path):
    with h5py.File(path := tmp_path / "vgg16_weights.h5", "w") as file:
        file.attrs["nb_layers"] = 1
        layer = file.create_group("layer_0")
        layer.attrs["nb_params"] = 1
        layer["param_0"] = np.zeros((4, 3, 3, 3))
    with pytest.raises(FileError, match=r"before 1\.0 wrote them"):
        kerasseg.load_model(path)
