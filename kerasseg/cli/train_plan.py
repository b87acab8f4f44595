"""What a training is going to do, before it does it."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from kerasseg.cli.output import by, print_table

_MB = 1024**2


def plan(
    config: dict[str, Any],
    model: keras.Model,
    train: Any,
    held_out: Any,
    pipeline: Any,
    shapes: list[tuple],
) -> dict[str, Any]:
    """The facts of a training.

    Args:
        config: The settings.
        model: The net.
        train: The data set to train on.
        held_out: The data set to validate on, or `None`.
        pipeline: The batches.
        shapes: Those of one batch: images, masks and perhaps weights.
    """
    steps = config["steps"] or config["epochs"] * pipeline.steps_per_epoch
    spec = model(keras.KerasTensor(shapes[0], "float32"))
    counts = [int(np.prod(w.shape)) for w in model.trainable_weights]
    return {
        "model": model.name,
        "data": train.name,
        "format": train.format,
        "classes": list(train.names),
        "ignored": train.ignore_class,
        "images": {"train": len(train), "validation": len(held_out or ())},
        "batch": [list(shape) for shape in shapes],
        "scores": [list(x.shape) for x in keras.tree.flatten(spec)],
        "parameters": model.count_params(),
        "trainable": sum(counts),
        "steps_per_epoch": pipeline.steps_per_epoch,
        "steps": steps,
        "memory_mb": memory(model, shapes[0], config) / _MB,
        "settings": {k: v for k, v in config.items() if v not in (None, {}, [])},
    }


def memory(model: keras.Model, shape: tuple, config: dict[str, Any]) -> int:
    """A rough estimate of the bytes that a step needs at most.

    Weights, gradients, what the optimizer keeps, and the output of each layer with its
    gradient. Frameworks keep some of it longer, and free some of it sooner.
    """
    adaptive = config["optimizer"] in ("adam", "adamw")
    copies = 2 + (2 if adaptive else 1) + (config["ema"] is not None)
    width = 2 if config["mixed_precision"] else 4
    return 4 * copies * model.count_params() + 2 * width * _values(model, shape)


def _values(model, shape):
    """Numbers that all layers together put out for one batch."""
    fixed = keras.Input(batch_shape=shape)
    copy = keras.models.clone_model(model, input_tensors=fixed)
    return sum(
        int(np.prod(tensor.shape))
        for layer in copy.layers
        for tensor in keras.tree.flatten(layer.output)
        if None not in tensor.shape
    )


def print_plan(facts: dict[str, Any]) -> None:
    """Prints the facts for people."""
    images = facts["images"]
    shapes = [by(shape) for shape in facts["batch"]]
    rows = [
        ("net", f"{facts['model']}, {facts['parameters']:,} parameters"),
        ("", f"{facts['trainable']:,} of them learn"),
        ("data", f"{facts['data']}, {len(facts['classes'])} classes"),
        ("", f"read as: {facts['format']}"),
        (
            "",
            f"{images['train']} images to train on, {images['validation']} to validate",
        ),
        ("batch", f"images {shapes[0]}, masks {shapes[1]}"),
        ("scores", ", ".join(by(shape) for shape in facts["scores"])),
        ("steps", f"{facts['steps']:,}, {facts['steps_per_epoch']} an epoch"),
        ("memory", f"about {facts['memory_mb']:,.0f} MB in a step"),
    ]
    print_table(rows)
