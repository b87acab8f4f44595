import json
import os
import signal
import subprocess
import sys
import time
import tomllib

import keras
import numpy as np
import pytest
from checks.commands import check_refused, run_command
from PIL import Image

from kerasseg.cli import train_settings
from kerasseg.cli.predict_palette import read_palette
from kerasseg.cli.train_config import config_text, read_config
from kerasseg.errors import FileError, UsageError
from kerasseg.files import load_model
from kerasseg.training import RunFolder

SMALL = ["--model", "UNet", "--option", "padding='same'", "--option", "base_filters=2"]
SMALL += ["--option", "depth=1", "--batch-size", "2", "--learning-rate", "0.01"]


@pytest.fixture(scope="session")
def squares(tmp_path_factory):
    """A data set of eight photos with a bright square each."""
    folder = tmp_path_factory.mktemp("squares")
    random = np.random.default_rng(0)
    for name in ("images", "masks"):
        (folder / name).mkdir()
    for index in range(8):
        image = random.integers(0, 120, (16, 20, 3), np.uint8)
        mask = np.zeros((16, 20), np.uint8)
        y, x = random.integers(0, 8, 2)
        image[y : y + 8, x : x + 8] += 120
        mask[y : y + 8, x : x + 8] = 1
        Image.fromarray(image).save(folder / "images" / f"{index}.png")
        Image.fromarray(mask).save(folder / "masks" / f"{index}.png")
    (folder / "classes.txt").write_text("ground\nsquare\n")
    return folder


def test_a_net_is_trained_and_recorded(capsys, squares, tmp_path):
    run = tmp_path / "run"
    arguments = [squares, "-o", run, *SMALL, "--class-weight", "median_frequency"]
    result = run_command(capsys, "train", *arguments, "--epochs", 2, "--json")
    assert result.code == 0, result.err
    assert result.json["epochs"] == 2
    assert result.json["best"]["monitor"] == "val_mean_iou"
    # No bar without a terminal, but where to look.
    history = run / "history.csv"
    assert result.err == f"{history} tells how far the run is, a line an epoch.\n"
    assert len(history.read_text().splitlines()) == 1 + 2
    model = load_model(run / "best.keras")
    assert model.output_shape == (None, None, None, 2)
    config = tomllib.loads((run / "config.toml").read_text())
    assert config["option"] == {"padding": "same", "base_filters": 2, "depth": 1}
    assert (run / "classes.txt").read_text() == "ground\nsquare\n"
    assert (run / "colors.txt").read_text() == "0 0 0 ground\n128 0 0 square\n"
    assert read_palette(run / "colors.txt", 2).tolist() == [[0, 0, 0], [128, 0, 0]]
    again = run_command(capsys, "train", *arguments)
    check_refused(again, run, "is not empty", "--resume", "--overwrite")
    other = run_command(capsys, "train", *arguments, "--resume", "--seed", 4)
    check_refused(other, "--seed 4", "0", code=2)
    longer = ["-o", run, "--resume", "--epochs", 3, "--json"]
    assert run_command(capsys, "train", *longer).json["epochs"] == 3


def test_the_same_settings_from_a_file(capsys, squares, tmp_path):
    file = tmp_path / "settings.toml"
    file.write_text(
        f'data = "{squares}"\nmodel = "SegNetBasic"\noption = {{ base_filters = 2 }}\n'
        "batch_size = 4\nsteps = 2\ncrop = [16, 16]\noptimizer = 'segnet'\n"
        "refresh_statistics = true\nloss = 'cross_entropy_and_dice'\nscale = 0.5\n"
        "sample_pixels = 0.5\nvalidation = 0.25\nmixed_precision = true\n"
        "crop = 8\nschedule = 'polynomial'\nfreeze = ['block1_*']\n"
    )
    file.write_text(file.read_text().replace("crop = [16, 16]\n", ""))
    run = tmp_path / "run"
    result = run_command(capsys, "train", "-o", run, "--config", file)
    assert result.code == 0, result.err
    best, where = result.out.splitlines()
    assert best.startswith("Best: epoch 1 of 1, val_mean_iou 0.")
    assert best.endswith(f" → {run / 'best.keras'}")
    assert where.startswith(f"The run is in {run} after ")
    statistics = [
        load_model(run / f"{name}.keras").get_layer("block2_bn1").get_weights()[2]
        for name in ("best", "best_refreshed")
    ]
    assert not np.array_equal(*statistics)


