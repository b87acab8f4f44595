"""The net of a training, with its loss, metrics and optimizer."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras

import zoo
from kerasseg import losses, training
from kerasseg.data import class_weights
from kerasseg.errors import UsageError, did_you_mean
from kerasseg.files import check_readable, load_model
from kerasseg.metrics import MeanIoU, PixelAccuracy
from kerasseg.probabilities import gives_probabilities
from kerasseg.training.optimizers import default_learning_rate

STAGES = ("FCN32s", "FCN16s", "FCN8s")
_BUILDING = ("weights", "encoder", "encoder_weights")
_LOSSES = {
    "cross_entropy": losses.CrossEntropy,
    "focal": losses.Focal,
    "dice": losses.Dice,
    "jaccard": losses.Jaccard,
    "tversky": losses.Tversky,
    "lovasz_softmax": losses.LovaszSoftmax,
    "ohem_cross_entropy": losses.OhemCrossEntropy,
}


def check_model(config: dict[str, Any], name: str) -> None:
    """Finds out before the data are read whether there is such a net.

    Args:
        config: The settings.
        name: A network of the zoo, or the path of a model file.

    Raises:
        UsageError: There is no such network, it gives no map, or it is a file and
            settings are given for building one.
        FileError: There is no such file.
    """
    if _is_file(name):
        _check_nothing_is_built(config, name)
        check_readable(name)
        return
    if name not in zoo.list_models():
        known = _segmenting_nets()
        raise UsageError(
            f"--model {name}: must be a .keras or .h5 file, or {', '.join(known)}."
            + did_you_mean(name, known)
        )
    if not _gives_map(getattr(zoo, name)):
        raise UsageError(
            f"--model {name}: classifies whole images and gives no map; take one of "
            f"{', '.join(_segmenting_nets())}"
        )


def builder_of(
    config: dict[str, Any], classes: int, shape: tuple[int, int, int], name: str
) -> Callable[[], keras.Model]:
    """A function that builds one net.

    Args:
        config: The settings.
        classes: Of the data.
        shape: Height, width and channels of the training images.
        name: A network of the zoo, or the path of a model file.

    Raises:
        UsageError: There is no such network, or it does not take an option.
        FileError: There is no such file.
    """
    check_model(config, name)
    if _is_file(name):
        return lambda: _frozen(_from_file(name), config)
    builder = getattr(zoo, name)
    options = dict(config["option"])
    for key in _BUILDING:
        if config[key] is not None:
            options[key] = config[key]
    accepted = inspect.signature(builder).parameters
    for key in options:
        if key not in accepted:
            raise UsageError(
                f"--option {key}: {name} takes {', '.join(accepted)}, not {key}."
                + did_you_mean(key, accepted)
            )
    options.setdefault("input_shape", _input_shape(name, options, shape))
    options.setdefault("classes", classes)
    return lambda: _frozen(_segmenting(builder(**options)), config)


def loss_of(config: dict[str, Any], dataset: Any, model: keras.Model) -> Any:
    """The loss, with the weights of the classes and the ignored class."""
    options = {
        "ignore_class": dataset.ignore_class,
        "class_weight": _class_weight(config, dataset),
        "from_logits": not gives_probabilities(model),
    }
    if config["loss"] == "cross_entropy_and_dice":
        parts = [losses.CrossEntropy(**options), losses.Dice(**options)]
        loss = losses.WeightedSum(parts)
    else:
        loss = _LOSSES[config["loss"]](**options)
    if config["sample_pixels"] is not None:
        loss = losses.SampledPixels(
            loss, fraction=config["sample_pixels"], seed=config["seed"]
        )
    return loss


def metrics_of(dataset: Any, model: keras.Model) -> list[keras.metrics.Metric]:
    """Pixel accuracy and mean IoU, without the ignored pixels."""
    is_single = model.outputs[0].shape[-1] == 1  # of several, the greatest counts
    options = {
        "ignore_class": dataset.ignore_class,
        "threshold": 0.5 if is_single and gives_probabilities(model) else 0.0,
    }
    return [kind(dataset.classes, **options) for kind in (PixelAccuracy, MeanIoU)]


def optimizer_of(config: dict[str, Any], steps: int) -> keras.optimizers.Optimizer:
    """The optimizer, its learning rate planned for so many steps."""
    name, rate = config["optimizer"], config["learning_rate"]
    rate = training.learning_rate(
        config["schedule"],
        default_learning_rate(name) if rate is None else rate,
        steps,
        warmup_steps=config["warmup_steps"],
        power=config["power"],
    )
    return training.optimizer(
        name,
        rate,
        momentum=config["momentum"],
        weight_decay=config["weight_decay"],
        clip_norm=config["clip_norm"],
        ema=config["ema"],
    )


def loss_weights_of(config: dict[str, Any], model: keras.Model) -> list[float] | None:
    """PSPNet's auxiliary scores weigh less, as in the paper."""
    if len(model.outputs) == 2 and config["model"] == "PSPNet":
        return [1.0, zoo.pspnet.AUXILIARY_LOSS_WEIGHT]
    return None


def _is_file(name):
    return Path(name).suffix in (".keras", ".h5", ".hdf5")


def _check_nothing_is_built(config, name):
    for key in ("option", *_BUILDING, "mixed_precision"):
        if config[key]:
            raise UsageError(
                f"--{key.replace('_', '-')}: is for building a network of the zoo, and "
                f"{name} is one that is built, with its weights; leave it out"
            )


def _gives_map(builder):
    return "include_top" not in inspect.signature(builder).parameters


def _segmenting_nets():
    return [n for n in zoo.list_models() if _gives_map(getattr(zoo, n))]


def _input_shape(name, options, shape):
    # Only the paper's U-Net needs to know that its images are of a valid size.
    pads = options.get("padding") == "same" or "encoder" in options
    return shape if name == "UNet" and not pads else (None, None, shape[2])


def _from_file(path):
    return _segmenting(load_model(path))


def _segmenting(model):
    output = keras.tree.flatten(model.outputs)[0]
    if len(output.shape) != 4:
        raise UsageError(
            f"--model {model.name}: gives scores of shape {tuple(output.shape)}, not a "
            "map; a net with a score for every pixel is needed, such as UNet"
        )
    return model


def _frozen(model, config):
    if config["freeze"]:
        training.freeze_layers(model, config["freeze"])
    return model


def _class_weight(config, dataset):
    if config["class_weight"] is None:
        return None
    weights = class_weights(dataset.class_statistics(), config["class_weight"])
    return [float(weight) for weight in weights]
