import pytest
import tensorflow as tf

from kerasseg.data.pipeline.read_errors import original_errors
from kerasseg.errors import ArgumentError
from kerasseg.training.batches import as_batches, endless_batches
from kerasseg.training.distribution.even_batches import EvenBatches, check_batch_size


def test_batch_sizes_that_never_divide_are_refused():
    check_batch_size(4, 2)
    with pytest.raises(ArgumentError, match=r"divides by 2\. Received: batch_size=5"):
        check_batch_size(5, 2)


def test_an_uneven_batch_is_refused_in_our_words_when_it_is_read():
    data = tf.data.Dataset.from_tensor_slices((tf.range(7), tf.range(7))).batch(4)
    batches = iter(endless_batches(EvenBatches(as_batches(data), 2)))
    assert next(batches)[0].numpy().tolist() == [0, 1, 2, 3]
    with (
        pytest.raises(ArgumentError, match=r"A batch of 3 .*Received: a batch of 3"),
        original_errors(),
    ):
        next(batches)
