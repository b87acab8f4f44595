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


def test_what_was_said_or_is_the_same_is_not_told(capsys, run):
    model = run / "best.keras"
    assert "--scale" not in note(capsys, model, scale=1.0)
    assert "--preprocess" not in note(capsys, model, preprocess="unit")
    assert "--preprocess" not in note(capsys, model, mode="tf")
    assert note(capsys, model, scale=0.25, preprocess="caffe") == ""
    (run / "config.toml").write_text('scale = 1.0\npreprocess = "unit"\n')
    assert note(capsys, model) == ""


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
