"""Training in stages, each net beginning with the weights of the one before."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import keras

from kerasseg.errors import ArgumentError
from kerasseg.training.batches import as_batches
from kerasseg.training.distribution.strategies import as_strategy
from kerasseg.training.fit_arguments import (
    check_checkpoints,
    check_early_stopping,
    check_run,
    count_epochs,
)
from kerasseg.training.fitting import fit
from kerasseg.training.outputs import fit_to_outputs
from kerasseg.training.stage_folders import check_stages, clear_stages, current_stage


class Stage(NamedTuple):
    """One net of several.

    Attributes:
        name: Of the stage, and of its folder in the run.
        build: Returns the net.
        optimizer: Returns a new optimizer for it.
    """

    name: str
    build: Callable[[], keras.Model]
    optimizer: Callable[[], keras.optimizers.Optimizer]


def fit_stages(
    stages: Sequence[Stage],
    train: Any,
    validation: Any = None,
    *,
    move_weights: Callable[[keras.Model, keras.Model], Any],
    metrics: Callable[[], Sequence[Any]] | None = None,
    run_dir: str | Path | None = None,
    resume: bool = False,
    overwrite: bool = False,
    **options: Any,
) -> keras.Model:
    """Trains nets one after the other, as FCN-32s, FCN-16s and FCN-8s were.

    Each gets a folder of its own in `run_dir`. A resumed run goes on in the stage in
    which it was stopped: once a stage has a checkpoint, those before it stay as they
    are, and further epochs are only for it and those after it.

    Reference:

    - [Fully Convolutional Networks for Semantic Segmentation](
      https://arxiv.org/abs/1411.4038), section 4.3 (Long, Shelhamer and Darrell, 2015)

    Args:
        stages: The nets, in order.
        train: As for `fit`.
        validation: As for `fit`.
        move_weights: Called with the trained net and the next, before that is trained:
            `zoo.fcn.move_weights`.
        metrics: Returns new metrics for a net.
        run_dir: Folder of the run.
        resume: Whether to go on with the run in `run_dir`; if there is none, begin.
        overwrite: Whether to begin anew where there is a run. All stages of the old
            one are removed before the first begins.
        **options: The others of `fit`, for every stage.

    Returns:
        The last net, trained.

    Raises:
        ArgumentError: There are no stages, or two of one name; or as for `fit`.
        FileError: As for `fit`, of the folder of any stage.

    Example:

    >>> import zoo
    >>> small = {"classes": 2, "base_filters": 2, "hidden_units": 4, "variant": "same"}
    >>> new = lambda: keras.optimizers.SGD(1e-3)
    >>> stages = [
    ...     Stage("fcn32s", lambda: zoo.FCN32s(**small), new),
    ...     Stage("fcn16s", lambda: zoo.FCN16s(**small), new),
    ... ]
    >>> import numpy as np
    >>> import tensorflow as tf
    >>> data = np.ones((2, 32, 32, 3), "float32"), np.ones((2, 32, 32), "int32")
    >>> data = tf.data.Dataset.from_tensor_slices(data).batch(1)
    >>> net = fit_stages(
    ...     stages, data, move_weights=zoo.fcn.move_weights, epochs=1, verbose=0,
    ...     loss=keras.losses.SparseCategoricalCrossentropy(),
    ... )
    >>> net.name
    'fcn16s'
    """
    names = [stage.name for stage in stages]
    if not names or len(set(names)) != len(names):
        raise ArgumentError(
            f"stages must be one or more, of different names. Received: {names}"
        )
    check_run(run_dir, resume, overwrite)
    batches = _checked(train, options)
    strategy = options["strategy"] = as_strategy(options.get("strategy"))
    folders = [] if run_dir is None else [Path(run_dir) / name for name in names]
    check_stages(folders, strategy, resume, overwrite)
    model = stages[0].build()
    fit_to_outputs(model, batches)
    if overwrite:
        clear_stages(folders, strategy)
    current = int(strategy.chiefs([current_stage(folders)])[0])
    for number, stage in enumerate(stages):
        if number > 0:
            before, model = model, stage.build()
        if number > current:
            move_weights(before, model)
        if number < current:  # built all the same: later nets draw what follows
            continue
        fit(
            model,
            train,
            validation,
            run_dir=folders[number] if folders else None,
            resume=resume or overwrite,
            optimizer=stage.optimizer(),
            metrics=None if metrics is None else metrics(),
            **options,
        )
    return model


def _checked(train, options):
    """The batches, once nothing of what `fit` is told can be refused of any net."""
    given = inspect.signature(fit).bind(None, train, **options)
    given.apply_defaults()
    told = given.arguments
    check_checkpoints(told["every_steps"], told["every_minutes"], told["keep"])
    check_early_stopping(told["early_stopping"])
    if told["loss"] is None:
        raise ArgumentError("The nets of all stages need a loss. Received: loss=None")
    batches = as_batches(train, told["steps_per_epoch"])
    count_epochs(told["epochs"], told["steps"], batches)
    return batches
