import csv
import json
import warnings

import keras
import numpy as np
import pytest
from checks.data_folders import ids, photo, write
from checks.training_runs import SquaresInNoise, outcome
from PIL import Image

import zoo
from kerasseg import losses, metrics, training
from kerasseg.data import Pipeline, open_dataset
from kerasseg.errors import ArgumentError, FileError
from kerasseg.files import load_model
from kerasseg.training.run_folder import RunFolder


def small_net(seed=0):
    keras.utils.set_random_seed(seed)
    options = {"padding": "same", "base_filters": 4, "depth": 1}
    return zoo.UNet((None, None, 3), 2, **options)


def run(folder, model=None, **options):
    model = model or small_net()
    options = {
        "epochs": 2,
        "optimizer": training.optimizer("adam", 0.01, ema=0.9),
        "loss": losses.CrossEntropy(),
        "metrics": [metrics.MeanIoU(2)],
        "verbose": 0,
        "seed": 5,
    } | options
    data = SquaresInNoise(steps=3), SquaresInNoise(seed=1, steps=2)
    history = training.fit(model, *data, run_dir=folder, **options)
    return model, history


class Stop(Exception):
    pass


class StopAfter(keras.callbacks.Callback):
    def __init__(self, batches):
        super().__init__()
        self.batches = batches

    def on_train_batch_end(self, batch, logs=None):
        self.batches -= 1
        if self.batches == 0:
            raise Stop


