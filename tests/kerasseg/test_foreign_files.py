import os

import pytest

import kerasseg
from kerasseg.errors import FileError


@pytest.mark.parametrize(
    ("name", "start", "reason"),
    [
        ("model.h5", b"", "is empty"),
        ("model.h5", b"version https://git-lfs.github.com/spec/v1\n", "Git LFS"),
        ("model.h5", b"<!DOCTYPE html><html></html>", "web page"),
        ("model.h5", b"just words", "not a Keras model"),
        ("model.keras", b"PK\x03\x04 and no more", "cut off"),
        ("model.tflite", b"\x1c\0\0\0TFL3" + bytes(50), "TensorFlow Lite"),
        ("model.pb", b"\x08\x01\x12\xf3", "graph of TensorFlow"),
        ("model.onnx", b"\x08\x07\x12\x07pytorch", "ONNX"),
        ("model.pkl", b"\x80\x04\x95\x10", "pickle"),
        ("model.pkl", b"\x80", "not a Keras model"),
        ("model.json", b'{"class_name": "Sequential"}', "its architecture"),
        ("model.mat", b"MATLAB 7.3 MAT-file", "MATLAB"),
        ("model.index", b"xxxx", "checkpoint"),
        ("yolo.weights", b"\0\0\0\0\2\0\0\0", "Darknet"),
    ],
)
def test_files_are_called_what_they_are(tmp_path, name, start, reason):
    (tmp_path / name).write_bytes(start)
    with pytest.raises(FileError, match=reason) as caught:
        kerasseg.load_model(tmp_path / name)
    assert str(caught.value).startswith(str(tmp_path / name))
    assert "\n" not in str(caught.value)


def test_folders_are_called_what_they_are(tmp_path):
    with pytest.raises(FileError, match="is a folder"):
        kerasseg.load_model(tmp_path)
    (tmp_path / "saved_model.pb").write_bytes(b"graph")
    with pytest.raises(FileError, match="SavedModel"):
        kerasseg.load_model(tmp_path)


def test_pipes_and_devices_are_called_what_they_are(tmp_path):
    os.mkfifo(tmp_path / "pipe.keras")
    for path in (tmp_path / "pipe.keras", "/dev/zero"):
        with pytest.raises(FileError, match="is a pipe or a device"):
            kerasseg.load_model(path)


def test_the_name_of_a_checkpoint_is_no_missing_file(tmp_path):
    (tmp_path / "weights.index").write_bytes(b"xxxx")
    with pytest.raises(FileError, match="weights: is a checkpoint of TensorFlow"):
        kerasseg.load_model(tmp_path / "weights")
    with pytest.raises(FileError, match="no such file"):
        kerasseg.load_model(tmp_path / "others")
