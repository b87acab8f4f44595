"""A net of one or several outputs, compiled with the losses of all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

from kerasseg.errors import ArgumentError


def compile_for(
    model: keras.Model,
    optimizer: str | keras.optimizers.Optimizer | None,
    loss: Any,
    metrics: Any = None,
    loss_weights: Sequence[float] | None = None,
) -> None:
    """Compiles a net; one loss serves all of its outputs, metrics are of the first.

    Args:
        model: The net.
        optimizer: A name or an optimizer of Keras.
        loss: One loss, or one for each output, in a list or by the names of outputs.
        metrics: A list, of the first output; or a dictionary as for `model.compile`,
            with the names of outputs; or `None`.
        loss_weights: One for each output, in a list or by their names, or `None`.

    Raises:
        ArgumentError: Optimizer or loss are missing, or metrics is one name.
    """
    if optimizer is None or loss is None:
        raise ArgumentError(
            "A net that is not compiled needs both an optimizer and a loss. "
            f"Received: optimizer={optimizer!r}, loss={loss!r}"
        )
    if metrics is not None and not isinstance(metrics, list | tuple | dict):
        raise ArgumentError(
            "metrics must be a list, or a dictionary by the names of outputs. "
            f"Received: metrics={metrics!r}"
        )
    # A model that is code does not tell, and gets loss and metrics as they are.
    count = len(getattr(model, "outputs", None) or [None])
    if count > 1:
        if not isinstance(loss, list | tuple | dict):
            loss = [loss] * count
        if not isinstance(metrics, dict):
            metrics = [list(metrics or []), *[[] for _ in range(count - 1)]]
    model.compile(optimizer, loss, metrics=metrics or None, loss_weights=loss_weights)
