"""Models under mixed precision, as their like in float32.

Their values are half floats, which other engines cannot run or round otherwise. Their
weights are of float32, which the copy takes over as they are. What else a layer holds
comes back by its configuration alone, which may leave some out: the two are compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras

from kerasseg.errors import ExportError
from kerasseg.exporters.comparison import difference, jumps, outputs_of
from kerasseg.exporters.trial_inputs import random_inputs
from kerasseg.old_models.weights import finish
from kerasseg.score_ranges import ScoreRanges

_MIXED = "mixed_"
_ROUNDING = {"mixed_float16": 2**-11, "mixed_bfloat16": 2**-8}
_GROWTH = 64  # of rounding errors on their way: VGG16 and U-Net come to 4 to 10
_REMEDY = (
    "Build it under keras.config.set_dtype_policy('float32'), give it the weights by "
    "set_weights(model.get_weights()), and export that."
)


def mixed_policy(model: keras.Model) -> str | None:
    """The first mixed policy, `"mixed_float16"` say, in a model and its layers."""
    for layer in [model, *_layers_in(model)]:
        if layer.dtype_policy.name.startswith(_MIXED):
            return layer.dtype_policy.name
    return None


def in_float32(model: keras.Model, format: str) -> keras.Model:
    """A copy of a model with the same weights, whose layers compute in float32.

    Raises:
        ExportError: The model cannot be copied; the message names the policy.
    """
    try:
        with _float32_by_default(), keras.saving.custom_object_scope(_classes(model)):
            copy = type(model).from_config(_float32_in(model.get_config()))
        copy.set_weights(model.get_weights())
        finish(copy)
    except Exception as error:  # layers of users fail in errors of every class
        raise ExportError(
            f"Model '{model.name}' computes under {mixed_policy(model)!r}, which "
            f"{format} does not hold, and cannot be copied to float32 "
            f"({type(error).__name__}: {' '.join(str(error).split())}). {_REMEDY}"
        ) from error
    return copy


def check_copy(
    model: keras.Model, copy: keras.Model, size: tuple[int, int], tolerance: float
) -> list[str]:
    """Raises `ExportError` if a copy differs by more than half floats round.

    Of a net that passes on where its maxima were, that rounding moves some, nothing can
    be told. Of probabilities it is the difference itself: rounding the large logit of
    a rare class changes its probability, all but 0, by much of what that is.

    Args:
        model: The model under mixed precision.
        copy: Its copy.
        size: Of the images, where that is open.
        tolerance: What to accept in any case.

    Returns:
        Remarks: why the two were not compared.
    """
    policy = mixed_policy(model)
    rounding = _ROUNDING.get(policy, max(_ROUNDING.values()))
    tolerance = max(tolerance, _GROWTH * rounding)
    inputs = random_inputs(copy, size, seed=0)
    try:
        made = outputs_of(model, inputs)
    except Exception as error:  # no kernel for half floats, no memory
        return [_not_compared(policy, error)]
    found = difference(copy, lambda _: made, inputs, _squashed(copy))
    if found <= tolerance or jumps(copy, inputs, tolerance, rounding):
        return []
    raise ExportError(
        f"Model '{model.name}' computes under {policy!r}, and its copy in float32 "
        f"differs by {found:.1e} of its largest output (of probabilities: of 1), more "
        "than the rounding of half floats explains: does get_config() of a layer of "
        f"your own leave an argument out? {_REMEDY} Or pass a larger `tolerance` if "
        "that is good enough."
    )


def _not_compared(policy: str | None, error: Exception) -> str:
    reason = " ".join(str(error).split())[:200]
    return (
        "the copy was not compared with the model, which does not run here under "
        f"{policy} ({type(error).__name__}: {reason})"
    )


def _squashed(model: keras.Model) -> list[bool]:
    """Which outputs are probabilities, or lie in 0…1 anyway."""
    found = [ScoreRanges().of_model(model, i) for i in range(len(model.outputs))]
    return [one is not None and one[0] >= 0 and one[1] <= 1 for one in found]


def _layers_in(model: keras.Model) -> Iterator[keras.layers.Layer]:
    for layer in model.layers:
        yield layer
        if isinstance(layer, keras.Model):
            yield from _layers_in(layer)


def _classes(model: keras.Model) -> dict[str, type]:
    """The classes of all layers by name: those of users need not be registered."""
    return {type(layer).__name__: type(layer) for layer in _layers_in(model)}


def _float32_in(config: Any) -> Any:
    """A configuration whose mixed policies, those of layers inside too, are float32."""
    if isinstance(config, (list, tuple)):
        return type(config)(map(_float32_in, config))
    if not isinstance(config, dict):
        return config
    if config.get("class_name") == "InputLayer":
        return {**config, "config": _float32_input(config["config"])}
    return {key: _entry(key, value) for key, value in config.items()}


def _entry(key: str, value: Any) -> Any:
    return "float32" if key == "dtype" and _is_mixed(value) else _float32_in(value)


def _float32_input(config: dict[str, Any]) -> dict[str, Any]:
    """A model inside another takes what the layer before it gave: half floats."""
    is_half = config.get("dtype") in ("float16", "bfloat16")
    return {**config, "dtype": "float32"} if is_half else config


def _is_mixed(policy: Any) -> bool:
    if isinstance(policy, dict):
        policy = policy.get("config", {}).get("name")
    return isinstance(policy, str) and policy.startswith(_MIXED)


@contextmanager
def _float32_by_default() -> Iterator[None]:
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float32")
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
