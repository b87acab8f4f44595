"""A compiled model built anew where a strategy wants its variables."""

from __future__ import annotations

from contextlib import AbstractContextManager

import keras

from kerasseg.errors import ArgumentError
from kerasseg.training.distribution.synchronized import (
    copy_model,
    synchronize_batch_normalization,
)


def place_model(
    model: keras.Model, scope: AbstractContextManager, *, synchronize: bool
) -> keras.Model:
    """A copy whose weights and optimizer live in a scope; its metrics do not.

    Args:
        model: A compiled model.
        scope: Of a strategy; variables made in it are on every device.
        synchronize: Whether BatchNormalization is to see the batch of all replicas.

    Raises:
        ArgumentError: The model is not compiled, or cannot be copied.
    """
    _check(model)
    with scope:
        copy = synchronize_batch_normalization if synchronize else copy_model
        placed = copy(model)
        optimizer = type(model.optimizer).from_config(model.optimizer.get_config())
        optimizer.build(placed.trainable_variables)
        if model.optimizer.built:
            copy_variables(model.optimizer, optimizer)
    config = model.get_compile_config()
    placed.compile(
        optimizer,
        model.loss,
        loss_weights=config["loss_weights"],
        metrics=_copied(config["metrics"]),
        weighted_metrics=_copied(config["weighted_metrics"]),
        auto_scale_loss=False,  # the optimizer of the model already does, or shall not
    )
    return placed


def copy_variables(source, target) -> None:
    """Gives all variables of one model or optimizer to another of the same kind."""
    for old, new in zip(source.variables, target.variables, strict=True):
        new.assign(keras.ops.convert_to_numpy(old))


def collect_model(placed: keras.Model, model: keras.Model) -> None:
    """Gives a model the weights, and the state of the optimizer, of its placed copy."""
    copy_variables(placed, model)
    if not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)
    copy_variables(placed.optimizer, model.optimizer)
    model.history = placed.history


def _check(model):
    if getattr(model, "optimizer", None) is None:
        raise ArgumentError(
            "The model must be compiled before it is placed on several devices. "
            f"Received: model='{model.name}', which has no optimizer"
        )
    for name in ("steps_per_execution",):
        if getattr(model, name, 1) != 1:
            raise ArgumentError(
                f"{name} must be 1 on several devices. Received: "
                f"{name}={getattr(model, name)}"
            )
    if getattr(model.optimizer, "gradient_accumulation_steps", None):
        raise ArgumentError(
            "Gradients cannot be accumulated on several devices: use larger batches. "
            "Received: gradient_accumulation_steps="
            f"{model.optimizer.gradient_accumulation_steps}"
        )


def _copied(metrics):
    """New metrics of the same configuration, whose variables are plain ones."""
    return keras.saving.deserialize_keras_object(metrics) if metrics else None
