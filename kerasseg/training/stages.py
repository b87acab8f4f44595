"""Training in stages, each net beginning with the weights of the one before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import keras

from kerasseg.errors import ArgumentError
from kerasseg.training.fitting import fit


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
    **options: Any,
) -> keras.Model:
    """Trains nets one after the other, as FCN-32s, FCN-16s and FCN-8s were.

    Each gets a folder of its own in `run_dir`. A resumed run goes on in the stage in
    which it was stopped.

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
        **options: Those of `fit`, for every stage.

    Returns:
        The last net, trained.

    Raises:
        ArgumentError: There are no stages, or two of one name.
        FileError: As for `fit`.

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
    before = None
    for stage in stages:
        model = stage.build()
        if before is not None:
            move_weights(before, model)
        folder = None if run_dir is None else Path(run_dir) / stage.name
        fit(
            model,
            train,
            validation,
            run_dir=folder,
            optimizer=stage.optimizer(),
            metrics=None if metrics is None else metrics(),
            **options,
        )
        before = model
    return before
