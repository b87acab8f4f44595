"""Exports that come to nothing, each told as an `ExportError` that names the model."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import keras

from kerasseg.errors import ExportError
from kerasseg.exporters.changed_classes import MOST_EXAMPLES
from kerasseg.exporters.report import ExportReport
from kerasseg.exporters.settings import Settings


def write(
    writer: ModuleType,
    model: keras.Model,
    path: Path,
    settings: Settings,
    format: str,
) -> list[str]:
    """Writes a file, and returns remarks.

    Raises:
        ExportError: The converter failed.
        OSError: The file cannot be written.
    """
    try:
        return writer.write(model, path, settings)
    except OSError:
        raise
    except Exception as error:  # each converter has errors of its own
        raise ExportError(
            f"Model '{model.name}' cannot be written as {format}: {_reason(error)}"
        ) from error


@contextmanager
def refused(model: keras.Model, format: str, problem: str) -> Iterator[None]:
    """Whatever fails within is an `ExportError` that says so."""
    try:
        yield
    except Exception as error:  # each engine has errors of its own
        raise ExportError(
            f"Model '{model.name}' was written as {format}, but {problem}: "
            f"{_reason(error)}. Nothing was kept."
        ) from error


def check_likeness(model: keras.Model, report: ExportReport) -> None:
    """Raises `ExportError` if a file differs by more than its tolerance."""
    if not report.largest_difference <= report.tolerance:
        raise ExportError(
            f"Model '{model.name}' as {report.format} differs by "
            f"{report.largest_difference:.1e} of its largest output, more than the "
            f"tolerance of {report.tolerance:.1e}; nothing was written."
            f"{_told(report.changed_classes)} Pass a larger `tolerance` if that is "
            "good enough."
        )


def _told(changed: float | None) -> str:
    if changed is None:
        return ""
    return (
        f" {changed:.2%} of its classes on the first {MOST_EXAMPLES} of "
        "representative_data are others."
    )


def _reason(error: Exception) -> str:
    """The class and the first two lines: Keras tells where, and then what."""
    plain = re.sub(r"\x1b\[\d*m", "", str(error))  # Keras prints in bold
    lines = [line.strip() for line in plain.splitlines() if line.strip()]
    return " ".join([f"{type(error).__name__}:", *lines[:2]])
