"""Batches of a data set for training: shuffled, changed and weighed, by a seed."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kerasseg.data.augmentation import Augmentation, as_augmentation
from kerasseg.data.pipeline.changes import Changes, Preprocess, as_preprocess
from kerasseg.data.pipeline.order import Order
from kerasseg.data.pipeline.reading import sample_reader
from kerasseg.data.pipeline.sizes import (
    check_same_size,
    check_size,
    refuse_other_shape,
)
from kerasseg.data.pipeline.weighting import (
    WeightMap,
    weights_of_classes,
)
from kerasseg.errors import ArgumentError

if TYPE_CHECKING:
    import tensorflow as tf

    from kerasseg.data.dataset import SegmentationDataset


class Pipeline:
    """Batches of images and masks as `tf.data`, the same in every run.

    The order of an epoch and the changes of each image are a function of the seed, the
    epoch and the image alone. So training that stopped goes on with the batches it
    would have seen, and several workers read their parts of the same batches.

    Images are brought to 0…255, changed, and scaled by `preprocess`. Tiles of 16 bits,
    and 16-bit grey opened with `channels=1`, keep their finer steps. The batches go
    into `model.fit` on every backend.

    Args:
        dataset: What to read.
        batch_size: Images a batch, those of all workers together.
        crop_size: Height and width to cut out: at random places where there is
            `shuffle` or `augment`, else in the middle. What reaches beyond an image is
            ignored, or mirrored where the data set has no ignored class.
        augment: An `Augmentation`, a list of its transforms, or the name of a set:
            `"flip"`, `"unet"` or `"camvid"`.
        shuffle: Whether each epoch has an order of its own.
        seed: Of order and changes.
        preprocess: A mode of `kerasseg.data.preprocess`, such as `"unit"` for 0…1 or
            `"none"`, or a function of an image, float32 in 0…255.
        weight_map: `"unet"` for `unet_weight_map` of the instances, or a function from
            a sample to `(height, width)` weights. Moved with the image.
        class_weight: A weight for each class, or a method of `class_weights`.
        shard: `(index, count)` of this worker, which gets its part of each batch.
        drop_remainder: Whether a smaller batch at the end of an epoch is left out.
        cache: `True` to keep what was read, and its weight map, in memory; the path of
            a folder to keep it there.
        separate: Width in pixels of the background, class 0, to put between instances
            that touch, as U-Net does; 0 for none.
        pad_to: Height and width to fill smaller images up to, with the ignored class.

    Attributes:
        dataset: As given.
        batch_size: As given.
        steps_per_epoch: Batches an epoch.

    Raises:
        ArgumentError: An argument has a value that does not work with the data set.
        DataError: Images differ in size, and neither `crop_size` nor `pad_to` is given.

    Example:

    >>> import numpy as np
    >>> from types import SimpleNamespace
    >>> class Stripes(list):
    ...     name, names, classes, ignore_class = "stripes", ("dark", "light"), 2, None
    >>> mask = np.arange(48, dtype="int32").reshape(6, 8) % 2
    >>> photo = (mask[..., None] * 255).astype("uint8")
    >>> sample = SimpleNamespace(image=photo, mask=mask, name="one", instances=None)
    >>> pipeline = Pipeline(Stripes([sample] * 5), 2, crop_size=(4, 4), augment="flip")
    >>> pipeline.steps_per_epoch
    3
    >>> for images, masks in pipeline.epoch(0, start_step=1):
    ...     print(images.shape, bool((images[..., 0] == masks.numpy()).numpy().all()))
    (2, 4, 4, 1) True
    (1, 4, 4, 1) True
    """

    def __init__(
        self,
        dataset: SegmentationDataset,
        batch_size: int,
        *,
        crop_size: tuple[int, int] | int | None = None,
        augment: Augmentation | Sequence | str | None = None,
        shuffle: bool = True,
        seed: int = 0,
        preprocess: str | Preprocess = "unit",
        weight_map: WeightMap = None,
        class_weight: Sequence[float] | Mapping[int, float] | str | None = None,
        shard: tuple[int, int] = (0, 1),
        drop_remainder: bool = False,
        cache: bool | str | Path = False,
        separate: int = 0,
        pad_to: tuple[int, int] | int | None = None,
    ):
        self._order = Order(
            len(dataset), batch_size, shuffle, seed, shard, drop_remainder
        )
        self.dataset = dataset
        self.batch_size = batch_size
        self._crop_size = check_size("crop_size", crop_size)
        self._pad_to = check_size("pad_to", pad_to)
        self._check_pad_to()
        self._weight_map = weight_map
        self._changes = Changes(
            as_augmentation(augment),
            bool(shuffle or augment is not None),
            self._crop_size,
            self._pad_to,
            dataset.ignore_class,
            weights_of_classes(class_weight, dataset),
            as_preprocess(preprocess),
        )
        self._read = sample_reader(dataset, weight_map, separate, cache)
        self._shape: tuple[int, ...] | None = None

    @property
    def steps_per_epoch(self) -> int:
        return self._order.steps

    @property
    def is_weighted(self) -> bool:
        """Whether the batches hold weights of their pixels."""
        by_class = self._changes.class_weights
        return self._weight_map is not None or by_class is not None

    @property
    def last_batch_size(self) -> int:
        """Images in the last batch of an epoch, those of all workers together."""
        full = self._order.drop_remainder or not len(self.dataset) % self.batch_size
        return self.batch_size if full else len(self.dataset) % self.batch_size

    def shard(self, index: int, count: int, uneven: bool = False) -> Pipeline:
        """The same batches, of which this worker reads its part only.

        Args:
            index: Of the worker, from 0.
            count: How many workers there are.
            uneven: Whether parts of a batch may differ in size, by one image; a worker
                whose part is empty gets no such batch.

        Raises:
            ArgumentError: The batches cannot be shared.
        """
        part = copy.copy(self)
        part._order = replace(self._order, shard=(index, count), uneven=uneven)
        return part

    def epoch(self, epoch: int, start_step: int = 0) -> tf.data.Dataset:
        """The batches of one epoch.

        Args:
            epoch: Its number, from 0.
            start_step: How many batches to leave out, which costs nothing.

        Returns:
            A `tf.data.Dataset` of `(images, masks)`, or `(images, masks, weights)`
            where there is a `weight_map` or `class_weight`: `(B, H, W, C)` float32,
            `(B, H, W)` int32 and `(B, H, W)` float32.

        Raises:
            ArgumentError: There is no such epoch or step.
            DataError: Images differ in size.
            FileError: An image or mask cannot be read; later ones are read, and their
                faults raised, while the dataset is iterated over.
        """
        import tensorflow as tf

        from kerasseg.data.pipeline.read_errors import ReadBatches, remembered
        from kerasseg.data.pipeline.untuned import untuned

        indices = self._order.indices(epoch, start_step)
        shapes = self._element_shapes()
        types = [tf.float32, tf.int32, tf.float32][: len(shapes)]
        element = remembered(partial(self._element, epoch))

        def load(index):
            arrays = tf.numpy_function(element, [index], types)
            for array, shape in zip(arrays, shapes, strict=True):
                array.set_shape(shape)
            return tuple(arrays)

        options = tf.data.Options()  # the shard is chosen here, by `shard`
        options.experimental_distribute.auto_shard_policy = (
            tf.data.experimental.AutoShardPolicy.OFF
        )
        return ReadBatches(
            untuned(
                tf.data.Dataset.from_tensor_slices(indices)
                .map(load, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
                .batch(self._order.local_batch_size)
                .prefetch(tf.data.AUTOTUNE)
                .with_options(options)
            )
        )

    def sample_names(self, epoch: int, start_step: int = 0) -> list[str]:
        """The names of an epoch's samples, in its order.

        Args:
            epoch: Its number, from 0.
            start_step: How many batches to leave out.

        Returns:
            One for each image of `epoch(epoch, start_step)`.

        Raises:
            ArgumentError: There is no such epoch or step; or the data set has no
                `sample_names`, as those of `kerasseg.data.open_dataset` do.

        Example:

        >>> class Frames(list):
        ...     name, classes, ignore_class = "frames", 2, None
        ...     sample_names = ["first", "second", "third"]
        >>> pipeline = Pipeline(Frames([None] * 3), 2, shuffle=False)
        >>> pipeline.sample_names(0)
        ['first', 'second', 'third']
        >>> pipeline.sample_names(0, start_step=1)
        ['third']
        """
        names = getattr(self.dataset, "sample_names", None)
        if names is None:
            raise ArgumentError(
                "The data set must list the names of its samples as `sample_names`: "
                "give it that attribute, or open it with kerasseg.data.open_dataset. "
                f"Received: dataset={self.dataset.name}, without one"
            )
        return [names[i] for i in self._order.indices(epoch, start_step)]

    def example(self, epoch: int, index: int) -> tuple[np.ndarray, ...]:
        """One image of the data set as it is in an epoch, without its batch.

        Args:
            epoch: Number of the epoch.
            index: Of the image in the data set.

        Returns:
            `(height, width, channels)` float32, `(height, width)` int32, and where
            there are weights `(height, width)` float32.
        """
        seed = self._order.image_seed(epoch, int(index))
        return self._changes(self._read(int(index)), seed)

    def _element(self, epoch: int, index: int) -> tuple[np.ndarray, ...]:
        """The example, if it fits into one batch with the first."""
        arrays = self.example(epoch, index)
        if arrays[0].shape != self._shape:
            names = [self._read(int(i)).name for i in (index, 0)]
            refuse_other_shape(names[0], arrays[0].shape, names[1], self._shape)
        return arrays

    def _element_shapes(self) -> list[tuple[int, ...]]:
        """The shapes of an element, those of the first image."""
        if self._shape is None:
            if not (self._crop_size or self._pad_to):
                check_same_size(self.dataset)
            self._shape = self.example(0, 0)[0].shape
        size = self._shape[:2]
        return [self._shape, size, size] if self.is_weighted else [self._shape, size]

    def _check_pad_to(self) -> None:
        if self._pad_to and self._crop_size:
            raise ArgumentError(
                "crop_size and pad_to each set the size of the batches: pass one. "
                f"Received: crop_size={self._crop_size}, pad_to={self._pad_to}"
            )
        if self._pad_to and self.dataset.ignore_class is None:
            raise ArgumentError(
                "pad_to needs a data set with an ignore_class, or what is filled up "
                f"would count as labelled. Received: {self.dataset.name}, without one"
            )
