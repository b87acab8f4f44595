import json

import keras
import numpy as np
import pytest
from checks.commands import check_refused, run_command
from PIL import Image

import kerasseg


@pytest.fixture(autouse=True)
def only_tensorflow(tensorflow):
    """Exports are written by the TensorFlow backend."""


@pytest.fixture
def net(models, tmp_path):
    fcn = kerasseg.convert_to_fcn(keras.saving.load_model(models / "classifier.keras"))
    fcn.save(tmp_path / "net.keras")
    return tmp_path / "net.keras"


def test_writes_and_tells_the_difference(capsys, net, tmp_path, tensorflow):
    out = tmp_path / "served"
    (tmp_path / "names.txt").write_text("cat\ndog\nbird\n")
    result = run_command(capsys, "export", net, out, "--labels", tmp_path / "names.txt")
    assert result.code == 0
    assert f"Written: {out} (tf_saved_model" in result.out
    assert "1×32×32×3" in result.out and "1×40×36×3" in result.out
    served = tensorflow.saved_model.load(str(out))
    assert served.class_names().numpy().tolist() == [b"cat", b"dog", b"bird"]


def test_int8_by_examples_as_json(capsys, net, tmp_path, photo):
    out = tmp_path / "net.tflite"
    arguments = ["export", net, out, "--quantize", "int8", "--examples", photo]
    facts = run_command(capsys, *arguments, "--json", "--size", "20x30").json
    assert facts["format"] == "litert" and facts["path"] == str(out)
    assert list(facts["differences"]) == ["1×20×30×3"]
    assert 0 < facts["differences"]["1×20×30×3"] <= facts["tolerance"] == 0.1
    assert 0 <= facts["changed_classes"] < 0.5
    assert out.read_bytes()[4:8] == b"TFL3"


def test_preprocessing_goes_into_the_masks(capsys, net, tmp_path, tensorflow):
    run_command(capsys, "export", net, tmp_path / "out", "--preprocess", "tf")
    facts = json.loads((tmp_path / "out/assets.extra/kerasseg.json").read_text())
    assert facts["preprocess"] == "tf"


def test_a_difference_over_the_tolerance_fails_and_writes_nothing(
    capsys, net, tmp_path
):
    out = tmp_path / "net.tflite"
    arguments = ("--quantize", "float16", "--tolerance", "1e-9")
    result = run_command(capsys, "export", net, out, *arguments)
    check_refused(result, "tolerance of 1.0e-09", "nothing was written")
    assert not out.exists()


def test_an_existing_file_is_kept(capsys, net, tmp_path):
    out = tmp_path / "net.tflite"
    out.write_text("mine")
    check_refused(run_command(capsys, "export", net, out), out, "--overwrite")
    assert out.read_text() == "mine"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["net.pb"], ".pb tells no format"),
        (["net.onx"], "Did you mean .onnx?"),
        (["net.tflite", "--quantize", "int8"], "--examples"),
        (["net.tflite", "--examples", "photo.png"], "--examples"),
    ],
)
def test_wrong_usage(capsys, net, tmp_path, arguments, message):
    result = run_command(capsys, "export", net, tmp_path / arguments[0], *arguments[1:])
    check_refused(result, message, code=2)


def test_an_example_that_is_no_image_is_named(capsys, net, tmp_path):
    bad = tmp_path / "bad.png"
    bad.write_text("no image")
    out = tmp_path / "net.tflite"
    arguments = ("--quantize", "int8", "--examples", bad)
    check_refused(run_command(capsys, "export", net, out, *arguments), bad)
    assert not out.exists()


def test_examples_may_be_grey(capsys, net, tmp_path):
    Image.fromarray(np.eye(24, dtype="uint8") * 255).save(tmp_path / "grey.png")
    out = tmp_path / "net.tflite"
    arguments = ("--quantize", "int8", "--examples", tmp_path / "grey.png")
    result = run_command(capsys, "export", net, out, *arguments)
    assert result.code == 0
    assert "On the examples, 16 at most, " in result.out
    assert "% of the classes are others than the model's" in result.out
