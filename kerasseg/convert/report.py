"""What a conversion changed, and the measured proof that it changed no number."""

from __future__ import annotations

from dataclasses import dataclass

import keras
import numpy as np
from keras import layers, tree

from kerasseg.convert.ends import SAME
from kerasseg.convert.other_ends import scores_with
from kerasseg.graph import Call, flatten_model
from kerasseg.layers import UnfoldWindows2D


@dataclass(frozen=True)
class Change:
    """One layer that became another.

    Attributes:
        layer: Its path in the classifier.
        before: What it was, as `"Dense 120"`.
        after: What it is, as `"Conv2D 5×5, 120"`; empty where nothing was needed.
    """

    layer: str
    before: str
    after: str


def list_changes(model: keras.Model, fcn: keras.Model) -> list[Change]:
    """Lists the layers of a classifier that the conversion replaced or dropped.

    Args:
        model: The classifier.
        fcn: What `convert_to_fcn` made of it.
    """
    made = {operation.name: operation for operation in flat_operations(fcn)}
    changes = []
    for call in flatten_model(model).calls:
        new = made.get(call.path.replace("/", "_")) or made.get(call.operation.name)
        if new is None or type(new) is not type(call.operation):
            changes.append(Change(call.path, describe(call.operation), _after(new)))
    return changes


def flat_operations(model: keras.Model) -> list[keras.Operation]:
    """The layers and operations of a model, each once, nested models opened."""
    found = {id(call.operation): call.operation for call in flatten_model(model).calls}
    return list(found.values())


def describe(operation: keras.Operation) -> str:
    """A layer's type and the numbers that matter: `"Conv2D 5×5/2, 16"`."""
    kind = type(operation).__name__
    if isinstance(operation, layers.Dense):
        return f"{kind} {operation.units}"
    if isinstance(operation, UnfoldWindows2D):
        return f"{kind} {operation.window_size[0]}×{operation.window_size[1]}"
    size = getattr(operation, "kernel_size", None) or getattr(
        operation, "pool_size", None
    )
    if size is None:
        return kind
    text = f"{kind} {size[0]}×{size[1]}"
    if max(operation.strides) > 1:
        y, x = operation.strides
        text += f"/{y}" if y == x else f"/{y}×{x}"
    filters = getattr(operation, "filters", None)
    return f"{text}, {filters}" if filters else text


def native_difference(
    model: keras.Model,
    fcn: keras.Model,
    images: np.ndarray | list[np.ndarray],
    activation: str | None = SAME,
) -> float:
    """The largest difference between a classifier and its net at native size.

    Args:
        model: The classifier.
        fcn: Its converted net, with `"valid"` padding and pooling over windows, at any
            stride.
        images: `(batch, height, width, channels)` of the classifier's own size, or a
            list of such arrays for its several inputs.
        activation: The `classifier_activation` of the net.

    Returns:
        The largest absolute difference of a score over the largest absolute score.
    """
    flat = images if isinstance(images, list) else [images]
    if isinstance(images, list):
        images = tree.pack_sequence_as(flatten_model(model).inputs, images)
    if activation == SAME:
        expected = tree.flatten(model.predict_on_batch(images))
    else:
        expected = scores_with(model, flat, activation)
    actual = tree.flatten(fcn.predict_on_batch(images))
    differences = []
    for old, new in zip(expected, actual, strict=True):
        old = np.asarray(old, dtype=np.float64)
        # Strides may leave pixels over; without them a second window fits there.
        new = np.asarray(new, dtype=np.float64)[:, :1, :1].reshape(old.shape)
        scale = np.maximum(np.max(np.abs(old)), np.finfo(np.float32).tiny)
        differences.append(np.max(np.abs(new - old)) / scale)
    return float(np.max(differences))  # NaN if any is, unlike Python's max


def _after(new: keras.Operation | None) -> str:
    return "" if new is None else describe(new)


def head_of(model: keras.Model) -> list[Call]:
    """The calls behind the last map: what classifies, not what sees."""
    calls = flatten_model(model).calls
    return [call for call in calls if len(call.outputs[0].shape) != 4]
