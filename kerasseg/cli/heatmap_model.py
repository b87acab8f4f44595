"""The net that `kerasseg heatmap` runs, made of the model that a file holds."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from kerasseg.errors import ConversionError, UsageError

if TYPE_CHECKING:
    import keras


def with_both_sides(fcn: keras.Model) -> keras.Model:
    """Of a single unit, the scores of class 0 and of class 1, which is its own.

    Class 0 gets 1 - p where the unit gives a probability p, and -z where it gives a
    logit z: then sigmoid(-z) is 1 - sigmoid(z).
    """
    import keras

    from kerasseg.probabilities import gives_probabilities

    score = fcn.outputs[0]
    offset = 1.0 if gives_probabilities(fcn) else 0.0
    other = keras.layers.Rescaling(-1.0, offset)(score)
    return keras.Model(fcn.inputs, keras.layers.Concatenate()([other, score]))


def sides_told(fcn: keras.Model) -> str:
    """A sentence for people on the two scores that a single unit gives."""
    from kerasseg.probabilities import gives_probabilities

    if gives_probabilities(fcn):
        return "One unit gives p, the score of class 1; class 0 has 1 - p."
    return (
        "One unit gives a logit z, the score of class 1; class 0 has -z. "
        "--activation sigmoid gives probabilities."
    )


def as_fcn(model: keras.Model, options: argparse.Namespace) -> keras.Model:
    """The net that gives one map, converted where the file holds a classifier.

    Raises:
        ConversionError: The model takes no photo, or cannot be converted.
        UsageError: A converted net is to get another stride or activation.
    """
    from kerasseg.cli.conversion import activation_of, convert_from_file

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
        _check_stays(options)
        return model
    return convert_from_file(
        model,
        path,
        output_stride=options.output_stride,
        classifier_activation=activation_of(options),
        native_size=options.native_size,
    )


def _check_stays(options: argparse.Namespace) -> None:
    for option, kept, is_asked in (
        ("--output-stride", "stride", options.output_stride is not None),
        ("--activation", "activation", options.activation != "same"),
    ):
        if is_asked:
            raise UsageError(
                f"{option}: {options.model} is converted already and keeps its {kept}. "
                "Pass the option to kerasseg convert, or the classifier to this command"
            )


def preprocessing(model: keras.Model, wanted: str) -> str:
    """The range of pixels to give the model; "auto" by what it does to them itself."""
    from kerasseg.data.preprocess import default_mode

    if wanted != "auto":
        return wanted
    return default_mode(model)