def test_a_run_leaves_all_that_is_promised(tmp_path):
    folder = tmp_path / "run"
    model, history = run(folder)
    names = {path.name for path in folder.iterdir()}
    assert names == {
        *("checkpoints", "best.keras", "last.keras", "history.csv", "metrics.json"),
        *("curves.png", "predictions.png", "versions.json", "logs"),
    }
    with (folder / "history.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows] == ["1", "2"]
    values = [float(row["val_mean_iou"]) for row in rows]
    assert values == pytest.approx(history.history["val_mean_iou"])
    found = json.loads((folder / "metrics.json").read_text())
    assert found["best"]["value"] == pytest.approx(max(values))
    assert found["best"]["epoch"] == 1 + int(np.argmax(values))
    assert found["last"]["loss"] == pytest.approx(history.history["loss"][-1])
    assert json.loads((folder / "versions.json").read_text())["keras"]
    for name in ("curves.png", "predictions.png"):
        with Image.open(folder / name) as picture:
            assert np.asarray(picture).std() > 10
    last = load_model(folder / "last.keras")
    for a, b in zip(last.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_the_best_model_scores_what_the_history_says(tmp_path):
    _, history = run(tmp_path / "run", epochs=3)
    best = load_model(tmp_path / "run" / "best.keras")
    best.compile(loss=losses.CrossEntropy(), metrics=[metrics.MeanIoU(2)])
    data = SquaresInNoise(seed=1, steps=2).epoch(0)
    found = best.evaluate(data, return_dict=True, verbose=0)["mean_iou"]
    assert found == pytest.approx(max(history.history["val_mean_iou"]), rel=1e-5)


def test_tensorboard_logs_hold_scalars_and_pictures(tmp_path, tensorflow):
    run(tmp_path / "run")
    found = {}
    for path in (tmp_path / "run" / "logs").rglob("events.*"):
        for record in tensorflow.data.TFRecordDataset(str(path)):
            event = tensorflow.compat.v1.Event.FromString(record.numpy())
            for value in event.summary.value:
                plugin = value.metadata.plugin_data.plugin_name
                key = path.parent.name, value.tag, plugin
                found.setdefault(key, []).append(event.step)
    assert found["train", "loss", "scalars"] == [0, 1]
    assert found["validation", "mean_iou", "scalars"] == [0, 1]
    assert found["validation", "photo, mask, prediction", "images"] == [0, 1]


@pytest.mark.parametrize("batches", [2, 3])
def test_a_run_that_was_stopped_goes_on(tmp_path, batches):
    options = {"early_stopping": 9, "every_steps": 1}
    whole = outcome(run(tmp_path / "whole", **options)[0])
    folder = tmp_path / "cut"
    with pytest.raises(Stop):
        run(folder, callbacks=[StopAfter(batches)], **options)
    again, _ = run(folder, resume=True, callbacks=[StopAfter(99)], **options)
    assert outcome(again) == whole
    tables = [(tmp_path / n / "history.csv").read_text() for n in ("whole", "cut")]
    assert tables[0] == tables[1]


def test_a_folder_with_a_run_is_refused_unless_told(tmp_path):
    run(tmp_path / "run", epochs=1)
    (tmp_path / "run" / "notes.txt").write_text("mine")
    with pytest.raises(FileError, match=r"is not empty .*--resume.*--overwrite"):
        run(tmp_path / "run")
    _, history = run(tmp_path / "run", epochs=1, overwrite=True)
    assert history.epoch == [0]
    assert (tmp_path / "run" / "notes.txt").read_text() == "mine"
    _, history = run(tmp_path / "run", resume=True)
    assert history.epoch == [0, 1]
    _, history = run(tmp_path / "run", resume=True)  # nothing is left to do
    assert history.epoch == [0, 1]


def test_steps_may_end_within_an_epoch(tmp_path):
    model, history = run(tmp_path / "run", epochs=None, steps=4)
    assert int(model.optimizer.iterations) == 4
    assert history.epoch == [0, 1]
    again, _ = run(tmp_path / "run", epochs=None, steps=4, resume=True)
    assert int(again.optimizer.iterations) == 4


def test_a_run_that_ended_by_steps_may_be_made_longer(tmp_path):
    options = {"epochs": None, "early_stopping": 9}
    whole = outcome(run(tmp_path / "whole", steps=8, **options)[0])
    run(tmp_path / "longer", steps=4, **options)
    longer, _ = run(tmp_path / "longer", steps=8, resume=True, **options)
    assert outcome(longer) == whole


def test_early_stopping_stays_stopped(tmp_path):
    options = {
        "epochs": 9,
        "early_stopping": 1,
        "optimizer": keras.optimizers.SGD(1e-9),
    }
    _, history = run(tmp_path / "run", **options)
    assert len(history.epoch) < 9
    options["optimizer"] = keras.optimizers.SGD(1e-9)
    _, again = run(tmp_path / "run", resume=True, **options)
    assert again.epoch == history.epoch


def test_the_papers_unet_and_auxiliary_heads_get_masks_that_fit():
    data = SquaresInNoise(steps=2, size=44)
    valid = zoo.UNet((44, 44, 3), 2, base_filters=2, depth=2)
    options = {"epochs": 1, "verbose": 0, "loss": losses.CrossEntropy()}
    training.fit(valid, data, optimizer="sgd", **options)
    image = keras.Input((None, None, 3))
    heads = [keras.layers.Conv2D(2, 1, activation="softmax")(image) for _ in range(2)]
    net = keras.Model(image, heads)
    counted = [metrics.PixelAccuracy(2)]
    weights = [1.0, 0.4]
    history = training.fit(
        net, data, optimizer="sgd", metrics=counted, loss_weights=weights, **options
    )
    assert sum("pixel_accuracy" in name for name in history.history) == 1


@pytest.mark.parametrize("broken", ["train", "validation"])
def test_a_broken_file_is_told_as_such(tmp_path, broken):
    for part in ("train", "validation"):
        for number in range(3):
            write(tmp_path / part / f"images/{number}.png", photo(number, 8, 8))
            write(tmp_path / part / f"masks/{number}.png", ids(2, number, 8, 8))
    (tmp_path / broken / "masks/2.png").write_bytes(b"no image")
    train, validation = (
        Pipeline(open_dataset(tmp_path / part, names=["a", "b"]), 1)
        for part in ("train", "validation")
    )
    loss = losses.CrossEntropy()
    options = {"epochs": 1, "optimizer": "sgd", "loss": loss, "verbose": 0}
    with pytest.raises(FileError, match=r"2\.png: ") as caught:
        training.fit(small_net(), train, validation, **options)
    assert caught.value.path == tmp_path / broken / "masks/2.png"


def test_other_data_are_taken():
    class Arrays(keras.utils.PyDataset):
        def __len__(self):
            return 3

        def __getitem__(self, index):
            random = np.random.default_rng(index)
            images = random.random((2, 8, 8, 3)).astype("float32")
            return images, (images[..., 0] > 0.5).astype("int32")

    options = {"epochs": 2, "verbose": 0, "loss": losses.CrossEntropy(), "seed": 1}
    source = Arrays()
    dataset = SquaresInNoise(steps=3).epoch(0)
    for data, more in [
        (source, {}),
        (dataset, {}),
        (dataset.repeat(), {"steps_per_epoch": 3}),
    ]:
        net = small_net()
        training.fit(net, data, optimizer="sgd", **options, **more)
        assert int(net.optimizer.iterations) == 6


def test_an_epoch_that_comes_out_short_is_told_as_such():
    data = SquaresInNoise(steps=3).epoch(0).filter(lambda *batch: True)
    options = {"epochs": 2, "verbose": 0, "loss": losses.CrossEntropy()}
    with pytest.raises(ArgumentError, match=r"has 3 batches.*steps_per_epoch=5"):
        training.fit(small_net(), data, optimizer="sgd", steps_per_epoch=5, **options)


class Code(keras.Model):
    """A net whose graph nobody knows before it is called."""

    def __init__(self):
        super().__init__()
        self.scores = keras.layers.Conv2D(2, 3, padding="same")

    def call(self, images):
        return self.scores(images)


def at_once():
    """A net that takes two steps of the three at once."""
    net = small_net()
    net.compile("sgd", losses.CrossEntropy(), steps_per_execution=2)
    return net


def for_grey_images():
    net = zoo.UNet((None, None, 1), 2, padding="same", base_filters=2, depth=1)
    net.compile("sgd", losses.CrossEntropy())
    return net


def without_input():
    return keras.Sequential([keras.layers.Conv2D(2, 3, padding="same")])


@pytest.mark.parametrize("kind", [Code, without_input])
def test_nets_without_weights_are_built_for_the_data(tmp_path, kind):
    options = {"loss": losses.CrossEntropy(from_logits=True), "metrics": None}
    trained, _ = run(tmp_path / "run", kind(), epochs=1, **options)
    again, history = run(tmp_path / "run", kind(), epochs=1, resume=True, **options)
    assert history.epoch == [0]
    assert outcome(again) == outcome(trained)
    assert trained.count_params() == 3 * 3 * 3 * 2 + 2


def test_nothing_is_warned_of(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        run(tmp_path / "run", epochs=1)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"epochs": None}, "epochs=None, steps=None"),
        ({"steps": 3}, "epochs=2, steps=3"),
        ({"epochs": 0}, "epochs=0"),
        ({"optimizer": None}, "optimizer=None"),
        ({"monitor": "val_meaniou"}, "monitor='val_meaniou'"),
        ({"resume": True, "overwrite": True}, "resume=True, overwrite=True"),
    ],
)
def test_bad_arguments_are_refused(tmp_path, options, words):
    with pytest.raises(ArgumentError, match=f"Received: .*{words}"):
        run(tmp_path / "run", **options)


