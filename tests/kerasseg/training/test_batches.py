import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf
from checks.training_runs import SquaresInNoise

from kerasseg.errors import ArgumentError, KerasSegWarning
from kerasseg.training.batches import as_batches, endless_batches
from kerasseg.training.position import Position


def numbers(dataset, count):
    return [int(batch) for batch in dataset.take(count)]


class Squares(keras.utils.PyDataset):
    def __len__(self):
        return 3

    def __getitem__(self, index):
        return np.full((1, 2 + index), index), np.array([index])


def of_unknown_rank():
    return tf.data.Dataset.range(3).map(
        lambda x: tf.numpy_function(lambda n: np.ones((1, 2)), [x], tf.double)
    )


def of_unknown_length(count):
    return tf.data.Dataset.range(count).filter(lambda x: x > -1)


@pytest.mark.parametrize(
    ("position", "wanted"),
    [
        (Position(), [0, 1, 2, 0, 1]),
        (Position(4), [0, 1, 2, 0, 1]),
        (Position(0, 2), [2, 0, 1, 2, 0]),
        (Position(0, 2, repeated=1), [1, 2, 0, 1, 2]),
        (Position(0, 3, repeated=1), [2, 0, 1, 2, 0]),
    ],
)
def test_the_stream_begins_at_the_position(position, wanted):
    assert numbers(endless_batches(tf.data.Dataset.range(3), position), 5) == wanted


def test_neither_the_stream_nor_its_epochs_are_tuned(monkeypatch):
    read = []
    monkeypatch.setattr(
        tf.data.Dataset,
        "__iter__",
        lambda self, own=tf.data.Dataset.__iter__: read.append(self) or own(self),
    )
    stream = endless_batches(tf.data.Dataset.range(2))
    assert numbers(stream, 5) == [0, 1, 0, 1, 0]
    assert len(read) >= 3  # the stream, and two epochs at least
    assert all(x.options().autotune.enabled is False for x in read[1:])
    assert stream.options().autotune.enabled is False


def test_the_stream_can_be_read_again():
    stream = endless_batches(tf.data.Dataset.range(3), Position(0, 1))
    assert numbers(stream, 4) == numbers(stream, 4) == [1, 2, 0, 1]


def test_epochs_of_a_pipeline_differ_and_follow_one_another():
    data = SquaresInNoise(steps=2)
    stream = endless_batches(data, Position(3, 1))
    found = [images for images, _ in stream.take(3)]
    wanted = [*data.epoch(3, 1), *data.epoch(4)]
    for image, (expected, _) in zip(found, wanted, strict=True):
        np.testing.assert_array_equal(image, expected)


def test_an_endless_dataset_is_cut_into_epochs():
    batches = as_batches(tf.data.Dataset.range(100).repeat(), steps_per_epoch=4)
    assert [int(x) for x in batches.epoch(2, 1)] == [9, 10, 11]


def test_batches_may_differ_in_size():
    dataset = tf.data.Dataset.from_tensor_slices(np.zeros((5, 3))).batch(2)
    stream = endless_batches(dataset)
    assert [len(batch) for batch in stream.take(4)] == [2, 2, 1, 2]


def test_none_in_place_of_weights_is_left_out():
    values = np.arange(6.0).reshape(3, 2)
    dataset = tf.data.Dataset.from_tensor_slices((values, values)).batch(2)
    stream = endless_batches(dataset.map(lambda x, y: (x, y, None)), Position(0, 1))
    for images, masks in stream.take(1):
        np.testing.assert_array_equal(images, values[2:])
        np.testing.assert_array_equal(masks, values[2:])


def test_a_pydataset_is_read_by_index():
    stream = endless_batches(Squares(), Position(0, 2))
    assert [(x.shape[1], int(y[0])) for x, y in stream.take(3)] == [
        (4, 2),
        (2, 0),
        (3, 1),
    ]


@pytest.mark.parametrize(
    ("data", "steps", "words"),
    [
        (tf.data.Dataset.range(3).repeat(), None, "steps_per_epoch=None"),
        (tf.data.Dataset.range(3).filter(lambda x: x > 0), None, "unknown or infinite"),
        (tf.data.Dataset.range(3), 4, "have 3 batches.*repeat.*steps_per_epoch=4"),
        (tf.data.Dataset.range(3), 2, "have 3 batches.*repeat.*steps_per_epoch=2"),
        (SquaresInNoise(steps=3), 2, "have 3 batches.*steps_per_epoch=2"),
        (Squares(), 2, "have 3 batches.*steps_per_epoch=2"),
        (of_unknown_rank(), None, "set_shape.*Received: TensorSpec"),
        (tf.data.Dataset.range(0), None, "hold no batch"),
    ],
)
def test_other_data_are_refused(data, steps, words):
    with pytest.raises(ArgumentError, match=words):
        as_batches(data, steps)


@pytest.mark.parametrize("data", [[1, 2], np.zeros((3, 4))])
def test_other_kinds_of_data_are_refused(data):
    words = f"Data must be .* Received: {type(data).__name__}"
    with pytest.raises(ArgumentError, match=words):
        as_batches(data)


@pytest.mark.parametrize("wanted", [4, 9])
def test_an_epoch_that_comes_out_short_ends_the_run(wanted):
    data = as_batches(of_unknown_length(3), wanted)
    stream = endless_batches(data, Position(1, 1))
    assert numbers(stream, 2) == [1, 2]
    with pytest.raises(
        tf.errors.OpError, match=f"Epoch 2 .*has 3.*steps_per_epoch={wanted}"
    ):
        numbers(stream, 3)


def test_unknown_lengths_can_be_told_for_all_that_takes_data():
    with pytest.raises(ArgumentError, match=r"as_batches.dataset, steps_per_epoch"):
        endless_batches(of_unknown_length(3))
    told = as_batches(of_unknown_length(3), 3)
    assert numbers(endless_batches(told), 5) == [0, 1, 2, 0, 1]
    assert as_batches(told).steps_per_epoch == 3


@pytest.mark.parametrize("name", ["on_epoch_begin", "on_epoch_end"])
def test_hooks_that_are_not_called_are_told(name):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        as_batches(Squares())
    kind = type("Shuffled", (Squares,), {name: lambda self: None})
    with pytest.warns(KerasSegWarning, match=f"Shuffled.{name} is not called"):
        as_batches(kind())