def test_fcns_are_trained_in_stages(capsys, squares, tmp_path):
    small = ["--option", "base_filters=2", "--option", "hidden_units=4"]
    arguments = [squares, "-o", tmp_path / "run", "--model", "FCN16s", *small]
    arguments += ["--option", "variant='same'", "--steps", 1, "--staged"]
    arguments += ["--batch-size", 2]
    result = run_command(capsys, "train", *arguments)
    assert result.code == 0, result.err
    run = tmp_path / "run"
    assert load_model(run / "fcn16s" / "last.keras").name == "fcn16s"
    assert result.out.startswith("Best: epoch 1 of 1, val_mean_iou")
    assert f"→ {run / 'fcn16s' / 'best.keras'}\n" in result.out
    told = result.err.split(" tells how far")[0]
    assert told == str(run / "fcn32s" / "history.csv")
    assert (run / "fcn32s" / "history.csv").exists()
    longer = run_command(capsys, "train", "-o", run, "--resume", "--steps", 2)
    assert longer.code == 0, longer.err
    assert longer.err.startswith(str(run / "fcn16s" / "history.csv"))
    for name, steps in (("fcn32s", 1), ("fcn16s", 2)):  # that trained on the other
        newest = max((run / name / "checkpoints").glob("step-*.npz"))
        assert newest.name == f"step-{steps:010d}.npz"


def test_stages_begin_anew_or_go_on(capsys, squares, tmp_path):
    run = tmp_path / "run"
    small = ["--option", "base_filters=2", "--option", "hidden_units=4"]
    arguments = ["-o", run, "--model", "FCN16s", *small, "--steps", 1, "--staged"]
    arguments += ["--option", "variant='same'", "--optimizer", "sgd"]

    def trained(*more):
        result = run_command(capsys, "train", squares, *arguments, *more)
        assert result.code == 0, result.err
        told = result.err.split(" tells how far")[0]
        return told, load_model(run / "fcn32s" / "last.keras").get_weights()

    told, before = trained("--learning-rate", 0.01)
    assert told == str(run / "fcn32s" / "history.csv")
    (run / "fcn8s").mkdir()  # of an FCN8s that was here once
    RunFolder(run / "fcn8s").write_versions()
    (run / "fcn8s" / "last.keras").write_bytes(b"an old net")
    (run / "fcn32s" / "notes.txt").write_text("mine")
    (run / "fcn16s" / "best_refreshed.keras").write_bytes(b"an old net")
    told, after = trained("--learning-rate", 0.3, "--overwrite")
    assert told == str(run / "fcn32s" / "history.csv")
    pairs = list(zip(before, after, strict=True))
    assert any(not np.array_equal(old, new) for old, new in pairs)
    assert not (run / "fcn8s").exists()
    assert not (run / "fcn16s" / "best_refreshed.keras").exists()
    assert (run / "fcn32s" / "notes.txt").exists()
    for checkpoint in (run / "fcn16s" / "checkpoints").iterdir():
        checkpoint.unlink()
    told, same = trained("--resume")
    assert told == str(run / "fcn16s" / "history.csv")
    for old, new in zip(after, same, strict=True):
        np.testing.assert_array_equal(old, new)


def test_a_training_whose_loss_is_no_number_says_since_when(capsys, squares, tmp_path):
    arguments = [squares, "-o", tmp_path / "run", *SMALL, "--steps", 2]
    arguments += ["--monitor", "loss", "--optimizer", "sgd", "--learning-rate", "1e38"]
    result = run_command(capsys, "train", *arguments)
    assert result.code == 1, result.err
    assert "no number (NaN) in epoch 1, step 2" in result.err
    assert result.out == ""
    assert not (tmp_path / "run" / "best.keras").exists()


def test_a_dry_run_prints_the_plan_and_draws_a_batch(capsys, squares, tmp_path):
    tmp_path /= "new"  # which the training would make
    arguments = [squares, "-o", tmp_path / "run", *SMALL, "--epochs", 3, "--dry-run"]
    result = run_command(capsys, "train", *arguments, "--json")
    facts = result.json
    assert facts["images"] == {"train": 6, "validation": 2}
    assert facts["batch"] == [[2, 16, 20, 3], [2, 16, 20]]
    assert facts["scores"] == [[2, 16, 20, 2]]
    assert (facts["steps_per_epoch"], facts["steps"]) == (3, 9)
    assert facts["parameters"] == facts["trainable"] > 100
    assert 0 < facts["memory_mb"] < 10
    with Image.open(tmp_path / "run-batch.png") as picture:
        assert np.asarray(picture).std() > 10
    assert not (tmp_path / "run").exists()
    check_refused(run_command(capsys, "train", *arguments), "exists already")
    text = run_command(capsys, "train", *arguments, "--overwrite").out
    assert "images 2×16×20×3, masks 2×16×20" in text
    assert f"read as: {facts['format']}\n" in text
    assert facts["format"] == "folders"


