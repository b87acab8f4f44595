"""The names that Keras 1 gave to layers, arguments and initializers."""

from __future__ import annotations

from typing import Any

from kerasseg.errors import KerasSegError

_CLASSES = {
    "AtrousConvolution1D": "Conv1D",
    "AtrousConvolution2D": "Conv2D",
    "Convolution1D": "Conv1D",
    "Convolution2D": "Conv2D",
    "Convolution3D": "Conv3D",
    "Deconvolution2D": "Conv2DTranspose",
    "SeparableConvolution2D": "SeparableConv2D",
    "TimeDistributedDense": "Dense",
}
_ARGUMENTS = {
    "U_regularizer": "recurrent_regularizer",
    "W_constraint": "kernel_constraint",
    "W_regularizer": "kernel_regularizer",
    "atrous_rate": "dilation_rate",
    "b_constraint": "bias_constraint",
    "b_regularizer": "bias_regularizer",
    "beta_init": "beta_initializer",
    "border_mode": "padding",
    "gamma_init": "gamma_initializer",
    "init": "kernel_initializer",
    "inner_activation": "recurrent_activation",
    "inner_init": "recurrent_initializer",
    "input_dtype": "dtype",
    "nb_filter": "filters",
    "p": "rate",
    "pool_length": "pool_size",
    "sigma": "stddev",
    "stride": "strides",
    "subsample": "strides",
    "subsample_length": "strides",
    "filter_length": "kernel_size",
}
_OF_SOME = {  # names that other layers use as well
    "bias": "use_bias",
    "length": "size",
    "output_dim": "units",
}
_OTHERS = {"Embedding", "RepeatVector"}
_FORMATS = {"th": "channels_first", "tf": "channels_last"}
_MERGES = {
    "ave": "Average",
    "concat": "Concatenate",
    "max": "Maximum",
    "mul": "Multiply",
    "sum": "Add",
}
_ONLY_IN_KERAS_1 = {*_ARGUMENTS, "dim_ordering", "nb_row", "nb_col", "concat_axis"}
_WITHOUT_ORDERING = ("Cropping2D", "SpatialDropout2D", "UpSampling2D", "ZeroPadding2D")
_ENDED = ("Highway", "MaxoutDense", "ParametricSoftplus", "SReLU")


def rename_keras1(entry: dict[str, Any]) -> dict[str, Any]:
    """A layer of Keras 1 under today's names; any other as it is.

    Args:
        entry: `{"class_name": ..., "config": ...}` and whatever else belongs to it.

    Raises:
        KerasSegError: The layer ended with Keras 1.
    """
    config = entry["config"]
    kind = entry["class_name"]
    if kind in _ENDED:
        raise KerasSegError(
            f"layer '{config.get('name', kind)}' ({kind}) ended with Keras 1. Pass a "
            f"class of your own that does the same as custom_objects={{'{kind}': ...}}"
        )
    if kind == "ZeroPadding2D":
        config = {**config, "padding": _sides(config["padding"])}
        entry = {**entry, "config": config}
    is_old = kind in _CLASSES or kind == "Merge" or _ONLY_IN_KERAS_1 & config.keys()
    if not is_old or kind == "Embedding":
        return entry
    names = _ARGUMENTS if kind in _OTHERS else {**_ARGUMENTS, **_OF_SOME}
    config = {names.get(key, key): value for key, value in config.items()}
    rows, columns = config.pop("nb_row", None), config.pop("nb_col", None)
    if rows is not None:
        config["kernel_size"] = [rows, columns]
    if "dim_ordering" in config:
        config["data_format"] = _FORMATS.get(config.pop("dim_ordering"))
    if "output_shape" in config and kind == "Deconvolution2D":
        config.pop("output_shape")
    if kind == "Merge":
        kind, config = _merge(config)
    return {**entry, "class_name": _CLASSES.get(kind, kind), "config": config}


def with_orderings(layers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Layers of Keras 1 with the order of axes that some of them did not save.

    Those followed the setting of the machine, which their neighbours tell.
    """
    found = {entry["config"].get("dim_ordering") for entry in layers if _has(entry)}
    found -= {None, "default"}
    if len(found) != 1:
        return layers
    ordering = {"dim_ordering": found.pop()}
    return [
        {**entry, "config": {**ordering, **entry["config"]}}
        if entry["class_name"] in _WITHOUT_ORDERING
        else entry
        for entry in layers
    ]


def _has(entry: dict[str, Any]) -> bool:
    return isinstance(entry["config"], dict) and "dim_ordering" in entry["config"]


def _sides(padding: Any) -> Any:
    """`{"top_pad": 1, ...}` or (top, bottom, left, right) as pairs."""
    if isinstance(padding, dict):
        names = ("top_pad", "bottom_pad", "left_pad", "right_pad")
        padding = [padding.get(name, 0) for name in names]
    if isinstance(padding, list) and len(padding) == 4:
        return [padding[:2], padding[2:]]
    return padding


def _merge(config: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    kind = _MERGES.get(config.get("mode"), "Merge")  # "Merge" is refused later, by name
    kept = {"name": config["name"]}
    if kind == "Concatenate":
        kept["axis"] = config.get("concat_axis", -1)
    return kind, kept
