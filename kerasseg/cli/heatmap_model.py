"""The net that `kerasseg heatmap` runs, made of the model that a file holds."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from kerasseg.errors import ConversionError, UsageError

if TYPE_CHECKING:
    import keras


def with_one_head(model: keras.Model, options: argparse.Namespace) -> keras.Model:
    """The model with the output that `--head` names, where it has several."""
    import keras

    if len(model.outputs) == 1:
        return model
    names = model.output_names
    if options.head not in names:
        raise UsageError(
            f"{options.model}: has {len(names)} outputs. Choose one: --head "
            + " or --head ".join(names)
        )
    return keras.Model(model.inputs, model.outputs[names.index(options.head)])


def with_both_sides(fcn: keras.Model) -> keras.Model:
    """Of a single unit p, the scores 1 - p of the first name and p of the second."""
    import keras

    score = fcn.outputs[0]
    both = keras.layers.Concatenate()([keras.layers.Rescaling(-1, 1)(score), score])
    return keras.Model(fcn.inputs, both)


def as_fcn(model: keras.Model, options: argparse.Namespace) -> keras.Model:
    """The net that gives one map, converted where the file holds a classifier.

    Raises:
        ConversionError: The model takes no photo, or cannot be converted.
        UsageError: A converted net is to get another stride.
    """
    from kerasseg.cli.conversion import convert_from_file

    path = options.model
    if len(model.inputs) != 1:
        raise ConversionError(
            f"{path}: takes {len(model.inputs)} images at once; a heatmap needs one"
        )
    shape = model.inputs[0].shape
    channels = shape[-1]
    if len(shape) == 4 and channels not in (1, 3, 4):
        raise ConversionError(
            f"{path}: takes {channels} channels; a photo has 1 (grey), 3 (RGB) or 4"
        )
    if len(shape) == 4 and len(model.outputs[0].shape) == 4:
        if options.output_stride is not None:
            raise UsageError(
                f"--output-stride: {path} is converted already and keeps its stride. "
                "Pass the option to kerasseg convert, or the classifier to this command"
            )
        return model
    return convert_from_file(
        model,
        path,
        output_stride=options.output_stride,
        native_size=options.native_size,
    )


def preprocessing(model: keras.Model, wanted: str) -> str:
    """The range of pixels to give the model; "auto" by what it does to them itself."""
    from kerasseg.data.preprocess import default_mode

    if wanted != "auto":
        return wanted
    return default_mode(model)
