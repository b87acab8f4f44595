from pathlib import Path

import pytest

from kerasseg.errors import ArgumentError
from kerasseg.exporters.formats import format_of

FOLDERS = ["net", "net.tf", "net.model", "net.small", "net.light", "net.x", "net.exp"]


@pytest.mark.parametrize("name", [*FOLDERS, "net.v2", "net-1.5", "net.nn", "net.final"])
def test_every_other_name_is_a_saved_model(name):
    assert format_of(Path(name)) == "tf_saved_model"


@pytest.mark.parametrize(
    ("name", "meant"),
    [("n.onx", ".onnx"), ("n.ONNX", ".onnx"), ("n.tflit", ".tflite"), ("n.xm", ".xml")],
)
def test_a_misspelt_ending_is_refused(name, meant):
    with pytest.raises(ArgumentError, match=rf"Did you mean \{meant}\? Received"):
        format_of(Path(name))


@pytest.mark.parametrize("name", ["net.h5", "net.pt", "net.tfl"])
def test_endings_of_other_files_are_refused(name):
    with pytest.raises(ArgumentError, match="tells no format"):
        format_of(Path(name))
