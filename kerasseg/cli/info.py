"""`kerasseg info`: what a model is, what its layers see, and whether it converts."""

from __future__ import annotations

import argparse
from typing import Any

from kerasseg.cli.conversion_report import exactness_told, print_changes
from kerasseg.cli.model_file import (
    add_model_options,
    facts_of,
    load_from_options,
    print_findings,
)
from kerasseg.cli.output import add_json_option, by, print_json, print_table
from kerasseg.cli.pixel_sizes import add_native_size_option


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
    from kerasseg.cli.info_facts import describe_model

    model, findings = load_from_options(options)
    facts = describe_model(model, options.native_size)
    facts = {"file": options.model, "found": facts_of(findings), **facts}
    if options.json:
        print_json(facts)
    else:
        _print(facts, findings)
    return 0


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
    print_changes(conversion["changes"], indent="    ")
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


def _shape(shape: list[int | None]) -> str:
    return "×".join("?" if n is None else str(n) for n in shape)
