import numpy as np
import pytest
import tensorflow as tf
from checks.shapes_dataset import ShapesDataset

from kerasseg.data import Pipeline
from kerasseg.data.pipeline.read_errors import original_errors
from kerasseg.errors import ArgumentError
from kerasseg.training.batches import as_batches
from kerasseg.training.distribution.sharing import share_batches, with_empty_batches


@pytest.mark.parametrize(("images", "size"), [(9, 3), (5, 1), (1, 1), (7, 5)])
def test_workers_share_held_out_batches_of_any_size(images, size):
    whole = Pipeline(ShapesDataset(images), size, shuffle=False)
    parts = [
        list(with_empty_batches(share_batches(whole, i, 3, 3, training=False)))
        for i in range(3)
    ]
    for batch, *shared in zip(whole.epoch(0), *parts, strict=True):
        for values, *pieces in zip(batch, *shared, strict=True):
            np.testing.assert_array_equal(np.concatenate(pieces), values)


def test_batches_that_leave_a_replica_without_an_image_are_refused_beforehand():
    whole = Pipeline(ShapesDataset(9), 4)
    with pytest.raises(ArgumentError, match=r"1 images cannot train 2 replicas"):
        share_batches(whole, 0, 2, 2, training=True)


def dataset_of(images, size):
    values = tf.range(images)
    return as_batches(tf.data.Dataset.from_tensor_slices((values, values)).batch(size))


@pytest.mark.parametrize("training", [True, False])
def test_whole_batches_are_cut_into_the_parts_of_workers(training):
    parts = [
        share_batches(dataset_of(7, 4), i, 2, 2, training=training) for i in (0, 1)
    ]
    found = [[x.numpy().tolist() for x, _ in part.epoch(0)] for part in parts]
    assert found == [[[0, 1], [4, 5]], [[2, 3], [6]]]
    assert [x.numpy().tolist() for x, _ in parts[1].epoch(0, 1)] == [[6]]


@pytest.mark.parametrize("index", [0, 1])
def test_every_worker_refuses_a_whole_batch_with_too_few_images(index):
    part = share_batches(dataset_of(5, 4), index, 2, 2, training=True)
    with (
        pytest.raises(ArgumentError, match=r"^A batch of 1 images cannot train 2 rep"),
        original_errors(),
    ):
        list(part.epoch(0))


def test_a_held_out_batch_may_leave_workers_without_an_image():
    part = share_batches(dataset_of(5, 4), 1, 2, 2, training=False)
    assert [x.numpy().tolist() for x, _ in part.epoch(0)] == [[2, 3], []]