def test_sigterm_exits_with_75_and_the_run_goes_on(capsys, squares, tmp_path):
    run = tmp_path / "run"
    arguments = ["train", squares, "-o", run, *SMALL, "--epochs", 4000]
    process = subprocess.Popen(
        [sys.executable, "-m", "kerasseg", *map(str, arguments), "--every-steps", "1"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stderr=subprocess.PIPE,
        text=True,
    )
    while process.poll() is None and not list(run.glob("checkpoints/step-*.npz")):
        time.sleep(0.01)
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=300)
    assert process.returncode == 75, errors
    assert "SIGTERM: the run was saved as" in errors
    steps = max(int(p.stem[5:]) for p in run.glob("checkpoints/step-*.npz"))
    epochs = steps // 3 + 1
    result = run_command(
        capsys, "train", "-o", run, "--resume", "--epochs", epochs, "--json"
    )
    assert result.json["epochs"] == epochs


@pytest.mark.parametrize(
    ("arguments", "words", "code"),
    [
        ([], ["DATASET is missing"], 2),
        (["{squares}"], ["--model is missing"], 2),
        (["{squares}", "--model", "SegNut"], ["SegNut", "Did you mean SegNet?"], 2),
        (["{squares}", "--model", "unet"], ["unet", "Did you mean UNet?"], 2),
        (["{squares}", "--model", "LeNet5"], ["LeNet5", "map; take one of", "UNet"], 2),
        (
            ["{squares}", *SMALL, "--option", "dept=2"],
            ["dept", "Did you mean depth?"],
            2,
        ),
        (["{squares}", *SMALL, "--epochs", "1", "--steps", "2"], ["cannot both"], 2),
        (["{squares}", *SMALL, "--validation", "2"], ["--validation 2"], 2),
        (["{squares}", *SMALL, "--validation", "Non"], ["Did you mean none?"], 2),
        (
            ["{squares}", *SMALL, "--format", "Folder"],
            ["--format", "Did you mean folders?"],
            2,
        ),
        (["{squares}", *SMALL, "--split", "dusk"], ["split", "dusk"], 2),
        (["{squares}", *SMALL, "--scale", "200"], ["--scale 200", "at most 100"], 2),
        (["{squares}", *SMALL, "--scale", "0"], ["--scale 0", "above 0"], 2),
        (["{squares}", *SMALL, "--scale", "nan"], ["--scale nan", "above 0"], 2),
        (["{squares}", *SMALL, "--staged"], ["--staged", "FCN8s"], 2),
        (["--learning-rate", "0"], ["--learning-rate: must be a number above 0"], 2),
        (["--clip-norm", "-1"], ["--clip-norm: must be a number above 0"], 2),
        (["--weight-decay", "-1"], ["--weight-decay: must be a number from 0"], 2),
        (["--power", "-1"], ["--power: must be a number above 0"], 2),
        (["--momentum", "2"], ["--momentum: must be a number from 0 to below 1"], 2),
        (["--early-stopping", "-1"], ["--early-stopping: must be a whole number"], 2),
        (["--seed", "-1"], ["--seed: must be a whole number from 0 to"], 2),
        (["--devices", "0"], ["--devices: must be a whole number from 1"], 2),
        (["--keep", "0"], ["--keep: must be a whole number from 1"], 2),
        (["--epochs", "0"], ["--epochs: must be a whole number from 1"], 2),
        (["{squares}", *SMALL, "--resume", "--overwrite"], ["cannot both"], 2),
        (["nowhere", *SMALL], ["nowhere"], 1),
        (["nowhere", "--model", "Unet"], ["Did you mean UNet?"], 2),
        (["{squares}", "--model", "no.keras"], ["no.keras: no such file"], 1),
        (["--config", "none.toml"], ["none.toml: no such file"], 1),
        (["--config", "a.toml"], ["a.toml: there is no setting modle", "model?"], 2),
        (["--config", "b.toml"], ["b.toml: loss must be cross_entropy or", "dice?"], 2),
        (["--config", "c.toml"], ["c.toml: epochs must be int. Received: '3'"], 2),
        (["--config", "d.toml"], ["d.toml: cannot be read"], 1),
        (["--config", "e.toml"], ["e.toml: momentum must be a number from 0 to b"], 2),
    ],
)
def test_faults_are_told_in_one_line(
    capsys, monkeypatch, squares, tmp_path, arguments, words, code
):
    monkeypatch.chdir(tmp_path)
    for name, text in {
        "a": 'modle = "UNet"',
        "b": 'loss = "dise"',
        "c": 'epochs = "3"',
        "d": "epochs = = 3",
        "e": "momentum = 2",
    }.items():
        (tmp_path / f"{name}.toml").write_text(text)
    arguments = [a.format(squares=squares) for a in arguments]
    result = run_command(capsys, "train", *arguments, "-o", "run")
    check_refused(result, *words, code=code)
    assert not (tmp_path / "run").exists()


