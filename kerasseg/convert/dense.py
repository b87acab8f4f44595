"""A Dense layer's configuration as that of the convolution with the same numbers."""

from __future__ import annotations

from typing import Any

from keras import constraints, regularizers

from kerasseg.convert.refusals import refuse
from kerasseg.graph import Call

_SUMS_OVER_ENTRIES = (
    type(None),
    regularizers.L1,
    regularizers.L2,
    regularizers.L1L2,
)


def convolution_from_dense(
    call: Call, kernel_size: tuple[int, int], padding: str
) -> dict[str, Any]:
    """The configuration of the Conv2D that a Dense layer becomes.

    The Dense kernel `(h * w * c, units)`, reshaped row by row, is the convolution's
    `(h, w, c, units)`: Flatten and Keras's kernels share that order.

    Args:
        call: The call of the Dense layer.
        kernel_size: `(height, width)` of the map that was flattened, or `(1, 1)`.
        padding: `"valid"` or `"same"`.

    Returns:
        The configuration, under the Dense layer's own name.
    """
    dense = call.operation
    _check_plain(call)
    config = dense.get_config()
    config.pop("quantization_config", None)
    config["filters"] = config.pop("units")
    constraint = dense.kernel_constraint
    if constraint is not None:
        config["kernel_constraint"] = _constraint_on_kernel(call, constraint)
    return {
        **config,
        "kernel_size": kernel_size,
        "padding": padding,
        "data_format": "channels_last",
        "activity_regularizer": regularizers.serialize(dense.activity_regularizer)
        if dense.activity_regularizer
        else None,
    }


def _check_plain(call: Call) -> None:
    dense = call.operation
    if getattr(dense, "lora_enabled", False):
        refuse(call, "carries a LoRA update. Merge that into the kernel first")
    if type(dense.kernel_regularizer) not in _SUMS_OVER_ENTRIES:
        refuse(
            call,
            "has a kernel regulariser "
            f"({type(dense.kernel_regularizer).__name__}) that is defined for matrices "
            "alone. Set layer.kernel_regularizer = None if you do not train on",
        )


def _constraint_on_kernel(call: Call, constraint: constraints.Constraint):
    """The same constraint on a kernel of four axes: inputs are the first three."""
    config = constraints.serialize(constraint)
    inner = config.get("config", {}) if isinstance(config, dict) else {}
    if "axis" not in inner:
        return config
    if inner["axis"] != 0:
        refuse(call, f"constrains its kernel along axis {inner['axis']}, not 0")
    return {**config, "config": {**inner, "axis": [0, 1, 2]}}
