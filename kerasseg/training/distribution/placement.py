"""A compiled model built anew where a strategy wants its variables."""

from __future__ import annotations

from contextlib import AbstractContextManager

import keras

from kerasseg.errors import ArgumentError
from kerasseg.training.distribution.rebuilt_optimizer import (
    copy_variables,
    rebuild_optimizer,
)
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
        optimizer = rebuild_optimizer(
            model.optimizer, model.trainable_variables, placed.trainable_variables
        )
    config = model._compile_config.config  # as given; no file need hold a function
    placed.compile(
        optimizer,
        model.loss,
        loss_weights=config["loss_weights"],
        metrics=_copied(config["metrics"]),
        weighted_metrics=_copied(config["weighted_metrics"]),
        auto_scale_loss=False,  # the optimizer of the model already does, or shall not
    )
    return placed


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
    return keras.tree.map_structure(_copied_metric, metrics)


def _copied_metric(metric):
    if not isinstance(metric, keras.metrics.Metric):
        return metric  # a name or a function, of which Keras makes a metric
    if type(metric) is keras.metrics.MeanMetricWrapper:  # of any function
        options = {"name": metric.name, "dtype": metric.dtype, **metric._fn_kwargs}
        return keras.metrics.MeanMetricWrapper(metric._fn, **options)
    return type(metric).from_config(metric.get_config())
