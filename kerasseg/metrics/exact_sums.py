"""Sums over a data set that stay exact where no 64-bit number is at hand."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any, NamedTuple

import keras
import numpy as np
from keras import ops

_UNIT = 2**24  # up to here float32 counts every integer


class Parts(NamedTuple):
    """Sums as `high · 2**24 + low + fraction`, all `(n,)`; `low` below 2**24."""

    high: Any
    low: Any
    fraction: Any | None  # `None` where all sums are integers


class ExactSum:
    """Running sums of a metric, exact up to 2**55 pixels and to 1e-7 of a weight.

    A float32 count stops at 2**24: one more pixel rounds away. float64 and int64 do
    not exist on every backend and device. So a sum is kept in three variables that
    carry into one another; each may be summed over replicas without loss.

    Args:
        metric: The Keras metric that owns the variables.
        shape: Shape of the sums.
        name: Start of the variables' names.
    """

    def __init__(self, metric: keras.metrics.Metric, shape: tuple[int, ...], name: str):
        # "int" is int64 under TensorFlow, which keeps int32 variables off the GPU.
        types = {"high": "int", "low": "int", "fraction": "float32"}
        self._high, self._low, self._fraction = (
            metric.add_variable(shape, "zeros", dtype=dtype, name=f"{name}_{part}")
            for part, dtype in types.items()
        )

    def add(self, parts: Parts) -> None:
        low = self._low + ops.cast(parts.low, self._low.dtype)
        if parts.fraction is not None:
            fraction = self._fraction + parts.fraction
            carried = ops.floor(fraction)
            self._fraction.assign(fraction - carried)
            low = low + ops.cast(carried, low.dtype)
        carried = ops.floor_divide(low, _UNIT)
        self._low.assign(low - carried * _UNIT)
        high = ops.cast(parts.high, self._high.dtype) + carried
        self._high.assign(self._high + high)

    def read(self) -> Any:
        """The sums as a float32 tensor, each rounded once."""
        high, low = (ops.cast(part, "float32") for part in (self._high, self._low))
        return high * _UNIT + (low + self._fraction)

    def numpy(self) -> np.ndarray:
        """The sums as they are: float64, in which integers are exact up to 2**53."""
        high, low, fraction = (
            np.asarray(ops.convert_to_numpy(part), np.float64)
            for part in (self._high, self._low, self._fraction)
        )
        return high * _UNIT + low + fraction


def sum_cells(
    cells: Any, weights: Any | None, images: Any, count: int
) -> tuple[Parts, Any]:
    """Counts how often each cell occurs in every image, or sums the weights there.

    Args:
        cells: `(pixels,)` int32, `image · count + cell`.
        weights: `(pixels,)` float32, or `None` for 1 everywhere.
        images: How many images; a number or a tensor.
        count: How many cells an image has.

    Returns:
        The sums over all images, `(count,)`, and those of each, `(images, count)`
        float32.
    """
    if weights is None:
        ones = ops.ones_like(cells)
        sums = _sum_segments(ones, cells, images * count)
        sums = ops.reshape(sums, (-1, count))  # (images, cells)
        total = ops.sum(sums, axis=0)
        parts = Parts(ops.floor_divide(total, _UNIT), ops.mod(total, _UNIT), None)
        return parts, ops.cast(sums, "float32")
    with _float64():
        # In float32 a million equal weights would already be off by more than 1e-5.
        weights = ops.cast(weights, "float64")
        sums = _sum_segments(weights, cells, images * count)
        sums = ops.reshape(sums, (-1, count))
        parts = parts_of(ops.sum(sums, axis=0))
        return parts, ops.cast(sums, "float32")


def parts_of(sums: Any) -> Parts:
    """Takes float sums apart, without loss."""
    whole = ops.floor(sums)
    high = ops.floor(whole / _UNIT)
    return Parts(
        ops.cast(high, "int32"),
        ops.cast(whole - high * _UNIT, "int32"),
        ops.cast(sums - whole, "float32"),
    )


def _sum_segments(values, cells, count):
    if keras.backend.backend() != "torch":
        return ops.segment_sum(values, cells, num_segments=count)
    import torch

    # Keras sums in float32 under PyTorch, integers too.
    sums = torch.zeros(int(count), dtype=values.dtype, device=values.device)
    return sums.scatter_add_(0, cells.long(), values)


def _float64():
    """Where float64 exists: JAX has it only on demand."""
    if keras.backend.backend() != "jax":
        return nullcontext()
    import jax

    if hasattr(jax, "enable_x64"):
        return jax.enable_x64(True)
    from jax.experimental import enable_x64  # its place before JAX 0.8

    return enable_x64()
