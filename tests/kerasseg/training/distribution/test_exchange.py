import pytest
import tensorflow as tf

from kerasseg.training.distribution.exchange import _summed_as

INTEGERS = [f"{kind}{bits}" for kind in ("int", "uint") for bits in (8, 16, 32)]


@pytest.mark.parametrize("name", [*INTEGERS, "int64"])
def test_masks_travel_as_integers_that_hold_them(name):
    dtype = tf.as_dtype(name)
    found = _summed_as(dtype)
    assert found in (tf.int32, tf.int64)  # of integers, devices exchange no others
    ends = tf.constant([dtype.min, dtype.max], dtype)
    back = tf.cast(tf.cast(ends, found), dtype)
    assert back.numpy().tolist() == ends.numpy().tolist()
    assert int(tf.cast(ends, found)[1]) == int(dtype.max)


def test_masks_of_one_class_travel_as_integers():
    assert _summed_as(tf.bool) == tf.int32


@pytest.mark.parametrize("name", ["float16", "bfloat16", "float32", "float64"])
def test_scores_travel_as_they_are(name):
    assert _summed_as(tf.as_dtype(name)) == name
