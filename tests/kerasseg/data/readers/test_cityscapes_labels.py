import numpy as np
import pytest

from kerasseg.data.readers.cityscapes_labels import ids_to_train_ids, train_ids_to_ids
from kerasseg.errors import ArgumentError

# Ids of the 19 classes of the benchmark.
IDS = (7, 8, 11, 12, 13, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 31, 32, 33)


def test_the_two_translations_are_inverse():
    np.testing.assert_array_equal(train_ids_to_ids(np.arange(19)), IDS)
    np.testing.assert_array_equal(ids_to_train_ids(np.array(IDS)), np.arange(19))
    assert train_ids_to_ids(np.array(255)) == 0
    assert (ids_to_train_ids(np.setdiff1d(np.arange(34), IDS)) == 255).all()
    for wrong in (ids_to_train_ids, [34]), (train_ids_to_ids, [19]):
        with pytest.raises(ArgumentError, match="Received"):
            wrong[0](np.array(wrong[1]))
