"""`kerasseg info`: what a model is, what its layers see, and whether it converts."""

from __future__ import annotations

import argparse
from typing import Any

from kerasseg.cli.model_file import (
    add_model_options,
    facts_of,
    load_from_options,
    print_findings,
)
from kerasseg.cli.output import (
    add_json_option,
    add_native_size_option,
    by,
    print_json,
    print_table,
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", metavar="MODEL", help="a .keras or .h5 file")
    add_native_size_option(parser)
    add_model_options(parser)
    add_json_option(parser)


def run(options: argparse.Namespace) -> int:
    from kerasseg.cli.loading import load_keras
    from kerasseg.files import check_readable

    check_readable(options.model)
    load_keras()
    model, findings = load_from_options(options)
    facts = describe_model(model, options.native_size)
    facts = {"file": options.model, "found": facts_of(findings), **facts}
    if options.json:
        print_json(facts)
    else:
        _print(facts, findings)
    return 0


def describe_model(model, native_size=None) -> dict[str, Any]:
    """The facts that `info` prints, as plain values."""
    from kerasseg.convert.report import describe, head_of

    return {
        "name": model.name,
        "parameters": model.count_params(),
        "policies": _policies(model),
        "inputs": [list(t.shape[1:]) for t in model.inputs],
        "outputs": [list(t.shape[1:]) for t in model.outputs],
        "layers": _layers(model, native_size),
        "head": [f"{c.path} ({describe(c.operation)})" for c in head_of(model)],
        "conversion": _conversion(model, native_size),
    }


def _policies(model) -> list[str]:
    """The types of numbers that its layers compute with, other than float32."""
    names = {layer.dtype_policy.name for layer in model._flatten_layers()}
    return sorted(names - {"float32"})


def _layers(model, native_size) -> list[dict[str, Any]]:
    """The layers that look further than one place, and those with many weights."""
    from keras import layers

    from kerasseg.convert.report import describe
    from kerasseg.errors import GeometryError
    from kerasseg.geometry import receptive_field
    from kerasseg.graph import flatten_model
    from kerasseg.layer_kinds import global_pooling
    from kerasseg.windows import window_of

    rows = []
    for call in flatten_model(model, native_size).calls:
        layer = call.operation
        is_dense = type(layer) is layers.Dense
        if not (is_dense or global_pooling(layer) or window_of(layer)):
            continue
        try:
            field = receptive_field(model, call.path, native_size)
            sees, stride = list(field.size), list(field.stride)
        except GeometryError:
            sees = stride = None
        rows.append(
            {
                "layer": call.path,
                "what": describe(layer),
                "output": list(call.outputs[0].shape[1:]),
                "sees": sees,
                "stride": stride,
            }
        )
    return rows


def _conversion(model, native_size) -> dict[str, Any]:
    from kerasseg.convert.fcn import convert_to_fcn
    from kerasseg.convert.report import list_changes
    from kerasseg.errors import ArgumentError, ConversionError, GeometryError
    from kerasseg.geometry import output_fields, padded_layers

    try:
        fcn = convert_to_fcn(model, native_size=native_size)
    except (ArgumentError, ConversionError) as error:
        return {"converts": False, "reason": str(error)}
    facts: dict[str, Any] = {
        "converts": True,
        "changes": [vars(change) for change in list_changes(model, fcn)],
        "padded_layers": padded_layers(model),
    }
    try:
        fields = [_as_plain(field) for field in output_fields(fcn)]
    except GeometryError as error:
        return {**facts, "receptive_fields": None, "reason": str(error)}
    return {**facts, "receptive_fields": fields}


def _as_plain(field) -> dict[str, Any]:
    pairs = {n: list(getattr(field, n)) for n in ("size", "stride", "offset")}
    return {**pairs, "whole_image": field.whole_image}


def _print(facts: dict[str, Any], findings) -> None:
    print(f"{facts['file']}: {facts['name']}, {facts['parameters']:,} parameters")
    print_findings(findings)
    print(f"  input   {', '.join(_shape(s) for s in facts['inputs'])}")
    print(f"  output  {', '.join(_shape(s) for s in facts['outputs'])}")
    if facts["policies"]:
        print(f"  numbers {', '.join(facts['policies'])}")
    print("\nLayers")
    rows = [("layer", "what", "output", "one cell sees", "stride")]
    for row in facts["layers"]:
        sees = by(row["sees"]) if row["sees"] else "-"
        stride = by(row["stride"]) if row["stride"] else "-"
        rows.append((row["layer"], row["what"], _shape(row["output"]), sees, stride))
    print_table(rows)
    print("\nHead")
    print("  " + (", ".join(facts["head"]) or "none: every layer gives a map"))
    _print_conversion(facts["conversion"])


def _print_conversion(conversion: dict[str, Any]) -> None:
    print("\nConversion")
    if not conversion["converts"]:
        print(f"  no: {conversion['reason']}")
        return
    print("  yes; this becomes fully convolutional:")
    rows = [
        (c["layer"], c["before"], "→", c["after"] or "nothing: the map stays a map")
        for c in conversion["changes"]
    ]
    print_table(rows, indent="    ")
    fields = conversion["receptive_fields"]
    if fields is None:
        print(f"  receptive field unknown: {conversion['reason']}")
        return
    for number, field in enumerate(fields, 1):
        which = f"output {number}: " if len(fields) > 1 else ""
        print(
            f"  {which}one cell sees {by(field['size'])} pixels; cells stand "
            f"{by(field['stride'])} pixels apart"
        )
    whole_image = [field["whole_image"] for field in fields]
    print("  " + exactness_told(conversion["padded_layers"], whole_image))


def exactness_told(padded: list[str], whole_image: list[bool]) -> str:
    """Which cells of a converted net equal the classifier, by what its layers do.

    Args:
        padded: The layers that pad.
        whole_image: For each output, whether its cells depend on the whole image.
    """
    if any(whole_image):
        numbers = [str(n) for n, whole in enumerate(whole_image, 1) if whole]
        of = "" if all(whole_image) else f" of output {' and '.join(numbers)}"
        return (
            f"every cell{of} also depends on the whole image, which the model pools to "
            "weigh its maps: equal at the classifier's own size; in a larger image a "
            "cell differs from the classifier run on its window"
        )
    if not padded:
        return "no layer pads: every cell equals the classifier run on its window"
    some = ", ".join(padded[:3]) + (", …" if len(padded) > 3 else "")
    return (
        f"{len(padded)} layers pad ({some}): equal at the classifier's own size; in "
        "a larger image a cell sees pixels where a crop has its border of zeros"
    )


def _shape(shape: list[int | None]) -> str:
    return "×".join("?" if n is None else str(n) for n in shape)
