import pytest
import tensorflow as tf
from checks.shapes_dataset import ShapesDataset

from kerasseg.data import Pipeline
from kerasseg.data.pipeline.read_errors import original_errors
from kerasseg.errors import ArgumentError
from kerasseg.training.batches import as_batches, endless_batches
from kerasseg.training.distribution.even_batches import (
    EvenBatches,
    check_batch_size,
    sizes_of,
)


def test_batch_sizes_that_never_divide_are_refused():
    check_batch_size(4, 2)
    with pytest.raises(ArgumentError, match=r"divides by 2\. Received: batch_size=5"):
        check_batch_size(5, 2)


@pytest.mark.parametrize("images", [2, 3, 8])
def test_the_sizes_are_those_of_all_batches(images):
    data = Pipeline(ShapesDataset(images), 3, shuffle=False)
    found = {len(batch) for batch, *_ in data.epoch(0)}
    assert set(sizes_of(data)) == found
    dataset = as_batches(tf.data.Dataset.range(3).batch(2))
    assert set(sizes_of(dataset)) == {None}


def test_an_uneven_batch_is_refused_in_our_words_when_it_is_read():
    data = tf.data.Dataset.from_tensor_slices((tf.range(7), tf.range(7))).batch(4)
    batches = iter(endless_batches(EvenBatches(as_batches(data), 2)))
    assert next(batches)[0].numpy().tolist() == [0, 1, 2, 3]
    with (
        pytest.raises(ArgumentError, match=r"A batch of 3 .*Received: a batch of 3"),
        original_errors(),
    ):
        next(batches)
