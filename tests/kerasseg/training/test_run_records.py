import json

import keras
import numpy as np

from kerasseg.training import BestModel, RunFolder, RunRecords


def net():
    return keras.Sequential([keras.Input((4, 4, 1)), keras.layers.Conv2D(1, 1)])


def test_records_are_json_whatever_the_numbers(tmp_path):
    model, run = net(), RunFolder(tmp_path)
    best = BestModel(tmp_path / "best.keras", "val_loss")
    records = RunRecords(run, best)
    history = keras.callbacks.History()
    for callback in (best, records, history):
        callback.set_model(model)
    history.on_train_begin()
    logs = {"loss": np.float32(np.nan), "val_loss": np.inf, "accuracy": 0.5}
    history.on_epoch_end(0, logs)
    best.monitor = "val_loss"
    records.on_epoch_end(0, logs)

    def refuse(name):
        raise AssertionError(name)

    text = (tmp_path / "metrics.json").read_text()
    found = json.loads(text, parse_constant=refuse)
    assert found["last"] == {"loss": None, "val_loss": None, "accuracy": 0.5}
    assert found["best"] == {"epoch": None, "monitor": "val_loss", "value": None}
