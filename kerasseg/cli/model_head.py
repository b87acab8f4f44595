"""The output that `--head` names."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from kerasseg.errors import UsageError

if TYPE_CHECKING:
    import keras


def with_one_head(model: keras.Model, options: argparse.Namespace) -> keras.Model:
    """The model with the output that `--head` names, where it has several.

    Raises:
        UsageError: There is no such output, or it is to be named.
    """
    import keras

    # A Sequential has no list of names, and one output.
    names = getattr(model, "output_names", [model.layers[-1].name])
    if options.head is not None and options.head not in names:
        raise UsageError(
            f"--head {options.head}: {options.model} has the outputs {', '.join(names)}"
        )
    if len(names) == 1:
        return model
    if options.head is None:
        raise UsageError(
            f"{options.model}: has {len(names)} outputs. Choose one: --head "
            + " or --head ".join(names)
        )
    return keras.Model(model.inputs, model.outputs[names.index(options.head)])
