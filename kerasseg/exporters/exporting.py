"""`kerasseg.export`: a model for another engine, loaded again at once and compared."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from types import ModuleType

import keras

from kerasseg.data.preprocess import default_mode
from kerasseg.errors import ArgumentError
from kerasseg.exporters.changed_classes import share_of_changed_classes
from kerasseg.exporters.checks import check_class_names, writer_of
from kerasseg.exporters.comparison import compare
from kerasseg.exporters.failures import check_likeness, refused, write
from kerasseg.exporters.formats import check_ending, format_of
from kerasseg.exporters.masks import check_preprocess
from kerasseg.exporters.moved_maxima import REMARK, passes_on_maxima
from kerasseg.exporters.precision import check_copy, in_float32, mixed_policy
from kerasseg.exporters.report import ExportReport
from kerasseg.exporters.settings import Settings
from kerasseg.exporters.staging import size_in_bytes, staged
from kerasseg.exporters.trial_inputs import trial_sizes

TOLERANCES = {None: 1e-5, "float16": 1e-2, "dynamic": 5e-2, "int8": 1e-1}


def export(
    model: keras.Model,
    path: str | Path,
    format: str | None = None,
    *,
    quantization: str | None = None,
    representative_data: Iterable | None = None,
    preprocess: str | None = None,
    class_names: Sequence[str] | None = None,
    sizes: Sequence[tuple[int, int]] | None = None,
    tolerance: float | None = None,
    overwrite: bool = True,
) -> ExportReport:
    """Writes a model for another engine, and proves that it gives the same there.

    The file is loaded again at once, by the engine it is for, and run on random images
    of two sizes. Only if all outputs agree with the model's is it moved to `path`.
    Height and width stay open wherever they are open in the model. A model under mixed
    precision is written as its copy in float32, but for a SavedModel, which holds it.

    A SavedModel has the signatures `serving_default`, from images as the model takes
    them to its scores, and, for a model from one image to one map, `predict_mask`, from
    uint8 images to the number of the class at each place, as well as `class_names`.

    Args:
        model: The model, on the TensorFlow backend.
        path: The file to write, or the folder of a SavedModel. The name ends in
            `.onnx`, `.tflite` or `.xml` as the format demands.
        format: `"tf_saved_model"`, `"onnx"`, `"litert"` or `"openvino"`; by default the
            one that the ending of `path` means, a SavedModel for any other.
        quantization: `None` keeps float32. For LiteRT: `"float16"`, `"dynamic"` (int8
            weights) or `"int8"` (weights and values). For OpenVINO: `"float16"`.
        representative_data: For `"int8"`: some dozen images as the model takes them,
            `(height, width, channels)`; of models of several inputs, tuples. Numbers
            that leave the range found on them are cut off, so take images of the kind
            and of the sizes that the file will get.
        preprocess: How pixels of 0…255 come into the model's range in `predict_mask`,
            and what the metadata says: as in `kerasseg heatmap --preprocess`. By
            default `"none"` if the model scales its input itself, otherwise `"unit"`.
        class_names: Names to store in the file, one for each score; of a single score,
            one, or two for classes 0 and 1.
        sizes: Heights and widths to compare at; by default two that the model takes.
        tolerance: The largest difference to accept, over the largest output. By default
            1e-5, and 0.01, 0.05 and 0.1 for the three quantizations.
        overwrite: Whether an existing export may be replaced.

    Returns:
        What was measured, as an `ExportReport`.

    Raises:
        ExportError: The format cannot hold the model, or its outputs differ by more
            than the tolerance. Nothing is written then.
        MissingPackageError: The format needs a package that is not installed.
        ArgumentError: An argument is outside its range.
        FileError: The file cannot be written.

    Example:

    >>> import pathlib, tempfile, keras, kerasseg
    >>> inputs = keras.Input((None, None, 3))
    >>> model = keras.Model(inputs, keras.layers.Conv2D(2, 3)(inputs))
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "net"
    >>> report = kerasseg.export(model, path)
    >>> list(report.differences), report.largest_difference < 1e-5
    (['1×32×32×3', '1×40×36×3'], True)
    """
    path = Path(path)
    format = format_of(path) if format is None else format
    writer = writer_of(format, quantization, representative_data)
    check_ending(path, format)
    if class_names is not None and len(class_names) == 0:
        class_names = None
    check_class_names(model, class_names)
    preprocess = preprocess or default_mode(model)
    check_preprocess(model, preprocess)
    trials = trial_sizes(model, sizes)
    model, model_remarks = _in_precision(model, format, trials, tolerance or 0.0)
    if tolerance is None:
        tolerance = TOLERANCES[quantization]
    if quantization is not None and passes_on_maxima(model):
        model_remarks.append(REMARK)
    settings = Settings(
        preprocess,
        None if class_names is None else tuple(map(str, class_names)),
        quantization,
        None if representative_data is None else tuple(representative_data),
    )
    with staged(path, not writer.SUFFIX, overwrite) as temporary:
        file_remarks = write(writer, model, temporary, settings, format)
        with refused(model, format, "that file does not run"):
            run = writer.open_file(temporary, model)
            differences = dict(compare(model, run, size, tolerance) for size in trials)
        changed = _changed_classes(writer, model, run, settings, format)
        report = ExportReport(
            path,
            format,
            quantization,
            size_in_bytes(temporary),
            differences,
            tolerance,
            [*model_remarks, *file_remarks],
            changed,
        )
        check_likeness(model, report)
    return report


def _in_precision(
    model: keras.Model, format: str, trials: list[tuple[int, int]], tolerance: float
) -> tuple[keras.Model, list[str]]:
    """The model that the format can hold, and what there is to say of it."""
    policy = mixed_policy(model)
    if policy is None or format == "tf_saved_model":
        return model, []
    copy = in_float32(model, format)
    remarks = check_copy(model, copy, _smallest(model, trials), tolerance)
    return copy, [
        f"written and compared as a copy in float32, of the same weights; the model "
        f"itself computes under {policy}, which rounds its values",
        *remarks,
    ]


def _smallest(model: keras.Model, trials: list[tuple[int, int]]) -> tuple[int, int]:
    """A size that takes little time: half floats are slow where no GPU is."""
    try:
        return trial_sizes(model)[0]
    except ArgumentError:  # it takes but what the user asked for
        return min(trials, key=lambda size: size[0] * size[1])


def _changed_classes(writer: ModuleType, model, run, settings: Settings, format: str):
    if settings.representative_data is None:
        return None
    with refused(model, format, "its classes on representative_data are not known"):
        examples = writer.examples(model, settings)
        return share_of_changed_classes(model, run, examples)
