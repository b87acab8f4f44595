"""What a file is that is no Keras model, by its first bytes and its name."""

from __future__ import annotations

from pathlib import Path

_NOT_KERAS = "whose layers are not Keras's"
_BY_BYTES = (  # (place, bytes, what the file is)
    (
        0,
        b"version https://git-lfs",
        "is a pointer of Git LFS, not the model itself. Run: git lfs pull",
    ),
    (4, b"TFL3", f"is a model of TensorFlow Lite, {_NOT_KERAS}"),
    (0, b"MATLAB", "is a file of MATLAB"),
    (0, b"PK\x03\x04", "is a .keras file that was cut off, or a damaged one"),
    (0, b"\x89HDF", "is a damaged .h5 file"),
    (0, b"\x1f\x8b", "is a compressed file; unpack it first"),
)
_BY_SUFFIX = {
    ".caffemodel": f"is a model of Caffe, {_NOT_KERAS}",
    ".ckpt": "is a checkpoint of TensorFlow, which holds weights alone. Build the "
    "model in your code, load_weights() it, and save it as .keras",
    ".index": "is a checkpoint of TensorFlow, which holds weights alone. Build the "
    "model in your code, load_weights() it, and save it as .keras",
    ".mlmodel": f"is a model of Core ML, {_NOT_KERAS}",
    ".onnx": f"is a model of ONNX, {_NOT_KERAS}",
    ".pb": "is a graph of TensorFlow, which holds no Keras layers to convert",
    ".weights": f"holds weights of Darknet, {_NOT_KERAS}",
}


def what_it_is(path: Path, start: bytes) -> str:
    """Why a file is not read, as a phrase that follows its name.

    Args:
        path: The file.
        start: Its first bytes, 64 at least if it has so many.
    """
    if not start:
        return "is empty"
    for place, signature, phrase in _BY_BYTES:
        if start[place : place + len(signature)] == signature:
            return phrase
    text = start.lstrip().lower()
    if text.startswith((b"<!doctype", b"<html", b"<?xml")):
        return "is a web page, not a model: the download went wrong"
    if text.startswith((b"{", b'"{')):
        return (
            "is JSON, an architecture without its weights. Load the .h5 file with the "
            "weights, and give it this file as its architecture"
        )
    if start[:1] == b"\x80" and start[1:2] in (b"\2", b"\3", b"\4", b"\5"):
        return "is a Python pickle, which could run any code and is not read"
    return _BY_SUFFIX.get(
        path.suffix, "is not a Keras model (neither a .keras nor an .h5 file)"
    )


def what_is_missing(path: Path) -> str:
    """Why there is no file of that name."""
    if path.with_name(f"{path.name}.index").exists():
        return _BY_SUFFIX[".index"]
    return "no such file"


def what_folder_it_is(path: Path) -> str:
    """Why a folder is not read."""
    if (path / "saved_model.pb").exists():
        return (
            "is a SavedModel folder, which holds a graph of TensorFlow and no Keras "
            "layers to convert. Save the model again as one .keras or .h5 file"
        )
    if (path / "config.json").exists() and (path / "metadata.json").exists():
        return "is an unpacked .keras file; pack it into one file again"
    return "is a folder; a model is one .keras or .h5 file"
