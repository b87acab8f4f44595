"""Files that would do harm are refused, by the function and by every command."""

import numpy as np
import pytest
from checks.commands import run_command
from checks.payloads import PAYLOADS, Payloads
from PIL import Image

import kerasseg
from kerasseg.errors import FileError

SECRET = "the canary lives"


@pytest.fixture(scope="module")
def payloads(tmp_path_factory):
    folder = tmp_path_factory.mktemp("payloads")
    return Payloads(folder, folder / "canary.txt")


@pytest.fixture(autouse=True)
def canary(payloads):
    """Neither changed, nor read, nor anything put beside it."""
    payloads.canary.write_text(SECRET)
    yield
    assert payloads.canary.read_text() == SECRET
    assert not list(payloads.folder.parent.glob("canary*"))


def test_the_classifier_itself_loads(payloads):
    """Else nothing below would mean anything."""
    for ending in ("keras", "h5"):
        model = kerasseg.load_model(payloads.folder / f"classifier.{ending}")
        assert model.output_shape == (None, 2)


@pytest.mark.parametrize("name", PAYLOADS)
def test_is_refused(payloads, name):
    path = payloads.write(name)
    with pytest.raises(FileError) as refused:
        kerasseg.load_model(path)
    assert str(refused.value).startswith(f"{path}: ")
    assert SECRET not in str(refused.value)
    assert "no such file" not in str(refused.value)


@pytest.fixture(scope="module")
def photo(payloads):
    path = payloads.folder / "photo.png"
    Image.fromarray(np.zeros((8, 8), np.uint8)).save(path)
    return path


@pytest.fixture(scope="module")
def data(payloads):
    folder = payloads.folder / "data"
    for name in ("images", "masks"):
        (folder / name).mkdir(parents=True)
        Image.fromarray(np.zeros((8, 8), np.uint8)).save(folder / name / "a.png")
    return folder


@pytest.mark.parametrize(
    "command", ["info", "convert", "heatmap", "predict", "evaluate", "export"]
)
def test_every_command_refuses(capsys, payloads, photo, data, tmp_path, command):
    out = tmp_path / ("out.keras" if command == "convert" else "out")
    for name in PAYLOADS:
        path = payloads.write(name)
        rest = {
            "info": [],
            "convert": [out],
            "heatmap": [photo, "-o", out],
            "predict": [photo, "-o", out],
            "evaluate": [data, "-o", out],
            "export": [out],
        }[command]
        result = run_command(capsys, command, path, *rest)
        assert result.code == 1, f"{name}: {result}"
        assert str(path) in result.err and SECRET not in result.err, name
        assert "Error:" not in result.err, f"{name}: {result.err}"
        assert len(result.err.strip().splitlines()) == 1, f"{name}: {result.err}"
        assert not out.exists(), name
