"""The formats, and the one that the ending of a path means."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

from kerasseg.errors import ArgumentError
from kerasseg.exporters import litert, onnx, openvino, saved_model

FORMATS = {
    "tf_saved_model": saved_model,
    "onnx": onnx,
    "litert": litert,
    "openvino": openvino,
}
_OF_SUFFIX = {writer.SUFFIX: format for format, writer in FORMATS.items()}
_OF_OTHERS = (
    *(".h5", ".hdf5", ".keras", ".lite", ".mlmodel", ".pb", ".pt", ".pth"),
    *(".tfl", ".xlm"),
)
_NEAR = 0.8  # as ".onx" is; ".tf", ".model" and ".x" are names that folders have


def format_of(path: Path) -> str:
    """The format of a file by its ending; a folder, "net" or "net.tf", a SavedModel.

    Raises:
        ArgumentError: The ending is that of a file, but of no format here.
    """
    if path.suffix in _OF_SUFFIX:
        return _OF_SUFFIX[path.suffix]
    known = list(filter(None, _OF_SUFFIX))
    meant = get_close_matches(path.suffix.lower(), known, 1, _NEAR)
    if meant or path.suffix in _OF_OTHERS:
        endings = ", ".join(known)
        advice = f" Did you mean {meant[0]}?" if meant else ""
        raise ArgumentError(
            f"path ends in {path.suffix}, which tells no format: end it in one of "
            f"{endings}, or in nothing for the folder of a SavedModel, or pass format."
            f"{advice} Received: path={str(path)!r}"
        )
    return "tf_saved_model"


def check_ending(path: Path, format: str) -> None:
    """Raises `ArgumentError` if a path has not the ending of its format."""
    suffix = FORMATS[format].SUFFIX
    if suffix and path.suffix != suffix:
        raise ArgumentError(
            f"path must end in {suffix} for the format {format!r}. "
            f"Received: path={str(path)!r}"
        )
    if not suffix and _OF_SUFFIX.get(path.suffix, format) != format:
        raise ArgumentError(
            f"path must not end in {path.suffix}, which means "
            f"{_OF_SUFFIX[path.suffix]!r}, for the folder of a SavedModel. "
            f"Received: path={str(path)!r}, format={format!r}"
        )
