"""The net that `kerasseg predict` and `kerasseg evaluate` run, with its options."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from kerasseg.cli.model_head import with_one_head
from kerasseg.cli.pixel_range import add_preprocess_option
from kerasseg.cli.scale_factor import scale_argument
from kerasseg.errors import FileError, UsageError

if TYPE_CHECKING:
    import keras


def add_net_options(parser: argparse.ArgumentParser) -> None:
    """The options `--head`, `--scale`, `--preprocess` and `--threshold`."""
    parser.add_argument(
        "--head", metavar="NAME", help="which output to take, where there are several"
    )
    parser.add_argument(
        "--scale",
        type=scale_argument,
        metavar="NUMBER",
        help="as in kerasseg train: the net sees photos shrunk by it; its scores are "
        "enlarged bilinearly to the photo's own size, and then each pixel takes its "
        "class. Tiles are cut from the shrunken photo (default: 1)",
    )
    add_preprocess_option(parser)
    parser.add_argument(
        "--threshold",
        type=float,
        default=0.5,
        help="for a net of one score: above it is class 1; 0 for logits (default: 0.5)",
    )


def open_net(options: argparse.Namespace) -> tuple[keras.Model, str]:
    """Loads the net; returns it with its mode of `kerasseg.data.preprocess`.

    Raises:
        FileError: It cannot be read, takes no single image, or gives no map.
        UsageError: An option does not fit it.
    """
    from kerasseg.cli.training_note import note_training
    from kerasseg.data.preprocess import default_mode
    from kerasseg.files import load_model

    model = _with_one_map(load_model(options.model), options)
    mode = options.preprocess
    if mode == "auto":
        mode = default_mode(model)
    if mode in ("caffe", "torch") and model.inputs[0].shape[-1] != 3:
        raise UsageError(f"--preprocess {mode}: the model does not take 3 channels")
    note_training(options, mode)
    return model, mode


def _with_one_map(model: keras.Model, options: argparse.Namespace) -> keras.Model:
    path = options.model
    if len(model.inputs) != 1 or len(model.inputs[0].shape) != 4:
        raise FileError(path, "takes no single image (height, width, channels)")
    model = with_one_head(model, options)
    if len(model.outputs[0].shape) != 4:
        raise FileError(
            path,
            "gives no map of scores, a class for every pixel; for a classifier there "
            "is kerasseg heatmap",
        )
    return model
