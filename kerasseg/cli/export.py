"""`kerasseg export`: a model for another engine, compared with its source at once."""

from __future__ import annotations

import argparse
from pathlib import Path

from kerasseg.cli.model_file import (
    add_model_options,
    load_from_options,
    warnings_as_notes,
)
from kerasseg.cli.output import add_json_option, print_json, print_table
from kerasseg.cli.pixel_sizes import size_argument
from kerasseg.errors import FileError, UsageError, did_you_mean
from kerasseg.pixel_ranges import MODES

FORMAT_OF_SUFFIX = {
    "": "tf_saved_model",
    ".onnx": "onnx",
    ".tflite": "litert",
    ".xml": "openvino",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", metavar="MODEL", help="a .keras or .h5 model")
    parser.add_argument(
        "output",
        metavar="OUT",
        help="the file to write, ending in .onnx, .tflite or .xml (OpenVINO), or the "
        "folder of a SavedModel",
    )
    parser.add_argument(
        "--format",
        choices=tuple(FORMAT_OF_SUFFIX.values()),
        help="default: by the ending of OUT",
    )
    parser.add_argument(
        "--quantize",
        choices=("float16", "dynamic", "int8"),
        help="store smaller numbers: all three for .tflite, float16 for .xml",
    )
    parser.add_argument(
        "--examples",
        nargs="+",
        default=[],
        metavar="IMAGE",
        help="for int8: some dozen images of the kind the model will see",
    )
    parser.add_argument(
        "--preprocess",
        choices=MODES,
        help="range of the model's pixels (default: none if it scales them itself, "
        "otherwise unit, 0…1); part of predict_mask in a SavedModel",
    )
    parser.add_argument(
        "--labels", metavar="FILE", help="class names to store, one a line"
    )
    parser.add_argument(
        "--size",
        nargs="+",
        type=size_argument,
        metavar="HxW",
        help="image sizes to compare at (default: two that the model takes)",
    )
    parser.add_argument(
        "--tolerance",
        type=float,
        help="largest difference to accept, over the largest output (default: 1e-5; "
        "0.01, 0.05 and 0.1 for float16, dynamic and int8)",
    )
    parser.add_argument("--overwrite", action="store_true")
    add_model_options(parser)
    add_json_option(parser)


def run(options: argparse.Namespace) -> int:
    from kerasseg.cli.loading import load_keras
    from kerasseg.data.class_names import read_class_names
    from kerasseg.files import check_readable

    format = options.format or _format_of(options.output)
    if (options.quantize == "int8") != bool(options.examples):
        raise UsageError("--examples belongs to --quantize int8, and int8 needs it")
    check_readable(options.model)
    names = read_class_names(options.labels) if options.labels else None
    load_keras()
    from kerasseg.data.preprocess import default_mode
    from kerasseg.exporters import export

    model, _ = load_from_options(options)
    mode = options.preprocess or default_mode(model)
    with warnings_as_notes(options):
        report = export(
            model,
            options.output,
            format,
            quantization=options.quantize,
            representative_data=_examples(model, options.examples, mode),
            preprocess=mode,
            class_names=names,
            sizes=options.size,
            tolerance=options.tolerance,
            overwrite=options.overwrite,
        )
    _print(report, options)
    return 0


def _format_of(output: str) -> str:
    suffix = Path(output).suffix
    if suffix not in FORMAT_OF_SUFFIX:
        raise UsageError(
            f"{output}: {suffix} tells no format; end the name in .onnx, .tflite or "
            f".xml, or give --format.{did_you_mean(suffix, FORMAT_OF_SUFFIX)}"
        )
    return FORMAT_OF_SUFFIX[suffix]


def _examples(model, paths: list[str], mode: str):
    if not paths:
        return None
    from kerasseg.data.images import read_image
    from kerasseg.data.preprocess import preprocess

    if len(model.inputs) != 1 or len(model.inputs[0].shape) != 4:
        raise UsageError("--examples: the model takes more than one image")
    channels = model.inputs[0].shape[-1]
    if channels not in (1, 3, 4):
        raise FileError(
            paths[0], f"is no image of the {channels} channels of the model"
        )
    return [preprocess(read_image(path, channels), mode) for path in paths]


def _print(report, options: argparse.Namespace) -> None:
    if options.json:
        print_json({"model": options.model, **vars(report), "path": str(report.path)})
        return
    kind = report.format + (f", {report.quantization}" if report.quantization else "")
    print(f"Written: {report.path} ({kind}, {report.bytes / 1e6:.1f} MB)")
    print("Largest difference from the model, over its largest output:")
    print_table([(s, f"{value:.1e}") for s, value in report.differences.items()])
    if report.changed_classes is not None:
        from kerasseg.exporters.changed_classes import MOST_EXAMPLES

        share = f"{report.changed_classes:.2%} of the classes are others"
        print(f"On the examples, {MOST_EXAMPLES} at most, {share} than the model's")
    for remark in report.remarks:
        print(f"Note: {remark}")
