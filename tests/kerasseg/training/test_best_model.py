import keras
import numpy as np
import pytest

from kerasseg.errors import ArgumentError, KerasSegWarning
from kerasseg.files import load_model
from kerasseg.training import BestModel


def net():
    model = keras.Sequential([keras.Input((4, 4, 1)), keras.layers.Conv2D(1, 1)])
    model.compile("sgd", "mse")
    return model


def test_no_epoch_with_a_lost_loss_is_the_best(tmp_path):
    best = BestModel(tmp_path / "best.keras", "val_mean_iou")
    best.set_model(net())
    best.on_epoch_end(0, {"loss": np.nan, "val_mean_iou": 0.9})
    assert best.best is None
    best.on_epoch_end(1, {"loss": 1.0, "val_mean_iou": np.nan})
    assert best.best is None
    best.on_epoch_end(2, {"loss": 1.0, "val_mean_iou": 0.5})
    best.on_epoch_end(3, {"loss": np.float32(np.nan), "val_mean_iou": 0.8})
    best.on_epoch_end(4, {"loss": 1.0, "val_mean_iou": np.nan})
    assert (best.best, best.best_epoch) == (0.5, 2)


def test_what_was_best_by_another_monitor_is_not_by_this(tmp_path):
    before = BestModel(tmp_path / "best.keras", "val_mean_iou")
    before.set_model(net())
    before.on_epoch_end(0, {"loss": 1.0, "val_mean_iou": 0.5})
    for monitor, best in ((None, 0.5), ("val_mean_iou", 0.5), ("loss", 3.0)):
        after = BestModel(tmp_path / "best.keras", monitor)
        after.set_model(net())
        after.set_state(before.get_state())
        after.on_epoch_end(1, {"loss": 3.0, "val_mean_iou": 0.4})
        assert after.best == best
        assert after.monitor == (monitor or "val_mean_iou")


def test_a_run_goes_on_without_what_it_watched(tmp_path):
    before = BestModel(tmp_path / "best.keras")
    before.set_model(net())
    before.on_epoch_end(0, {"loss": 1.0, "val_loss": 0.5})
    after = BestModel(tmp_path / "best.keras")
    after.set_model(net())
    for _ in range(2):  # as ResumableCheckpoint does
        after.set_state(before.get_state())
    with pytest.warns(KerasSegWarning, match="val_loss, .* best.keras begins anew"):
        after.on_epoch_end(1, {"loss": 3.0})
    assert (after.monitor, after.best, after.best_epoch) == ("loss", 3.0, 1)
    asked = BestModel(tmp_path / "best.keras", "val_loss")
    for _ in range(2):
        asked.set_state(before.get_state())
    with pytest.raises(ArgumentError, match="monitor='val_loss'"):
        asked.on_epoch_end(1, {"loss": 3.0})


def test_no_epoch_with_lost_weights_or_an_infinite_value_is_the_best(tmp_path):
    best = BestModel(tmp_path / "best.keras", "val_loss")
    model = net()
    best.set_model(model)
    best.on_epoch_end(0, {"loss": 1.0, "val_loss": np.inf})
    best.on_epoch_end(1, {"loss": np.inf, "val_loss": 1.0})
    assert best.best is None
    best.on_epoch_end(2, {"loss": 1.0, "val_loss": 3.0})
    model.set_weights([np.full((1, 1, 1, 1), np.inf), np.zeros(1)])
    best.on_epoch_end(3, {"loss": 1.0, "val_loss": 2.0})
    assert (best.best, best.best_epoch) == (3.0, 2)
    kept = load_model(best.path)
    assert all(np.isfinite(weights).all() for weights in kept.get_weights())
