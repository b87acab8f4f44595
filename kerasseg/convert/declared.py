"""Whether layers that were declared elementwise are: tried on random numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from keras import ops, tree

from kerasseg.convert.refusals import refuse
from kerasseg.graph import Call, Edge
from kerasseg.own_layers import is_declared

_BATCH, _PLACES = 2, 3  # where the shape leaves them open
_TOLERANCE = 1e-2  # of float16; what mixes numbers is off by far more


def check_declared(call: Call) -> None:
    """Refuses a layer or activation that `kerasseg.elementwise` was told too much of.

    Raises:
        ConversionError: Numbers depend on others, on their place, or on chance.
    """
    layer = call.operation
    activation = getattr(layer, "activation", None)
    if is_declared(layer):
        _check(call, call.inputs[0], lambda x: _called(call, x), layer)
    elif is_declared(activation):
        _check(call, call.outputs[0], activation, activation)


def _called(call: Call, x: Any) -> Any:
    args, kwargs = tree.map_structure(
        lambda given: x if isinstance(given, Edge) else given, (call.args, call.kwargs)
    )
    return call.operation(*args, **kwargs)


def _check(call: Call, edge: Edge, function: Any, own: Any) -> None:
    random = np.random.default_rng(0)
    shape = _BATCH, *(n or _PLACES for n in edge.shape[1:])
    numbers = random.normal(size=shape)
    # Elsewhere than before, among others: a number that is treated by itself gives the
    # same as before.
    order = random.permutation(numbers.size)
    stays = random.random(numbers.size) < 0.5
    others = random.normal(2, 3, size=numbers.size)
    moved = np.where(stays, numbers.ravel()[order], others).reshape(shape)
    before, after = (_applied(function, x, edge.dtype) for x in (numbers, moved))
    if before.shape == after.shape == shape and np.allclose(
        before.ravel()[order][stays],
        after.ravel()[stays],
        rtol=_TOLERANCE,
        atol=_TOLERANCE,
        equal_nan=True,
    ):
        return
    name = getattr(own, "__name__", type(own).__name__)
    refuse(
        call,
        f"was declared by kerasseg.elementwise({name}), and does not treat every "
        "number by itself: what it makes of one depends on others, on its place, or "
        "on chance",
    )


def _applied(function: Any, numbers: np.ndarray, dtype: str) -> np.ndarray:
    result = function(ops.convert_to_tensor(numbers, dtype=dtype))
    return ops.convert_to_numpy(ops.cast(result, "float32"))
