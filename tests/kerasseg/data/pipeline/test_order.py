from itertools import chain, zip_longest

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kerasseg.data.pipeline.order import Order
from kerasseg.errors import ArgumentError


def batches(order, epoch, start=0):
    indices, size = order.indices(epoch, start), order.local_batch_size
    return [indices[i : i + size].tolist() for i in range(0, len(indices), size)]


@settings(max_examples=80, deadline=None)
@given(
    st.integers(1, 40),
    st.integers(1, 12),
    st.integers(0, 5),
    st.integers(0, 5),
    st.data(),
)
def test_every_epoch_reads_everything_once_and_can_start_anywhere(
    images, size, seed, epoch, data
):
    order = Order(images, size, seed=seed)
    whole = batches(order, epoch)
    assert len(whole) == order.steps
    assert sorted(chain(*whole)) == list(range(images))
    assert all(len(batch) == size for batch in whole[:-1])
    step = data.draw(st.integers(0, order.steps))
    assert batches(order, epoch, step) == whole[step:]


@settings(max_examples=80, deadline=None)
@given(st.integers(1, 40), st.integers(1, 4), st.integers(1, 4), st.booleans())
def test_workers_share_the_batches_of_one(images, share, count, drop):
    size = share * count
    try:
        parts = [
            Order(images, size, shard=(i, count), drop_remainder=drop)
            for i in range(count)
        ]
    except ArgumentError as error:
        uneven = images % size % count and not drop
        assert uneven or (drop and images < size), error
        return
    whole = batches(Order(images, size, drop_remainder=drop), 3)
    shared = [batches(part, 3) for part in parts]
    assert [list(chain(*batch)) for batch in zip(*shared, strict=True)] == whole
    assert all(part.steps == len(whole) for part in parts)


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 40), st.integers(1, 17), st.integers(1, 6), st.booleans())
def test_workers_share_batches_of_any_size(images, size, count, drop):
    size = min(size, images)
    whole = batches(Order(images, size, drop_remainder=drop), 3)
    parts = [
        batches(
            Order(images, size, shard=(i, count), drop_remainder=drop, uneven=True), 3
        )
        for i in range(count)
    ]
    shared = [list(chain(*batch)) for batch in zip_longest(*parts, fillvalue=[])]
    assert shared == whole
    sizes = [
        [len(part) for part in batch] for batch in zip_longest(*parts, fillvalue=[])
    ]
    for each, batch in zip(sizes, whole, strict=True):
        assert each == [(len(batch) + count - 1 - i) // count for i in range(count)]


def test_epochs_and_seeds_have_orders_of_their_own():
    orders = {
        tuple(Order(30, 4, seed=seed).indices(epoch).tolist())
        for seed in range(4)
        for epoch in range(4)
    }
    assert len(orders) == 16
    unshuffled = Order(30, 4, shuffle=False, seed=3).indices(2)
    np.testing.assert_array_equal(unshuffled, np.arange(30))


def test_seeds_of_images_differ_from_one_another_and_from_those_of_orders():
    order = Order(3, 1)
    seeds = {order.image_seed(e, i) for e in range(4) for i in range(3)}
    draws = {np.random.default_rng(seed).random() for seed in seeds}
    draws |= {np.random.default_rng((0, e, 0, 0)).random() for e in range(4)}
    assert len(draws) == 16


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ({"batch_size": 0}, "batch_size=0"),
        ({"batch_size": 2.0}, "batch_size=2.0"),
        ({"seed": -1}, "seed=-1"),
        ({"shard": (2, 2)}, r"shard=\(2, 2\)"),
        ({"batch_size": 3, "shard": (0, 2)}, "divide by the 2 workers"),
        ({"batch_size": 4, "shard": (0, 4)}, "has 2 images"),
        ({"batch_size": 11, "drop_remainder": True}, "no batch"),
        ({"images": 0}, "no image"),
    ],
)
def test_bad_arguments(arguments, word):
    with pytest.raises(ArgumentError, match=word):
        Order(**{"images": 10, "batch_size": 2, **arguments})


@pytest.mark.parametrize(("epoch", "step"), [(-1, 0), (0, -1), (0, 6)])
def test_bad_epochs_and_steps(epoch, step):
    with pytest.raises(ArgumentError, match="start_step from 0 to 5"):
        Order(10, 2).indices(epoch, step)
