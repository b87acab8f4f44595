"""Models of TensorFlow Addons 0.23, as tests/fixtures wrote them."""

from pathlib import Path

import numpy as np
import pytest

import kerasseg
from kerasseg.errors import FileError
from kerasseg.old_models.addons import from_addons

FOLDER = Path(__file__).parents[2] / "fixtures" / "addons"
BY_LAYER = FOLDER / "unpooling_by_layer.h5"


def check_scores(model, name):
    kept = np.load(FOLDER / f"{name}.npz")
    scores = model.predict_on_batch(kept["images"])
    np.testing.assert_allclose(scores, kept["scores"], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    "file",
    [
        "normalization_and_pyramid.h5",
        "unpooling_archive.keras",
        "unpooling_by_function.h5",
    ],
)
def test_predicts_what_it_did(file):
    check_scores(kerasseg.load_model(FOLDER / file), Path(file).stem)


def test_a_pooling_of_the_authors_own_is_given_by_name():
    with pytest.raises(FileError, match="MaxPoolingWithArgmax2D"):
        kerasseg.load_model(BY_LAYER)
    ours = {"MaxPoolingWithArgmax2D": kerasseg.layers.MaxPoolingWithArgmax2D}
    check_scores(kerasseg.load_model(BY_LAYER, custom_objects=ours), BY_LAYER.stem)


def test_runs_and_saves_like_any_other(tmp_path):
    model = kerasseg.load_model(FOLDER / "unpooling_by_function.h5")
    kerasseg.files.save_model(model, tmp_path / "net.keras")
    again = kerasseg.load_model(tmp_path / "net.keras")
    check_scores(again, "unpooling_by_function")


@pytest.mark.parametrize(
    "entry",
    [
        {"class_name": "MaxUnpooling2D", "config": {}},
        {"class_name": "Addons>Maxout", "config": {"num_units": 3}},
        {
            "class_name": "Addons>SpatialPyramidPooling2D",
            "config": {"data_format": "channels_first"},
        },
    ],
)
def test_other_layers_stay_as_they_are(entry):
    assert from_addons(entry) == entry
