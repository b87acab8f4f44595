"""Sequentials of Keras 2.2.4 to 2.3.1 whose InputLayer was not written."""

import numpy as np
import pytest
from checks.sizeless_file import SOURCE, write_sizeless

import kerasseg
from kerasseg.errors import ArgumentError, FileError
from kerasseg.old_models.input_shape import with_input_shape


@pytest.fixture
def blind(tmp_path):
    write_sizeless(tmp_path / "blind.h5")
    return tmp_path / "blind.h5"


def test_the_shape_of_the_user_is_taken(blind):
    with pytest.raises(FileError, match=r"blind\.h5.*input_shape=\(.*--input-shape"):
        kerasseg.load_model(blind)
    data = np.load(SOURCE.with_suffix(".npz"))
    images = next(data[key] for key in data if key.startswith("images"))
    scores = next(data[key] for key in data if key.startswith("scores"))
    model = kerasseg.load_model(blind, input_shape=images.shape[1:])
    made = model.predict_on_batch(images)
    np.testing.assert_allclose(made, scores, rtol=1e-6, atol=1e-6)


def test_a_shape_that_contradicts_the_file_is_refused(blind):
    with pytest.raises(
        ArgumentError, match=r"without_input\.h5.*leave input_shape out.*\(9, 9, 9\)"
    ):
        kerasseg.load_model(SOURCE, input_shape=(9, 9, 9))
    with pytest.raises(ArgumentError, match=r"says itself"):
        archive = SOURCE.parent / "archive_of_sequentials.keras"
        kerasseg.load_model(archive, input_shape=(9, 9, 9))
    with pytest.raises(FileError, match=r"blind\.h5"):
        kerasseg.load_model(blind, input_shape=(9, 9, 9))


@pytest.mark.parametrize("bad", [7, (), (8, 0, 3), (8, None, 3), (8.5, 8, 3), "888"])
def test_what_is_no_shape_is_refused(blind, bad):
    with pytest.raises(ArgumentError, match=r"Received: input_shape="):
        kerasseg.load_model(blind, input_shape=bad)


@pytest.mark.parametrize(
    ("layers", "built"),
    [
        ([{"config": {"data_format": "channels_last"}}], [None, 8, 9, 3]),
        ([{"config": {"data_format": "channels_first"}}], [None, 3, 8, 9]),
        ([{"config": [{"config": {"dim_ordering": "th"}}]}], [None, 3, 8, 9]),
    ],
)
def test_layers_get_the_axes_in_their_own_order(layers, built):
    for config in (layers, {"layers": layers}):
        made = with_input_shape(
            {"class_name": "Sequential", "config": config}, (8, 9, 3)
        )
        assert made["config"] == {"layers": layers, "build_input_shape": built}
