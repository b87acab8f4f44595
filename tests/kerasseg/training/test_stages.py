import shutil

import keras
import numpy as np
import pytest
from checks.cut_runs import Cut, CutAt, cut
from checks.training_runs import SquaresInNoise, outcome

import zoo
from kerasseg import losses, metrics
from kerasseg.errors import ArgumentError, FileError
from kerasseg.training import RunFolder
from kerasseg.training.stages import Stage, fit_stages


def net(name, layers):
    """A small one, whose weights are drawn when it is built."""
    image = y = keras.Input((None, None, 3))
    for _ in range(layers):
        y = keras.layers.Conv2D(3, 3, padding="same")(y)
        y = keras.layers.Dropout(0.3, seed=1)(y)
    return keras.Model(image, keras.layers.Conv2D(2, 1)(y), name=name)


def stages():
    return [
        Stage(name, lambda n=number, name=name: net(name, n), small_steps)
        for number, name in enumerate(("first", "second"), start=1)
    ]


def small_steps():
    return keras.optimizers.Adam(0.01)


def move_first_layer(old, new):
    new.layers[1].set_weights(old.layers[1].get_weights())


def fit(folder, seed=0, stages=stages, **options):
    keras.utils.set_random_seed(seed)
    options = {"loss": losses.CrossEntropy(from_logits=True), "epochs": 1} | options
    return fit_stages(
        stages(),
        SquaresInNoise(steps=2, size=8),
        move_weights=move_first_layer,
        metrics=lambda: [metrics.PixelAccuracy(2)],
        run_dir=folder,
        verbose=0,
        **options,
    )


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """The folder of a run of two stages, and its outcome."""
    folder = tmp_path_factory.mktemp("whole")
    return folder, outcome(fit(folder))


def copy_of(run, folder):
    return shutil.copytree(run, folder)


def epochs_in(stage):
    return len((stage / "history.csv").read_text().splitlines()) - 1


def test_each_stage_begins_with_the_weights_of_the_one_before(tmp_path):
    small = {"classes": 2, "base_filters": 2, "hidden_units": 4, "variant": "same"}
    builders = ("fcn32s", zoo.FCN32s), ("fcn16s", zoo.FCN16s)
    moved = []

    def move(old, new):
        moved.append((old.name, new.name))
        return zoo.fcn.move_weights(old, new)

    keras.utils.set_random_seed(0)
    model = fit_stages(
        [
            Stage(name, lambda build=build: build(**small), small_steps)
            for name, build in builders
        ],
        SquaresInNoise(steps=1, size=32),
        move_weights=move,
        loss=losses.CrossEntropy(),
        epochs=1,
        verbose=0,
    )
    assert moved == [("fcn32s", "fcn16s")]
    assert model.name == "fcn16s"
    assert np.abs(model.get_layer("score_fr").get_weights()[0]).max() > 0


@pytest.mark.parametrize(
    ("event", "count"),
    [
        ("on_train_batch_end", 2),  # within stage 1, the first step of which is saved
        ("on_train_begin", 2),  # between the last checkpoint of 1 and the first of 2
        ("on_train_batch_end", 4),  # within stage 2
    ],
)
def test_a_resumed_run_goes_on_in_its_stage(trained, tmp_path, event, count):
    with pytest.raises(Cut):
        fit(tmp_path, every_steps=1, callbacks=[CutAt(event, count, cut)])
    assert (tmp_path / "second" / "checkpoints").exists() == (count == 4)
    assert outcome(fit(tmp_path, resume=True, every_steps=1)) == trained[1]
    assert {path.name for path in tmp_path.iterdir()} == {"first", "second"}


def test_stages_that_others_followed_stay(trained, tmp_path):
    run = copy_of(trained[0], tmp_path / "run")
    before = (run / "first" / "last.keras").read_bytes()
    model = fit(run, resume=True, epochs=2)
    assert model.name == "second"
    assert int(model.optimizer.iterations) == 2 * 2
    assert (epochs_in(run / "first"), epochs_in(run / "second")) == (1, 2)
    assert (run / "first" / "last.keras").read_bytes() == before


def test_no_stage_of_an_old_run_is_taken_for_one_of_the_new(trained, tmp_path):
    run = copy_of(trained[0], tmp_path / "run")
    (run / "second" / "notes.txt").write_text("mine")
    with pytest.raises(Cut):
        stop = CutAt("on_train_batch_end", 2, cut)
        fit(run, seed=7, overwrite=True, every_steps=1, callbacks=[stop])
    assert (run / "second" / "notes.txt").exists()
    new = outcome(fit(run, seed=7, resume=True, every_steps=1))
    assert new == outcome(fit(tmp_path / "new", seed=7))
    assert new["weights"] != trained[1]["weights"]


def test_a_clearing_that_is_cut_off_leaves_the_stages_before(
    trained, tmp_path, monkeypatch
):
    run = copy_of(trained[0], tmp_path / "run")
    checkpoints = list((run / "first" / "checkpoints").iterdir())
    cleared = []

    def clear_and_cut(path):
        cleared.append(path.name)
        raise Cut

    monkeypatch.setattr("kerasseg.training.run_folder.clear_run", clear_and_cut)
    with pytest.raises(Cut):
        fit(run, overwrite=True)
    assert cleared == ["second"]
    assert all(path.exists() for path in checkpoints)


def grey_stages():
    """Nets for other images."""
    image = keras.Input((None, None, 1))
    grey = keras.Model(image, keras.layers.Conv2D(2, 1)(image))
    return [Stage(stage.name, lambda: grey, small_steps) for stage in stages()]


@pytest.mark.parametrize(
    "bad",
    [
        {"loss": None},
        {"epochs": 0},
        {"keep": 0},
        {"early_stopping": 0},
        {"resume": True},
        {"callback": []},
        {"stages": grey_stages, "loss": "mse"},
    ],
    ids=lambda bad: next(iter(bad)),
)
def test_nothing_is_cleared_before_all_else_is_right(tmp_path, bad):
    for name in ("first", "second"):
        run = RunFolder(tmp_path / name)
        run.write_text("last.keras", "trained for weeks")
    with pytest.raises((ArgumentError, TypeError)):
        fit(tmp_path, overwrite=True, **bad)
    for name in ("first", "second"):
        assert (tmp_path / name / "last.keras").exists()


@pytest.mark.parametrize(
    ("option", "words"),
    [({}, "is not empty"), ({"overwrite": True}, "so nothing is removed")],
)
def test_all_folders_are_checked_before_the_first_net_is_built(tmp_path, option, words):
    RunFolder(tmp_path / "first")  # as good as empty
    (tmp_path / "second").mkdir()
    (tmp_path / "second" / "last.keras").write_text("of no run")
    never = [Stage(name, None, None) for name in ("first", "second")]
    with pytest.raises(FileError, match=f"second.*{words}"):
        fit(tmp_path, stages=lambda: never, **option)


def test_bad_stages_are_refused():
    for bad in ([], stages() * 2):
        with pytest.raises(ArgumentError, match="stages must be one or more"):
            fit_stages(bad, None, move_weights=None)
