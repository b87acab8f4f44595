import numpy as np
import pytest
import tensorflow as tf
from checks.data_folders import ids, photo, write

from kerasseg.data import Pipeline, open_dataset
from kerasseg.data.pipeline.read_errors import (
    original_errors,
    original_of,
    remembered,
)
from kerasseg.errors import FileError


@pytest.fixture
def pipeline(tmp_path):
    """Three samples, of which the last mask holds an id without class."""
    for number in range(3):
        write(tmp_path / f"images/{number}.png", photo(number))
        write(tmp_path / f"masks/{number}.png", ids(3, number) + 6 * (number == 2))
    dataset = open_dataset(tmp_path, "folders", names=["sky", "road", "car"])
    return Pipeline(dataset, 1, shuffle=False)


def test_iteration_raises_the_error_of_the_file(pipeline):
    batches = iter(pipeline.epoch(0))
    assert next(batches)[0].shape == (1, 4, 6, 3)
    with pytest.raises(FileError, match=r"2\.png: holds class ids") as caught:
        list(batches)
    assert caught.value.path.name == "2.png"
    with pytest.raises(FileError, match=r"2\.png: holds class ids"):
        list(pipeline.epoch(0).as_numpy_iterator())


def test_batches_stay_a_dataset_of_tensorflow(pipeline):
    batches = pipeline.epoch(0)
    assert isinstance(batches, tf.data.Dataset)
    assert len(batches) == 3
    policy = batches.options().experimental_distribute.auto_shard_policy
    assert policy == tf.data.experimental.AutoShardPolicy.OFF
    two = list(batches.take(2).map(lambda image, mask: mask))
    np.testing.assert_array_equal(two[1][0], ids(3, 1))

    @tf.function
    def total(iterator):
        return tf.reduce_sum(next(iterator)[1])

    assert int(total(iter(batches))) == ids(3, 0).sum()


def test_a_dataset_made_of_the_batches_can_be_asked_for_the_error(pipeline):
    with pytest.raises(FileError, match=r"2\.png"), original_errors():
        list(pipeline.epoch(0).map(lambda image, mask: mask))


def test_other_errors_stay_as_they_are():
    def fail():
        raise FileError("a.png", "is broken")

    with pytest.raises(FileError):
        remembered(fail)()
    assert original_of(ValueError("b.png: is broken")) is None
    assert original_of(ValueError("in map: a.png: is broken")).problem == "is broken"
    with pytest.raises(ValueError, match="of another"), original_errors():
        raise ValueError("of another kind")