@pytest.fixture
def old_run(tmp_path):
    """The folder of a run that was."""
    run = RunFolder(tmp_path / "run")
    run.write_versions()
    run.write_text("last.keras", "an old run's")
    (run / "checkpoints").mkdir()
    return run.path


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def saved_head(path, channels, classes):
    """The file of a net without BatchNormalization."""
    softmax = keras.layers.Conv2D(classes, 1, activation="softmax")
    net = keras.Sequential([keras.Input((None, None, channels)), softmax])
    net.save(path)
    return path


@pytest.fixture(scope="session")
def five_classes(tmp_path_factory):
    """A file of a net for other data."""
    return saved_head(tmp_path_factory.mktemp("models") / "five.keras", 3, 5)


@pytest.fixture(scope="session")
def grey(tmp_path_factory):
    """A file of a net for images of one channel."""
    return saved_head(tmp_path_factory.mktemp("models") / "grey.keras", 1, 2)


SMALL_FCN = ["--option", "base_filters=2", "--option", "hidden_units=4"]
REFUSED = [
    (["--model", "UNet", "--option", "padding=valid"], ["takes no images of", "same"]),
    (["--model", "{five}"], ["five.keras: gives scores of 5 classes", "ground, squ"]),
    (["--model", "{five}", "--weights", "nowhere.h5"], ["--weights: is for build"]),
    (["--model", "{five}", "--encoder", "Nothing"], ["--encoder: is for build"]),
    (["--model", "{five}", "--encoder-weights", "x"], ["--encoder-weights: is for"]),
    (["--model", "{five}", "--option", "depth=99"], ["--option: is for", "five.keras"]),
    (["--model", "{five}", "--mixed-precision"], ["--mixed-precision: is for", "five"]),
    ([*SMALL, "--option", "classes=3"], ["3 classes, and", "has 2: ground, square"]),
    ([*SMALL, "--refresh-statistics"], ["--refresh-statistics: UNet has no Batch"]),
    ([*SMALL, "--staged"], ["--staged", "FCN8s"]),
    (
        ["--model", "FCN16s", "--staged", "--freeze", "score_pool4*", *SMALL_FCN],
        ["No layer of 'fcn32s' has such a name", "score_pool4*"],
    ),
    (["--model", "{grey}"], ["takes images of H×W×1", "data have H×W×3"]),
    ([*SMALL, "--monitor", "val_meaniou"], ["monitor", "Did you mean val_mean_iou?"]),
    ([*SMALL, "--monitor", "val_loss", "--validation", "none"], ["one of loss, pix"]),
    ([*SMALL, "--momentum", "0.5"], ["momentum goes with", "not with adam"]),
    ([*SMALL, "--steps", "3", "--warmup-steps", "4"], ["warmup_steps"]),
]


@pytest.mark.parametrize("dry", [False, True])
@pytest.mark.parametrize(("wrong", "words"), REFUSED)
def test_what_is_refused_leaves_the_old_run(
    capsys, squares, old_run, five_classes, grey, wrong, words, dry
):
    wrong = [text.format(five=five_classes, grey=grey) for text in wrong]
    more = ["--dry-run"] if dry else ["--overwrite"]
    before = names(old_run)
    result = run_command(capsys, "train", squares, "-o", old_run, *wrong, *more)
    check_refused(result, *words, code=result.code)
    assert result.code in (1, 2)
    assert names(old_run) == before
    assert names(old_run.parent) == ["run"]


