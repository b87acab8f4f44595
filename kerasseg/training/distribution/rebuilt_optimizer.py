"""An optimizer built anew for other variables, with what its configuration drops."""

from __future__ import annotations

from collections.abc import Sequence

import keras


def rebuild_optimizer(
    optimizer: keras.optimizers.Optimizer,
    variables: Sequence[keras.Variable],
    others: Sequence[keras.Variable],
) -> keras.optimizers.Optimizer:
    """An optimizer of the same kind and state that trains other variables.

    Args:
        optimizer: What is copied.
        variables: What it trains.
        others: What the copy is to train, in the same order.

    Returns:
        A built optimizer whose variables are made where this is called.
    """
    copy = _of_same_settings(optimizer)
    _exclude_the_same(optimizer, copy, variables, others)
    copy.build(others)
    if optimizer.built:
        copy_variables(optimizer, copy)
    else:  # a schedule may have been told to begin later
        copy.iterations.assign(keras.ops.convert_to_numpy(optimizer.iterations))
    return copy


def copy_variables(source, target) -> None:
    """Gives all variables of one model or optimizer to another of the same kind."""
    for old, new in zip(source.variables, target.variables, strict=True):
        new.assign(keras.ops.convert_to_numpy(old))


def _of_same_settings(optimizer):
    config = optimizer.get_config()
    if "inner_optimizer" in config:  # a LossScaleOptimizer
        config["inner_optimizer"] = _of_same_settings(optimizer.inner_optimizer)
        return type(optimizer)(**config)
    if callable(optimizer._learning_rate):  # a function or schedule that no file holds
        config["learning_rate"] = optimizer._learning_rate
    return type(optimizer).from_config(config)


def _exclude_the_same(optimizer, copy, variables, others):
    """Says again what no weight decay touches, which no configuration holds.

    Keras searches the names that TensorFlow gives, and those differ on each device.
    So it is asked of each variable, whether it was excluded by its name or by itself.
    """
    optimizer = getattr(optimizer, "inner_optimizer", optimizer)
    copy = getattr(copy, "inner_optimizer", copy)
    kept = [
        other
        for variable, other in zip(variables, others, strict=True)
        if not optimizer._use_weight_decay(_searched(variable))
    ]
    if kept:
        copy.exclude_from_weight_decay(var_list=kept)


def _searched(variable):
    """What the optimizers of this backend search for names."""
    return variable.value if keras.backend.backend() == "tensorflow" else variable
