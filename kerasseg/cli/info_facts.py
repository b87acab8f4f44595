"""The facts that `kerasseg info` prints of a model, as plain values."""

from __future__ import annotations

from typing import Any

from keras import layers

from kerasseg.convert.fcn import convert_to_fcn
from kerasseg.convert.report import describe, head_of, list_changes
from kerasseg.errors import ArgumentError, ConversionError, GeometryError
from kerasseg.geometry import output_fields, padded_layers, receptive_field
from kerasseg.graph import flatten_model
from kerasseg.layer_kinds import global_pooling
from kerasseg.windows import window_of


def describe_model(model, native_size=None) -> dict[str, Any]:
    """The facts that `info` prints, as plain values."""
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
