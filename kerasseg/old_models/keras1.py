"""The names that Keras 1 gave to layers, arguments and initializers."""

from __future__ import annotations

from typing import Any

_CLASSES = {
    "AtrousConvolution2D": "Conv2D",
    "Convolution1D": "Conv1D",
    "Convolution2D": "Conv2D",
    "Deconvolution2D": "Conv2DTranspose",
    "SeparableConvolution2D": "SeparableConv2D",
}
_ARGUMENTS = {
    "W_constraint": "kernel_constraint",
    "W_regularizer": "kernel_regularizer",
    "atrous_rate": "dilation_rate",
    "b_constraint": "bias_constraint",
    "b_regularizer": "bias_regularizer",
    "beta_init": "beta_initializer",
    "bias": "use_bias",
    "border_mode": "padding",
    "gamma_init": "gamma_initializer",
    "init": "kernel_initializer",
    "input_dtype": "dtype",
    "nb_filter": "filters",
    "output_dim": "units",
    "p": "rate",
    "sigma": "stddev",
    "subsample": "strides",
}
_INITIALIZERS = {
    "normal": "random_normal",
    "one": "ones",
    "uniform": "random_uniform",
    "zero": "zeros",
}
_FORMATS = {"th": "channels_first", "tf": "channels_last"}
_MERGES = {
    "ave": "Average",
    "concat": "Concatenate",
    "max": "Maximum",
    "mul": "Multiply",
    "sum": "Add",
}
_ONLY_IN_KERAS_1 = {*_ARGUMENTS, "dim_ordering", "nb_row", "nb_col", "concat_axis"} - {
    "bias"
}


def rename_keras1(entry: dict[str, Any]) -> dict[str, Any]:
    """A layer of Keras 1 under today's names; any other as it is.

    Args:
        entry: `{"class_name": ..., "config": ...}` and whatever else belongs to it.
    """
    config = entry["config"]
    kind = entry["class_name"]
    is_old = kind in _CLASSES or kind == "Merge" or _ONLY_IN_KERAS_1 & config.keys()
    if not is_old:
        return entry
    config = {_ARGUMENTS.get(key, key): value for key, value in config.items()}
    if "nb_row" in config:
        config["kernel_size"] = [config.pop("nb_row"), config.pop("nb_col")]
    if "dim_ordering" in config:
        config["data_format"] = _FORMATS.get(
            config.pop("dim_ordering"), "channels_last"
        )
    for key, value in config.items():
        if key.endswith("_initializer") and isinstance(value, str):
            config[key] = _INITIALIZERS.get(value, value)
        elif key.endswith("_regularizer"):
            config[key] = _regularizer(value)
    if kind == "Merge":
        kind, config = _merge(config)
    return {**entry, "class_name": _CLASSES.get(kind, kind), "config": config}


def _regularizer(value: Any) -> Any:
    """Keras 1 wrote `{"name": "WeightRegularizer", "l1": 0.0, "l2": 0.01}`."""
    if not isinstance(value, dict) or "class_name" in value:
        return value
    strengths = {key: float(value.get(key) or 0.0) for key in ("l1", "l2")}
    return {"class_name": "L1L2", "config": strengths}


def _merge(config: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    kind = _MERGES.get(config.get("mode"), "Merge")  # "Merge" is refused later, by name
    kept = {"name": config["name"]}
    if kind == "Concatenate":
        kept["axis"] = config.get("concat_axis", -1)
    return kind, kept