def test_what_is_no_run_is_not_overwritten(capsys, squares, tmp_path):
    run = tmp_path / "run"
    (run / "fcn16s").mkdir(parents=True)
    (run / "fcn16s" / "best.keras").write_bytes(b"mine")
    small = ["--option", "base_filters=2", "--option", "hidden_units=4"]
    staged = ["--model", "FCN16s", *small, "--staged", "--overwrite"]
    result = run_command(capsys, "train", squares, "-o", run, *staged)
    check_refused(result, run / "fcn16s", "best.keras", "nothing is removed")
    (run / "logs").mkdir()
    (run / "logs" / "job.log").write_text("mine")
    result = run_command(capsys, "train", squares, "-o", run, *SMALL, "--overwrite")
    check_refused(result, run, "has logs", "nothing is removed")
    assert (run / "logs" / "job.log").exists()


def test_what_is_no_run_is_not_resumed(capsys, squares, tmp_path):
    run = tmp_path / "run"
    run.mkdir()
    mine = f'data = "{squares}"  # mine\nmodel = "UNet"\nepochs = 1\n'
    (run / "config.toml").write_text(mine)
    result = run_command(capsys, "train", "-o", run, "--resume")
    check_refused(result, run, "has config.toml", "nothing is resumed")
    assert (run / "config.toml").read_text() == mine
    assert names(run) == ["config.toml"]


def test_an_old_run_is_found_before_the_data_are_read(capsys, tmp_path):
    run = tmp_path / "run"
    run.mkdir()
    (run / "last.keras").write_bytes(b"an old run's")
    arguments = ["nowhere", "-o", run, *SMALL]
    result = run_command(capsys, "train", *arguments)
    check_refused(result, run, "is not empty", "--resume", "--overwrite")
    # A dry run writes nothing there, and goes on to the data.
    dry = run_command(capsys, "train", *arguments, "--dry-run")
    check_refused(dry, "nowhere: no such folder")


def test_settings_survive_writing(tmp_path):
    config = {s.name: s.default for s in train_settings.SETTINGS.values()}
    config |= {
        "data": 'a "b" \\ ü',
        "crop": (3, 4),
        "option": {"padding": "same", "bins": (1, (2.5, "3")), "at_once": True},
        "freeze": ["block1_*"],
        "learning_rate": 1e-10,
        "epochs": 3,
    }
    path = tmp_path / "config.toml"
    path.write_text(config_text(config), encoding="utf-8")
    found = read_config(path)
    for name, value in config.items():
        if value not in (None, {}, []):
            assert found[name] == value, name


def test_yaml_is_read_where_it_is_installed(tmp_path):
    pytest.importorskip("yaml")
    path = tmp_path / "settings.yaml"
    path.write_text("model: UNet\noption: {base_filters: 4}\nepochs: 3\n")
    assert read_config(path)["option"] == {"base_filters": 4}
    path.write_text("option: {classifier_activation: null}")
    with pytest.raises(UsageError, match="option classifier_activation: None cannot"):
        read_config(path)
    path.write_text("epochs: [")
    with pytest.raises(FileError, match="cannot be read"):
        read_config(path)
    path.write_text("just words")
    with pytest.raises(FileError, match="must hold settings"):
        read_config(path)


def test_choices_are_those_of_the_modules():
    from kerasseg.cli.train_model import _LOSSES, _segmenting_nets
    from kerasseg.data.augmentation import SETS
    from kerasseg.data.class_weights import METHODS
    from kerasseg.pixel_ranges import MODES
    from kerasseg.training.optimizers import OPTIMIZERS
    from kerasseg.training.schedules import SCHEDULES

    assert {*train_settings.LOSSES} == {*_LOSSES, "cross_entropy_and_dice"}
    assert ", ".join(_segmenting_nets()) in train_settings.SETTINGS["model"].help
    assert set(train_settings.AUGMENTATIONS) == set(SETS)
    assert set(train_settings.CLASS_WEIGHTS) == set(METHODS)
    assert train_settings.SETTINGS["preprocess"].choices == MODES
    assert set(train_settings.OPTIMIZERS) == set(OPTIMIZERS)
    assert train_settings.SCHEDULES == SCHEDULES


def test_a_table_is_needed_for_options(tmp_path):
    path = tmp_path / "a.toml"
    path.write_text("option = 3")
    with pytest.raises(UsageError, match="option must be a table"):
        read_config(path)


def test_json_of_the_saved_run_is_readable(capsys, squares, tmp_path):
    run = tmp_path / "run"
    result = run_command(capsys, "train", squares, "-o", run, *SMALL, "--steps", 1)
    assert result.code == 0, result.err
    assert json.loads((run / "metrics.json").read_text())["epochs"] == 1
