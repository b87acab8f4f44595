"""What a training, and its dry run, must be refused before an old run is cleared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

from kerasseg.errors import UsageError
from kerasseg.training.batches import as_batches
from kerasseg.training.distribution import Strategy
from kerasseg.training.monitor import chosen_monitor
from kerasseg.training.outputs import fit_to_outputs


def check_net(config: dict[str, Any], data: Any, model: keras.Model) -> None:
    """Checks that a net has as many classes as the data, and what is to be refreshed.

    Raises:
        UsageError: It has not.
    """
    count = keras.tree.flatten(model.outputs)[0].shape[-1]
    if max(count, 2) != data.classes:  # a single score tells two classes apart
        raise UsageError(
            f"--model {config['model']}: gives scores of {max(count, 2)} classes, and "
            f"{config['data']} has {data.classes}: {', '.join(data.names)}"
        )
    if config["refresh_statistics"] and not _learns_statistics(model):
        raise UsageError(
            f"--refresh-statistics: {config['model']} has no BatchNormalization that "
            "is not frozen; leave it out, or pass --no-refresh-statistics"
        )


def check_monitor(
    config: dict[str, Any], model: keras.Model, metrics: Sequence[Any], held_out: Any
) -> None:
    """Checks that an epoch will have what it is to be judged by.

    Nets of several outputs name it after these: the training itself checks that.

    Raises:
        ArgumentError: It will not.
    """
    if config["monitor"] is None or len(model.outputs) > 1:
        return
    names = ["loss", *(metric.name for metric in metrics)]
    if held_out is not None:
        names += [f"val_{name}" for name in names]
    chosen_monitor(config["monitor"], names)


def check_batches(
    strategy: Strategy, model: keras.Model, learning: Any, held_out: Any
) -> None:
    """Checks that all devices get images, and the net gives a score for every pixel.

    Raises:
        ArgumentError: They do not, or it does not.
    """
    for batches, is_training in ((learning, True), (held_out, False)):
        if batches is not None:
            part = strategy.share(as_batches(batches), training=is_training)
            fit_to_outputs(model, part)


def _learns_statistics(model: keras.Model) -> bool:
    """Whether `refresh_batch_statistics` finds something to refresh, at any depth."""
    return any(
        _learns_statistics(layer)
        if hasattr(layer, "layers")
        else isinstance(layer, keras.layers.BatchNormalization) and layer.trainable
        for layer in model.layers
    )
