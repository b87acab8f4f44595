import json

import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasseg.errors import ArgumentError
from kerasseg.metrics import MeanIoU
from kerasseg.training import fit
from kerasseg.training.monitor import StopEarly, chosen_monitor, smaller_is_better


@pytest.mark.parametrize(
    ("names", "wanted"),
    [
        ("loss mean_iou val_loss val_mean_iou", "val_mean_iou"),
        ("loss main_mean_iou val_loss val_main_mean_iou", "val_main_mean_iou"),
        ("val_a_mean_iou val_loss val_mean_iou loss", "val_mean_iou"),
        ("mean_iou loss val_loss val_accuracy", "val_loss"),
        ("accuracy loss mean_iou", "mean_iou"),
        ("loss main_mean_iou main_loss", "main_mean_iou"),
        ("accuracy loss", "loss"),
    ],
)
def test_the_best_measure_that_there_is_is_watched(names, wanted):
    assert chosen_monitor(None, names.split()) == wanted
    assert chosen_monitor("loss", names.split()) == "loss"


def test_the_name_of_an_output_says_nothing_of_its_measure():
    for output in ("", "error_map_", "gloss_", "val_floss_"):
        for measure in ("mean_iou", "accuracy", "pixel_accuracy"):
            assert not smaller_is_better(output + measure)
        for measure in ("loss", "mean_squared_error", "mean_absolute_percentage_error"):
            assert smaller_is_better(output + measure)


@pytest.mark.parametrize("names", ["loss val_loss", "accuracy"])
def test_other_names_are_refused(names):
    with pytest.raises(ArgumentError, match=f"one of {names.replace(' ', ', ')}"):
        chosen_monitor("val_acuracy", names.split())
    with pytest.raises(ArgumentError, match="monitor=None"):
        chosen_monitor(None, ["accuracy"])


@pytest.mark.parametrize(
    ("logs", "stops"),
    [
        # The IoU gets better while the loss gets worse: the IoU is asked, as BestModel
        # asks it.
        ([(1.0, 0.1), (2.0, 0.2), (3.0, 0.3), (4.0, 0.4)], None),
        ([(4.0, 0.4), (3.0, 0.3), (2.0, 0.2), (1.0, 0.1)], 2),
    ],
)
def test_the_early_end_watches_what_the_best_model_does(logs, stops):
    early = StopEarly(None, patience=2)
    early.set_model(keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)]))
    early.on_train_begin()
    early.model.stop_training = False
    for epoch, (loss, iou) in enumerate(logs):
        early.on_epoch_end(epoch, {"val_loss": loss, "val_mean_iou": iou})
        if early.model.stop_training:
            break
    assert (epoch if early.model.stop_training else None) == stops


@pytest.mark.parametrize(("monitor", "wait"), [("val_loss", 2), ("mean_iou", 0)])
def test_epochs_that_another_monitor_judged_do_not_count(monitor, wait):
    early = StopEarly("val_loss", patience=9)
    early.on_train_begin()
    for epoch, loss in enumerate([2.0, 1.0, 3.0, np.float32(4.0)]):
        early.on_epoch_end(epoch, {"val_loss": loss, "mean_iou": 0.5})
    again = StopEarly(monitor, patience=9)
    again.on_train_begin()
    again.set_state(json.loads(json.dumps(early.get_state())))
    assert again.wait == wait
    again.on_epoch_end(4, {"val_loss": 1.5, "mean_iou": 0.5})
    assert again.best == {"val_loss": 1.0, "mean_iou": 0.5}[monitor]


def test_what_was_watched_before_is_watched_on():
    early, again = StopEarly(None, patience=9), StopEarly(None, patience=9)
    for epoch, (callback, logs) in enumerate(
        [(early, {"val_loss": 1.7}), (again, {"val_loss": 1.5, "val_mean_iou": 0.5})]
    ):
        callback.on_train_begin()
        if epoch:
            callback.set_state(json.loads(json.dumps(early.get_state())))
        callback.on_epoch_end(epoch, logs)
    assert (again.monitor, again.best, again.wait) == ("val_loss", 1.5, 0)
    # Nothing was watched yet where the run was cut in its first epoch.
    third = StopEarly(None, patience=9)
    third.on_train_begin()
    third.set_state(third.get_state())
    third.on_epoch_end(0, {"mean_iou": 0.5})
    assert (third.monitor, third.best) == ("mean_iou", 0.5)


def test_a_run_goes_on_without_what_it_watched():
    early, again = StopEarly(None, patience=9), StopEarly(None, patience=9)
    early.on_train_begin()
    early.on_epoch_end(0, {"loss": 3.0, "val_loss": 1.0})
    early.on_epoch_end(1, {"loss": 2.0, "val_loss": 2.0})
    again.on_train_begin()
    for _ in range(2):  # as ResumableCheckpoint does
        again.set_state(early.get_state())
    assert again.wait == 1
    again.on_epoch_end(2, {"loss": 2.0})
    assert (again.monitor, again.best, again.wait) == ("loss", 2.0, 0)


class F1(keras.callbacks.Callback):
    """A measure of a user's own, which is in no log of a step."""

    def on_epoch_end(self, epoch, logs=None):
        logs["val_f1"] = float(epoch)


@pytest.fixture
def net():
    return keras.Sequential([keras.Input((2, 2, 1)), keras.layers.Conv2D(2, 1)])


def train(net, monitor, *, is_validated=True, **options):
    arrays = np.zeros((4, 2, 2, 1), "float32"), np.zeros((4, 2, 2), "int32")
    data = tf.data.Dataset.from_tensor_slices(arrays).batch(1)
    options |= {"monitor": monitor, "early_stopping": 1, "epochs": 3, "verbose": 0}
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    options |= {"optimizer": "sgd", "loss": loss, "metrics": [MeanIoU(2)]}
    fit(net, data, data if is_validated else None, **options)


@pytest.mark.parametrize(
    ("monitor", "is_validated"), [("val_meaniou", True), ("val_loss", False)]
)
def test_a_misspelt_name_is_told_at_the_first_step(net, monitor, is_validated):
    with pytest.raises(ArgumentError, match=rf"one of .*monitor='{monitor}'"):
        train(net, monitor, is_validated=is_validated)
    assert int(net.optimizer.iterations) == 1


def test_names_that_callbacks_log_are_taken(net):
    train(net, "val_f1", callbacks=[F1()])
    assert int(net.optimizer.iterations) == 3 * 4
    with pytest.raises(ArgumentError, match="monitor='val_f2'"):
        train(net, "val_f2", callbacks=[F1()])
