import csv
import json

import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasseg.training import BestModel, RunFolder, RunRecords, fit


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


class Extra(keras.callbacks.Callback):
    """Measures something in some epochs alone."""

    def __init__(self, epochs):
        super().__init__()
        self.epochs = epochs

    def on_epoch_end(self, epoch, logs=None):
        if epoch in self.epochs:
            logs["extra"] = 100.0 + epoch


def run(folder, epochs, *, validates=False, **options):
    arrays = np.ones((2, 4, 4, 1), "float32"), np.ones((2, 4, 4, 1), "float32")
    data = tf.data.Dataset.from_tensor_slices(arrays).batch(1)
    model = net()
    model.compile("sgd", "mse")
    held_out = data if validates else None
    options = {"monitor": "loss", "verbose": 0} | options
    return fit(model, data, held_out, epochs=epochs, run_dir=folder, **options)


def table(folder):
    with (folder / "history.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_what_some_epochs_lack_stands_beside_the_others(tmp_path):
    for epochs in ([0, 1], [2], [0, 3]):
        run(tmp_path, 4, overwrite=True, callbacks=[Extra(epochs)])
        found = {row["epoch"]: row["extra"] for row in table(tmp_path)}
        wanted = {e: str(100.0 + e) if e in epochs else "" for e in range(4)}
        assert found == {str(e + 1): cell for e, cell in wanted.items()}
        last = json.loads((tmp_path / "metrics.json").read_text())["last"]
        assert last.get("extra") == (103.0 if 3 in epochs else None)


@pytest.mark.parametrize("first", [True, False])
def test_validation_may_end_or_begin_when_a_run_is_resumed(tmp_path, first):
    history = run(tmp_path, 2, validates=first, monitor=None)
    again = run(tmp_path, 4, validates=not first, monitor=None, resume=True)
    validated = [0, 1] if first else [2, 3]
    rows = table(tmp_path)
    assert [i for i, row in enumerate(rows) if row["val_loss"]] == validated
    values = (history if first else again).history["val_loss"]
    assert [float(rows[i]["val_loss"]) for i in validated] == values
    last = json.loads((tmp_path / "metrics.json").read_text())["last"]
    assert ("val_loss" in last) == (not first)


def test_a_checkpoint_without_rows_still_gives_its_epochs(tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.delattr(RunRecords, "get_state")
        patch.delattr(RunRecords, "set_state")
        run(tmp_path, 2, validates=True)
    before = table(tmp_path)
    run(tmp_path, 2, resume=True)  # nothing is left to do
    assert table(tmp_path) == before
    run(tmp_path, 3, resume=True)
    *rows, last = table(tmp_path)
    assert rows == before
    assert last["epoch"] == "3"
    assert last["val_loss"] == ""
