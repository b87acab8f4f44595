import argparse

import pytest

from kerasseg.cli.training_note import note_training


def note(capsys, model, scale=None, preprocess="auto", mode="unit"):
    options = argparse.Namespace(
        command="predict", model=str(model), scale=scale, preprocess=preprocess
    )
    note_training(options, mode)
    out, err = capsys.readouterr()
    assert out == ""
    return err


@pytest.fixture
def run(tmp_path):
    (tmp_path / "config.toml").write_text('scale = 0.5\npreprocess = "tf"\n')
    return tmp_path


def test_options_of_the_training_are_told(capsys, run):
    told = note(capsys, run / "best.keras")
    assert told == (
        f"kerasseg predict: note: {run / 'config.toml'}: the net was trained with "
        "--scale 0.5 --preprocess tf; pass the same here\n"
    )


def test_what_is_the_same_is_not_told(capsys, run):
    model = run / "best.keras"
    assert "--scale" not in note(capsys, model, scale=0.5)
    assert "--preprocess" not in note(capsys, model, mode="tf")
    (run / "config.toml").write_text('scale = 1.0\npreprocess = "unit"\n')
    assert note(capsys, model) == ""
    assert note(capsys, model, scale=1.0, preprocess="unit") == ""


def test_what_was_said_and_differs_is_told(capsys, run):
    model = run / "best.keras"
    assert "--scale 0.5 --preprocess tf" in note(capsys, model, 1.0, "unit")
    told = note(capsys, model, 0.25, "caffe", "caffe")
    assert "--scale 0.5 --preprocess tf" in told
    (run / "config.toml").write_text("scale = 1.0\n")
    assert "--scale 1.0;" in note(capsys, model, scale=0.5)


def test_the_scale_is_told_to_the_last_digit(capsys, run):
    (run / "config.toml").write_text("scale = 0.33333333\n")
    assert "--scale 0.33333333;" in note(capsys, run / "best.keras", scale=0.333333)


def test_a_stage_lies_one_folder_deeper(capsys, run):
    stage = run / "fcn32s" / "best.keras"
    stage.parent.mkdir()
    assert note(capsys, stage) == ""
    with (run / "config.toml").open("a") as file:
        file.write("staged = true\n")
    assert "--scale 0.5" in note(capsys, stage)


@pytest.mark.parametrize("text", ["", "scale = 'large'", "port = 80", "scale = = 3"])
def test_settings_of_other_programs_are_no_matter(capsys, run, text):
    (run / "config.toml").write_text(text)
    assert note(capsys, run / "best.keras") == ""
