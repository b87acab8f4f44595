"""All that a training can be told, by a flag or a line of its file."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any, NamedTuple

from kerasseg.cli.number_range import (
    AT_LEAST_1,
    AVERAGE,
    COUNT,
    MOMENTUM,
    NOT_NEGATIVE,
    POSITIVE,
    SEED,
    SHARE,
    NumberRange,
)
from kerasseg.cli.pixel_sizes import size_argument
from kerasseg.cli.train_option import read_option
from kerasseg.pixel_ranges import MODES


class Setting(NamedTuple):
    """One thing that a training can be told.

    Attributes:
        name: In the file; the flag is the same with hyphens.
        kind: Reads the text of a flag; `bool` is a switch, `list` may be repeated, and
            a `NumberRange` refuses other numbers in the file too.
        default: `None` where it follows from others.
        help: For people.
        choices: All that is allowed, or empty.
        may_change: Whether a resumed run may have another value.
    """

    name: str
    kind: Callable[[str], Any]
    default: Any
    help: str
    choices: tuple[str, ...] = ()
    may_change: bool = False

    @property
    def type(self) -> Any:
        """Of its values, if that is one; else `kind`."""
        return self.kind.kind if isinstance(self.kind, NumberRange) else self.kind

    @property
    def flag(self) -> str:
        """What people call it on the command line."""
        if self.name == "data":
            return "DATASET"
        return "--" + self.name.replace("_", "-")


# Names that belong to modules which would load NumPy or Keras; a test compares them.
LOSSES = (
    *("cross_entropy", "focal", "dice", "jaccard", "tversky"),
    *("lovasz_softmax", "ohem_cross_entropy", "cross_entropy_and_dice"),
)
OPTIMIZERS = (
    *("sgd", "adam", "adamw", "rmsprop", "lion"),
    *("fcn", "unet", "deconvnet", "segnet", "pspnet"),
)
STRATEGIES = ("none", "mirrored", "multi_worker", "data_parallel")
SCHEDULES = ("constant", "step", "polynomial", "cosine")
AUGMENTATIONS = ("flip", "unet", "camvid")
CLASS_WEIGHTS = ("median_frequency", "inverse", "effective_number")

DATA = [
    Setting("data", str, None, "folder of the data set"),
    Setting("format", str, None, "camvid, voc, … (default: told from the folder)"),
    Setting("split", str, None, "part to train on (default: train, if there is one)"),
    Setting(
        "validation",
        str,
        None,
        "part to validate on, a share such as 0.2 to hold out, or none (default: the "
        "part val, or 0.2 where there is none or it is trained on)",
    ),
    Setting(
        "scale", float, 1.0, "shrink images, say by 0.5; predict takes --scale too"
    ),
    Setting(
        "crop",
        size_argument,
        None,
        "cut this size out: at random to train, in the middle to validate",
    ),
    Setting("batch_size", AT_LEAST_1, 4, "images a step (default: 4)"),
    Setting("augment", str, None, "random changes (default: none)", AUGMENTATIONS),
    Setting(
        "preprocess",
        str,
        "unit",
        "pixels are none 0…255, unit 0…1 (default), tf -1…1, caffe and torch as in "
        "keras.applications",
        MODES,
    ),
    Setting("cache", bool, False, "keep decoded images in memory"),
]
MODEL = [
    Setting(
        "model",
        str,
        None,
        "FCN32s, FCN16s, FCN8s, UNet, DeconvNet, SegNet, SegNetBasic, PSPNet, or a "
        ".keras or .h5 file",
    ),
    Setting("option", list, {}, "for the network, say padding=same; repeat it"),
    Setting("weights", str, None, "a file of weights to start from, or imagenet"),
    Setting("encoder", str, None, "encoder of UNet and PSPNet, such as ResNet50"),
    Setting("encoder_weights", str, None, "a file, or imagenet"),
    Setting("freeze", list, [], "layers to keep as they are, such as 'block1_*'"),
    Setting("staged", bool, False, "FCNs: train 32s, 16s and 8s, one after another"),
    Setting("mixed_precision", bool, False, "compute in float16 where it is safe"),
]
LEARNING = [
    Setting("loss", str, "cross_entropy", "what to minimise", LOSSES),
    Setting("class_weight", str, None, "weigh classes by rarity", CLASS_WEIGHTS),
    Setting("weight_map", str, None, "unet: weigh gaps between objects", ("unet",)),
    Setting("sample_pixels", SHARE, None, "share of pixels that count in a step"),
    Setting("optimizer", str, "adam", "by name; nets as their papers", OPTIMIZERS),
    Setting("learning_rate", POSITIVE, None, "at the start (default: the optimizer's)"),
    Setting("momentum", MOMENTUM, None, "of SGD (default: the optimizer's)"),
    Setting("weight_decay", NOT_NEGATIVE, None, "share of weights taken in each step"),
    Setting("schedule", str, "constant", "of the learning rate", SCHEDULES),
    Setting("warmup_steps", COUNT, 0, "steps in which the rate rises from 0"),
    Setting("power", POSITIVE, 0.9, "of the polynomial schedule (default: 0.9)"),
    Setting("clip_norm", POSITIVE, None, "longest gradient of all weights together"),
    Setting("ema", AVERAGE, None, "average the weights with this momentum, say 0.999"),
]
RUN = [
    Setting("epochs", AT_LEAST_1, None, "passes over the data (default: 50)", (), True),
    Setting("steps", AT_LEAST_1, None, "steps, in place of epochs", (), True),
    Setting(
        "early_stopping",
        AT_LEAST_1,
        None,
        "epochs to stop after in which --monitor did not improve",
    ),
    Setting(
        "monitor",
        str,
        None,
        "what names the best epoch (default: the first there is of val_mean_iou, "
        "val_loss, mean_iou, loss)",
        may_change=True,
    ),
    Setting(
        "refresh_statistics",
        bool,
        False,
        "at the end, as SegNet did, for best",
        may_change=True,
    ),
    Setting("seed", SEED, 0, "of weights, order, changes and dropout (default: 0)"),
    Setting("deterministic", bool, False, "the same bits in every run, if slower"),
    Setting("every_steps", AT_LEAST_1, None, "steps between checkpoints", (), True),
    Setting(
        "every_minutes", POSITIVE, 10.0, "between checkpoints (default: 10)", (), True
    ),
    Setting("keep", AT_LEAST_1, 2, "checkpoints to keep (default: 2)", (), True),
    Setting("strategy", str, "none", "of several devices", STRATEGIES, True),
    Setting("devices", AT_LEAST_1, None, "how many (default: all GPUs)", (), True),
]
GROUPS = {"data": DATA, "model": MODEL, "learning": LEARNING, "run": RUN}
SETTINGS = {s.name: s for settings in GROUPS.values() for s in settings}


# What a flag's value looks like in the help.
_METAVARS = {int: "N", float: "NUMBER", str: "NAME", size_argument: "HxW"}
_OWN_METAVARS = {
    "option": "NAME=VALUE",
    "freeze": "PATTERN",
    "weights": "FILE",
    "encoder_weights": "FILE",
}


def add_setting_flags(parser: argparse.ArgumentParser) -> None:
    """A flag for each setting; what is not given stays `None`."""
    for title, settings in GROUPS.items():
        group = parser.add_argument_group(title)
        for setting in settings:
            if setting.name == "data":
                continue
            metavar = _OWN_METAVARS.get(setting.name) or _METAVARS.get(setting.type)
            if setting.kind is bool:
                how = {"action": argparse.BooleanOptionalAction}
            elif setting.kind is list:
                kind = read_option if setting.name == "option" else str
                how = {"action": "append", "type": kind, "metavar": metavar}
            elif setting.choices:
                how = {"choices": setting.choices}
            else:
                how = {"type": setting.kind, "metavar": metavar}
            group.add_argument(setting.flag, default=None, help=setting.help, **how)
