"""The formats, and the one that the ending of a path means."""

from __future__ import annotations

from pathlib import Path

from kerasseg.errors import ArgumentError, did_you_mean
from kerasseg.exporters import litert, onnx, openvino, saved_model

FORMATS = {
    "tf_saved_model": saved_model,
    "onnx": onnx,
    "litert": litert,
    "openvino": openvino,
}
_OF_SUFFIX = {writer.SUFFIX: format for format, writer in FORMATS.items()}


def format_of(path: Path) -> str:
    """The format of a file by its ending; a folder, without one, is a SavedModel.

    Raises:
        ArgumentError: The ending is that of no format.
    """
    if path.suffix not in _OF_SUFFIX:
        endings = ", ".join(filter(None, _OF_SUFFIX))
        raise ArgumentError(
            f"path ends in {path.suffix}, which tells no format: end it in one of "
            f"{endings}, or in nothing for the folder of a SavedModel, or pass format."
            f"{did_you_mean(path.suffix, _OF_SUFFIX)} Received: path={str(path)!r}"
        )
    return _OF_SUFFIX[path.suffix]


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
