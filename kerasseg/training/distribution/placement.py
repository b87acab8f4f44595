"""A compiled model built anew where a strategy wants its variables."""

from __future__ import annotations

import inspect
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

# What a copy does as Keras does, whatever the class of the model says.
_METHODS = "call", "train_step", "test_step", "compute_loss", "compute_metrics"


def place_model(
    model: keras.Model, scope: AbstractContextManager, *, synchronize: bool
) -> keras.Model:
    """A copy whose weights and optimizer live in a scope; its metrics do not.

    Args:
        model: A compiled model.
        scope: Of a strategy; variables made in it are on every device.
        synchronize: Whether BatchNormalization is to see the batch of all replicas.

    Raises:
        ArgumentError: The model is not compiled, it or a metric cannot be copied, or it
            has steps of its own.
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
        run_eagerly=model.run_eagerly,
        jit_compile=model.jit_compile,
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
    _check_methods(model)
    if model.steps_per_execution != 1:
        raise ArgumentError(
            "steps_per_execution must be 1 on several devices. "
            f"Received: steps_per_execution={model.steps_per_execution}"
        )
    optimizer = model.optimizer
    optimizer = getattr(optimizer, "inner_optimizer", optimizer)  # whose loss is scaled
    if optimizer.gradient_accumulation_steps:
        raise ArgumentError(
            "Gradients cannot be accumulated on several devices: use larger batches. "
            "Received: gradient_accumulation_steps="
            f"{optimizer.gradient_accumulation_steps}"
        )


def _check_methods(model):
    """Refuses what a copy, which Keras makes without the class, would leave out."""
    for name in _METHODS:
        if not getattr(model, name).__module__.startswith("keras."):
            raise ArgumentError(
                "To be trained on several devices, a model must be Functional or "
                f"Sequential, with Keras's own methods: its copies lack the {name} of "
                f"{type(model).__name__}. Train it on one device, or put what is new "
                "into layers, losses, metrics or callbacks. "
                f"Received: model='{model.name}'"
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
    try:
        return type(metric).from_config(_config_of(metric))
    except (TypeError, ValueError, NotImplementedError) as error:
        raise ArgumentError(
            "A metric is made anew on several devices, from its configuration: give "
            f"{type(metric).__name__} a get_config with all that its constructor takes "
            f"({error}). Received: metric='{metric.name}'"
        ) from error


def _config_of(metric):
    kind = type(metric)
    if kind.get_config is keras.metrics.Metric.get_config:  # of name and type alone
        lost = _named_parameters(kind) - {"name", "dtype"}
        if lost:
            raise ValueError(f"it lacks {', '.join(sorted(lost))}")
    return metric.get_config()


def _named_parameters(kind):
    found = inspect.signature(kind).parameters.values()
    return {p.name for p in found if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)}
