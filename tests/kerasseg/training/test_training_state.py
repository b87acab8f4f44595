import keras
import numpy as np
import pytest
from checks.cut_runs import fit_small, small_model

from kerasseg.errors import ArgumentError, FileError
from kerasseg.training.resumable_checkpoint import ResumableCheckpoint


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (
            {"units": 4},
            r"model variable 0 is .*d/kernel \(2, 3\) float32 there, .*\(2, 4",
        ),
        ({"optimizer": "adam"}, r"(?i)optimizer variable 0 is sgd/.* there, adam/"),
    ],
)
def test_a_run_of_another_model_is_refused(tmp_path, other, words):
    fit_small(small_model(), tmp_path)
    with pytest.raises(FileError, match=words):
        ResumableCheckpoint(tmp_path).restore(small_model(**other))


def test_unnamed_layers_may_have_other_numbers(tmp_path):
    def model():
        model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3)])
        model.compile("adam", "mse")  # whose moments bear the names of the weights
        return model

    first, second = model(), model()
    assert first.layers[0].name != second.layers[0].name
    fit_small(first, tmp_path)
    assert ResumableCheckpoint(tmp_path).restore(second).epoch == 2
    np.testing.assert_array_equal(second.get_weights()[0], first.get_weights()[0])


def test_a_model_that_is_not_compiled_is_refused(tmp_path):
    with pytest.raises(ArgumentError, match="must be compiled"):
        ResumableCheckpoint(tmp_path).restore(keras.Sequential([keras.Input((2,))]))
