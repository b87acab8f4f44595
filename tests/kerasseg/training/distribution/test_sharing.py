import numpy as np
import pytest
from checks.shapes_dataset import ShapesDataset

from kerasseg.data import Pipeline
from kerasseg.errors import ArgumentError
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
