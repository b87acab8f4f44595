"""Whether layers that were declared elementwise are: tried on random numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

import keras
import numpy as np
from keras import ops, tree

from kerasseg.convert.cloning import layer_from, move_weights
from kerasseg.convert.refusals import refuse
from kerasseg.graph import Call, Edge
from kerasseg.own_layers import is_declared

_BATCH, _PLACES = 2, 3  # where the shape leaves them open
_MAP = (1, 5, 7, 3)  # another rank, size and number of channels than most layers had
_TOLERANCES = {"float64": 1e-5, "float32": 1e-5, "float16": 1e-2, "bfloat16": 5e-2}
_MIXES = (
    "does not treat every number by itself: what it makes of one depends on others, on "
    "its place, or on chance"
)
_DIFFERS = (
    f"a copy of it does something else in a map of shape {_MAP} than the layer in its "
    "own. Have get_config return all that __init__ takes, and call reckon without the "
    "shape"
)


def check_declared(call: Call) -> None:
    """Refuses a layer or activation that `kerasseg.elementwise` was told too much of.

    In the new net it meets maps of other sizes, of another rank perhaps, and as a copy
    made of its configuration: all that is tried.

    Raises:
        ConversionError: Numbers depend on others, on their place, on the shape that
            they stand in, or on chance; or the copy is not like the layer.
    """
    layer = call.operation
    activation = getattr(layer, "activation", None)
    if is_declared(layer):
        edge, own = call.inputs[0], layer
        old, new = _as_called(call, layer), _as_called(call, _copy_for_maps(call))
    elif is_declared(activation):
        edge, own = call.outputs[0], activation
        old = new = activation
    else:
        return
    random = np.random.default_rng(0)
    numbers = random.normal(size=(_BATCH, *(n or _PLACES for n in edge.shape[1:])))
    before = _applied(call, own, old, numbers, edge.dtype)
    if not _leaves_alone(call, own, old, numbers, before, edge.dtype):
        _refuse(call, own, _MIXES)
    _check_elsewhere(call, own, new, numbers, before, edge.dtype)


def _leaves_alone(call, own, function, numbers, before, dtype) -> bool:
    """Whether numbers that stand elsewhere, among others, give the same as before."""
    random = np.random.default_rng(1)
    order = random.permutation(numbers.size)
    stays = random.random(numbers.size) < 0.5
    others = random.normal(2, 3, size=numbers.size)
    moved = np.where(stays, numbers.ravel()[order], others).reshape(numbers.shape)
    after = _applied(call, own, function, moved, dtype)
    return _equal(call, before.ravel()[order][stays], after.ravel()[stays])


def _check_elsewhere(call, own, function, numbers, before, dtype) -> None:
    """Refuses what does something else in a map, or as a copy."""
    count = min(numbers.size, int(np.prod(_MAP)))
    on_map = np.resize(numbers.ravel()[:count], _MAP)
    after = _applied(call, own, function, on_map, dtype)
    if not _equal(call, before.ravel()[:count], after.ravel()[:count]):
        _refuse(call, own, _DIFFERS)


def _copy_for_maps(call: Call) -> keras.Layer:
    """What the new net would have: made of its configuration, for any size."""
    layer = call.operation
    copy = layer_from(type(layer), layer.get_config(), call)
    image = keras.KerasTensor((None, None, None, _MAP[-1]), call.inputs[0].dtype)
    try:
        _as_called(call, copy)(image)
    except Exception as error:  # as below
        _refuse(call, layer, f"fails where the size is open: {_last_line(error)}")
    move_weights(layer, copy, call.path)
    return copy


def _as_called(call: Call, layer: keras.Layer) -> Callable[[Any], Any]:
    def function(x):
        args, kwargs = tree.map_structure(
            lambda given: x if isinstance(given, Edge) else given,
            (call.args, call.kwargs),
        )
        return layer(*args, **kwargs)

    return function


def _applied(call, own, function, numbers: np.ndarray, dtype: str) -> np.ndarray:
    try:
        result = function(ops.convert_to_tensor(numbers, dtype=dtype))
        result = ops.convert_to_numpy(ops.cast(result, "float32"))
    except Exception as error:  # the user's own code may raise what it likes
        _refuse(call, own, f"fails in shape {numbers.shape}: {_last_line(error)}")
    if result.shape != numbers.shape:
        _refuse(call, own, "does not keep the shape of its input")
    return result


def _equal(call: Call, before: np.ndarray, after: np.ndarray) -> bool:
    """Whether the numbers are the same up to the rounding that the layer reckons in."""
    known = np.abs(before[np.isfinite(before)])
    tolerance = _TOLERANCES[getattr(call.operation, "compute_dtype", "float32")]
    near = {"rtol": 0, "atol": tolerance * known.max(initial=0.0)}
    return np.allclose(before, after, equal_nan=True, **near)


def _refuse(call: Call, own: Any, reason: str) -> NoReturn:
    name = getattr(own, "__name__", type(own).__name__)
    refuse(call, f"was declared by kerasseg.elementwise({name}), and {reason}")


def _last_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[-1] if lines else type(error).__name__
