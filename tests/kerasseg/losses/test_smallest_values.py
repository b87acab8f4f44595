"""Oracle: a sorted list."""

import numpy as np
import pytest
from keras import ops

from kerasseg.losses.smallest_values import among_smallest


@pytest.mark.parametrize("count", [1, 4, 7, 100])
def test_equals_a_sorted_list(count):
    random = np.random.default_rng(0)
    values = random.integers(0, 9, (2, 3, 4)).astype("float32")
    candidates = random.uniform(size=values.shape) < 0.6
    last = np.sort(values[candidates])[:count].max()
    found = among_smallest(
        ops.convert_to_tensor(values), ops.convert_to_tensor(candidates), count
    )
    np.testing.assert_array_equal(
        ops.convert_to_numpy(found), candidates & (values <= last)
    )


def test_of_no_candidates_none_is_found():
    nothing = ops.zeros((3,), "bool")
    assert not ops.convert_to_numpy(among_smallest(ops.ones((3,)), nothing, 2)).any()


def test_those_near_the_last_count_where_they_may():
    values = ops.convert_to_tensor(np.array([2.05, 2.0, 2.15], "float32"))
    found = among_smallest(values, ops.ones((3,), "bool"), 1, tolerance=0.1)
    assert ops.convert_to_numpy(found).tolist() == [True, True, False]
