"""The data of a training: opened, parted, shrunk and in batches."""

from __future__ import annotations

from typing import Any

import numpy as np
from PIL import Image

from kerasseg.cli.open_data import open_data
from kerasseg.cli.scaled_image import ScaledImage, scaled_size
from kerasseg.data import Pipeline
from kerasseg.errors import UsageError, did_you_mean

_HELD_OUT = 0.2
_VALIDATION = "val"


def open_parts(config: dict[str, Any]) -> tuple[Any, Any]:
    """The data sets to train and to validate on; the latter may be `None`.

    Raises:
        UsageError: There is no such part or format.
        FileError, DataError: As `open_dataset` says.
    """
    train = _training_part(config)
    wanted = config["validation"]
    held_out = None
    if wanted is None:
        held_out = _default_validation(config, train)
    elif wanted in train.splits:
        held_out = _part(config, wanted)
    if held_out is None and wanted != "none":
        share = _HELD_OUT if wanted is None else _share(wanted, train.splits)
        train, held_out = _hold_out(train, share, config["seed"])
    return _scaled(train, config["scale"]), _scaled(held_out, config["scale"])


def pipelines(config: dict[str, Any], train: Any, held_out: Any) -> tuple[Any, Any]:
    """The batches of both parts; `None` for what is not validated."""
    common = {
        "crop_size": config["crop"],
        "preprocess": config["preprocess"],
        "seed": config["seed"],
        "cache": config["cache"],
    }
    learning = Pipeline(
        train,
        config["batch_size"],
        augment=config["augment"],
        weight_map=config["weight_map"],
        **common,
    )
    if held_out is None:
        return learning, None
    size = min(config["batch_size"], len(held_out))
    return learning, Pipeline(held_out, size, shuffle=False, **common)


class ScaledDataset:
    """A data set whose images and masks are read smaller or larger.

    Args:
        dataset: Any of `kerasseg.data`.
        scale: Factor, above 0.
    """

    def __init__(self, dataset: Any, scale: float):
        self._dataset = dataset
        self._scale = scale

    @property
    def readers(self):
        """With the scale, or a cache in a folder would take all scales for one."""
        return self._dataset.readers, self._scale

    def __len__(self):
        return len(self._dataset)

    def __getitem__(self, index):
        sample = self._dataset[index]
        return sample._replace(
            image=ScaledImage(sample.image, self._scale)[:, :],
            mask=_resized_labels(sample.mask, self._scale),
            instances=_resized_labels(sample.instances, self._scale),
        )

    def __getattr__(self, name):
        return getattr(self._dataset, name)


def _training_part(config):
    """Opens no other part, whose files may lack their partners."""
    if config["split"] is not None:
        return _part(config, config["split"])
    try:
        return _part(config, "train")
    except UsageError:  # there is no such part
        return _part(config, None)


def _default_validation(config, train):
    """The part `val`, unless it is trained on, as it is a part of VOC's `trainval`."""
    if _VALIDATION not in train.splits or train.split == _VALIDATION:
        return None
    part = _part(config, _VALIDATION)
    return part if set(part.image_paths).isdisjoint(train.image_paths) else None


def _part(config, name):
    return open_data(config["data"], config["format"], name)


def _share(text, splits):
    try:
        share = float(text)
    except ValueError:
        share = 0.0
    if not 0 < share < 1:
        known = ", ".join([*splits, "none", "a share such as 0.2"])
        near = did_you_mean(text, [*splits, "none"])
        raise UsageError(f"--validation {text}: must be {known}.{near}")
    return share


def _hold_out(dataset, share, seed):
    """A share of the samples, drawn by the seed; at least one stays on either side."""
    count = len(dataset)
    if count < 2:
        raise UsageError(f"{dataset.name}: one sample cannot be parted in two")
    held_out = min(max(round(share * count), 1), count - 1)
    order = [int(i) for i in np.random.default_rng(seed).permutation(count)]
    return dataset.subset(sorted(order[held_out:])), dataset.subset(
        sorted(order[:held_out])
    )


def _scaled(dataset, scale):
    if dataset is None or scale == 1:
        return dataset
    return ScaledDataset(dataset, scale)


def _resized_labels(labels, scale):
    if labels is None:
        return None
    height, width = scaled_size(labels.shape, scale)
    picture = Image.fromarray(labels.astype(np.int32))
    resized = picture.resize((width, height), Image.Resampling.NEAREST)
    return np.asarray(resized).astype(labels.dtype)
