"""`kerasseg convert`: a classifier file in, a fully convolutional one out, checked."""

from __future__ import annotations

import argparse

from kerasseg.cli.conversion import (
    activation_of,
    add_activation_option,
    convert_from_file,
)
from kerasseg.cli.conversion_report import exactness_told, print_changes
from kerasseg.cli.model_file import (
    add_model_options,
    facts_of,
    load_from_options,
    print_findings,
    warnings_as_notes,
)
from kerasseg.cli.output import add_json_option, print_json, print_table
from kerasseg.cli.pixel_sizes import (
    add_native_size_option,
    add_output_stride_option,
    size_argument,
)
from kerasseg.errors import FileError, KerasSegError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", metavar="MODEL", help="a .keras or .h5 classifier")
    parser.add_argument("output", metavar="OUT.keras", help="the file to write")
    parser.add_argument(
        "--image-size",
        type=size_argument,
        metavar="HxW",
        help="fix the input size (default: any size)",
    )
    add_native_size_option(parser)
    add_output_stride_option(parser)
    parser.add_argument("--padding", choices=("valid", "same"), default="valid")
    parser.add_argument(
        "--global-pooling",
        choices=("window", "cam"),
        default="window",
        help="a global pooling becomes one over windows (exact), or none (class "
        "activation maps)",
    )
    add_activation_option(parser)
    parser.add_argument(
        "--check",
        nargs="+",
        default=[],
        metavar="IMAGE",
        help="compare on these images too, resized to the classifier's size",
    )
    parser.add_argument(
        "--tolerance",
        type=float,
        default=1e-5,
        help="largest relative difference to accept (default: %(default)s)",
    )
    parser.add_argument("--overwrite", action="store_true")
    add_model_options(parser)
    add_json_option(parser)


def run(options: argparse.Namespace) -> int:
    import numpy as np

    from kerasseg.cli.loading import load_keras
    from kerasseg.data.images import check_image
    from kerasseg.files import check_readable, check_writable, save_model

    if not options.output.endswith(".keras"):
        raise FileError(options.output, "the output's name must end in .keras")
    check_readable(options.model)
    check_writable(options.output, options.overwrite)
    for path in options.check:
        check_image(path)
    load_keras()
    from kerasseg.cli.convert_differences import differences_at_native_size

    model, findings = load_from_options(options)
    with warnings_as_notes(options):
        fcn, exact = _convert(model, options)
    differences = differences_at_native_size(model, exact, options)
    worst = float(np.max(list(differences.values())))  # NaN if any is
    if not worst <= options.tolerance:
        raise KerasSegError(
            f"{options.model}: the converted net differs by {worst:.1e} relative, more "
            f"than the tolerance of {options.tolerance:.1e}; nothing was written"
        )
    save_model(fcn, options.output, overwrite=options.overwrite)
    _report(model, fcn, findings, differences, options)
    return 0


def _convert(model, options):
    """The net asked for, and the exact one that can be compared with the classifier."""
    kept = {
        "output_stride": options.output_stride,
        "classifier_activation": activation_of(options),
        "native_size": options.native_size,
    }
    fcn = convert_from_file(
        model,
        options.model,
        image_size=options.image_size,
        padding=options.padding,
        global_pooling=options.global_pooling,
        **kept,
    )
    if options.image_size is None and not _of_other_cells(options):
        return fcn, fcn
    return fcn, convert_from_file(model, options.model, **kept)


def _report(model, fcn, findings, differences: dict[str, float], options) -> None:
    from kerasseg.convert.report import list_changes
    from kerasseg.geometry import padded_layers

    changes = [vars(change) for change in list_changes(model, fcn)]
    padded = padded_layers(model)
    if options.json:
        print_json(
            {
                "model": options.model,
                "found": facts_of(findings),
                "output": options.output,
                "changes": changes,
                "largest_relative_difference": differences,
                "padded_layers": padded,
            }
        )
        return
    print(f"{options.model}: {model.name}, {model.count_params():,} parameters")
    print_findings(findings)
    print("Became fully convolutional:")
    print_changes(changes)
    print("Largest relative difference from the classifier at its own size:")
    print_table([(name, f"{value:.1e}") for name, value in differences.items()])
    print("  " + _larger_images_told(fcn, padded, options))
    print(f"Written: {options.output}")


def _larger_images_told(fcn, padded: list[str], options: argparse.Namespace) -> str:
    """What the difference at the classifier's own size says of larger images."""
    from kerasseg.errors import GeometryError
    from kerasseg.geometry import output_fields

    given = _of_other_cells(options)
    if given:
        return f"compared without {' and '.join(given)}, which gives other cells"
    try:
        return exactness_told(padded, [f.whole_image for f in output_fields(fcn)])
    except GeometryError as error:
        return f"receptive field unknown: {error}"


def _of_other_cells(options: argparse.Namespace) -> list[str]:
    """The options given that make other cells than the classifier's."""
    given = {
        "--padding same": options.padding == "same",
        "--global-pooling cam": options.global_pooling == "cam",
    }
    return [option for option, is_given in given.items() if is_given]
