"""Which images an epoch reads, in which order, and which of them a worker reads."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kerasseg.errors import ArgumentError

# What tells the draws of an order from those of an augmentation with the same numbers.
_ORDER, _IMAGE = 0, 1


@dataclass(frozen=True)
class Order:
    """The order of images as a function of seed and epoch, shared by all workers.

    Attributes:
        images: How many there are.
        batch_size: Of the batches of all workers together.
        shuffle: Whether each epoch has an order of its own.
        seed: Of the order.
        shard: `(index, count)` of this worker.
        drop_remainder: Whether a smaller batch at the end of an epoch is left out.
        uneven: Whether workers may get parts of a batch that differ in size, by one
            image; a part may be empty.
    """

    images: int
    batch_size: int
    shuffle: bool = True
    seed: int = 0
    shard: tuple[int, int] = (0, 1)
    drop_remainder: bool = False
    uneven: bool = False

    def __post_init__(self):
        if self.images < 1:
            raise ArgumentError("dataset holds no images. Received: an empty dataset")
        if not _whole(self.batch_size) or self.batch_size < 1:
            raise ArgumentError(
                "batch_size must be a whole number of at least 1. "
                f"Received: batch_size={self.batch_size}"
            )
        if not _whole(self.seed) or self.seed < 0:
            raise ArgumentError(
                f"seed must be a whole number of at least 0. Received: seed={self.seed}"
            )
        index, count = self.shard
        if not (_whole(index) and _whole(count) and 0 <= index < count):
            raise ArgumentError(
                "shard must be (index, count) with 0 <= index < count. "
                f"Received: shard={self.shard}"
            )
        self._check_batches(count)

    @property
    def steps(self) -> int:
        """Batches an epoch."""
        if self.drop_remainder:
            return self.images // self.batch_size
        return -(-self.images // self.batch_size)

    @property
    def local_batch_size(self) -> int:
        """This worker's part of a full batch; 1 where that is empty, as it must be."""
        index, count = self.shard
        whole, more = divmod(self.batch_size, count)
        return max(whole + (index < more), 1)  # `tf.data` has no batches of none

    def indices(self, epoch: int, start_step: int = 0) -> np.ndarray:
        """What this worker reads from a step of an epoch on, batch after batch.

        Returns:
            int64; all batches have `local_batch_size` but for the last, which may be
            smaller.
        """
        if not _whole(epoch) or epoch < 0 or not 0 <= start_step <= self.steps:
            raise ArgumentError(
                f"epoch must be at least 0 and start_step from 0 to {self.steps}. "
                f"Received: epoch={epoch}, start_step={start_step}"
            )
        order = np.arange(self.images)
        if self.shuffle:
            rng = np.random.default_rng((self.seed, int(epoch), 0, _ORDER))
            order = rng.permutation(self.images)
        order = order[start_step * self.batch_size : self.steps * self.batch_size]
        batches = np.split(order, range(self.batch_size, len(order), self.batch_size))
        return np.concatenate([self._part(batch) for batch in batches])

    def image_seed(self, epoch: int, index: int) -> tuple[int, ...]:
        """The seed of the changes of one image in one epoch."""
        return self.seed, int(epoch), int(index), _IMAGE

    def _part(self, batch: np.ndarray) -> np.ndarray:
        index, count = self.shard
        return np.array_split(batch, count)[index]  # the first ones take what is left

    def _check_batches(self, count: int) -> None:
        if self.batch_size % count and not self.uneven:
            raise ArgumentError(
                f"batch_size must divide by the {count} workers of shard. "
                f"Received: batch_size={self.batch_size}"
            )
        last = self.images % self.batch_size
        if last % count and not self.drop_remainder and not self.uneven:
            raise ArgumentError(
                f"The last batch of an epoch has {last} images, which {count} workers "
                "cannot share evenly: pass drop_remainder=True, or another batch_size. "
                f"Received: batch_size={self.batch_size}, shard={self.shard}"
            )
        if not self.steps:
            raise ArgumentError(
                f"drop_remainder leaves no batch of the {self.images} images. "
                f"Received: batch_size={self.batch_size}"
            )


def _whole(number) -> bool:
    return isinstance(number, (int, np.integer)) and not isinstance(number, bool)