def test_weights_without_a_loss_are_refused():
    net = small_net()
    net.compile("sgd", losses.CrossEntropy())  # whose weights are 1
    with pytest.raises(ArgumentError, match=r"loss_weights=\[0.0\], loss=None"):
        training.fit(net, SquaresInNoise(), epochs=1, loss_weights=[0.0], verbose=0)


@pytest.mark.parametrize("option", ["resume", "overwrite"])
def test_what_needs_a_folder_is_refused_without(option):
    with pytest.raises(ArgumentError, match=f"run_dir=None.*{option}=True"):
        run(None, **{option: True})


@pytest.mark.parametrize(
    "bad",
    [
        {"keep": 0},
        {"early_stopping": 0},
        {"early_stopping": "3"},
        {"every_steps": 0},
        {"every_minutes": -1.0},
        {"epochs": 0},
        {"optimizer": None, "loss": None, "metrics": None},
        {"model": at_once},
        {"model": for_grey_images},
    ],
    ids=[
        "keep",
        "stop",
        "stop_text",
        "every_steps",
        "every_minutes",
        "epochs",
        "compile",
        "at_once",
        "channels",
    ],
)
def test_nothing_is_cleared_before_all_else_is_right(tmp_path, bad):
    folder = tmp_path / "run"
    RunFolder(folder).write_versions()
    (folder / "last.keras").write_text("trained for weeks")
    if callable(bad.get("model")):
        options = {"optimizer": None, "loss": None, "metrics": None}
        bad = {"model": bad["model"](), **options}
    with pytest.raises(ArgumentError):
        run(folder, overwrite=True, **bad)
    assert (folder / "last.keras").read_text() == "trained for weeks"
