import keras
import numpy as np
import pytest
from checks.cut_runs import (
    Cut,
    CutAt,
    SquaresOnLine,
    cut,
    fit_line,
    fit_small,
    small_model,
)

from kerasseg.errors import ArgumentError, FileError, KerasSegWarning
from kerasseg.training.resumable_checkpoint import ResumableCheckpoint


def test_other_metrics_are_refused(tmp_path):
    data = SquaresOnLine()
    model = small_model()
    stop = CutAt("on_train_batch_end", 2, cut)
    with pytest.raises(Cut):
        fit_line(model, data, tmp_path, stop)
    with pytest.raises(
        ArgumentError, match=r"mean_squared_error.*there, mean_absolute_error"
    ):
        fit_line(small_model(metrics=["mae"]), data, tmp_path)


def test_data_of_another_length_are_refused(tmp_path):
    stop = CutAt("on_train_batch_end", 2, cut)
    with pytest.raises(Cut):
        fit_line(small_model(), SquaresOnLine(), tmp_path, stop)
    with pytest.raises(ArgumentError, match=r"had 4 steps .* Received: 5 steps"):
        fit_line(small_model(), SquaresOnLine(5), tmp_path)


def test_an_earlier_run_is_not_overwritten_unasked(tmp_path):
    fit_small(small_model(), tmp_path)
    checkpoint = ResumableCheckpoint(tmp_path)
    with pytest.raises(FileError, match=r"is of an earlier run; call restore"):
        small_model().fit(
            np.ones((2, 2)), np.ones((2, 3)), verbose=0, callbacks=[checkpoint]
        )


def test_other_callbacks_begin_anew_with_a_warning(tmp_path):
    plateau = keras.callbacks.ReduceLROnPlateau("loss")
    fit_small(small_model(), tmp_path, plateau)
    assert plateau.best is not None
    with pytest.warns(KerasSegWarning, match="had the callbacks"):
        fit_small(small_model(), tmp_path, keras.callbacks.EarlyStopping("loss"))
