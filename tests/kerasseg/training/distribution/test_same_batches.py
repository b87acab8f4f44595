import keras
import numpy as np
import pytest
import tensorflow as tf
from checks.shapes_dataset import ShapesDataset
from checks.workers_in_threads import on_workers

from kerasseg.data import Pipeline
from kerasseg.errors import ArgumentError
from kerasseg.training import fit
from kerasseg.training.batches import as_batches
from kerasseg.training.distribution.same_batches import check_same_batches, summary

IMAGES = np.random.default_rng(0).normal(size=(12, 3, 4, 2)).astype("float32")
MASKS = (IMAGES[..., 0] > 0).astype("uint8")


def data(order=None, noise=0.0, images=12):
    order = np.arange(images) if order is None else order
    arrays = IMAGES[order] * (1 + noise), MASKS[order]
    return tf.data.Dataset.from_tensor_slices(arrays)


def found_by(*datasets):
    """What each worker, of which each has a dataset, says to it."""

    def act(strategy):
        batches = as_batches(datasets[strategy.index])
        return check_same_batches(strategy, batches, "train")

    return on_workers(act, len(datasets))


def check_refused(found):
    for error in found:
        assert isinstance(error, ArgumentError)
        assert "different batches of train" in str(error)
        assert "seed=1, reshuffle_each_iteration=False" in str(error)


def test_the_same_batches_pass():
    assert found_by(*[data().batch(5)] * 3) == [None] * 3


def test_last_bits_may_differ_between_machines():
    assert found_by(data().batch(4), data(noise=3e-7).batch(4)) == [None] * 2


@pytest.mark.parametrize("moved", [[1, 0], [0, 4], [2, 11]])
def test_two_images_that_changed_places_are_noticed(moved):
    order = np.arange(12)
    order[moved] = order[moved[::-1]]
    check_refused(found_by(data().batch(4), data(order).batch(4)))
    check_refused(found_by(data(order).batch(4), data().batch(4), data().batch(4)))


def test_fewer_images_are_noticed():
    check_refused(found_by(data().batch(4), data(images=11).batch(4)))
    check_refused(found_by(data().batch(1), data(images=11).batch(1)))


@pytest.mark.parametrize("name", ["train", "validation"])
def test_every_fit_refuses_them(name):
    nets = [
        keras.Sequential([keras.Input((3, 4, 2)), keras.layers.Conv2D(2, 1)])
        for _ in range(2)
    ]
    given = {"train": data().batch(4), "validation": data().batch(4)}

    def act(strategy):
        order = np.roll(np.arange(12), strategy.index)
        own = given | {name: data(order).batch(4)}
        options = {"optimizer": "sgd", "loss": "mse", "epochs": 1}
        return fit(nets[strategy.index], **own, **options, strategy=strategy)

    for error in on_workers(act):
        assert isinstance(error, ArgumentError)
        assert f"different batches of {name}: " in str(error)


def test_shuffled_data_need_a_seed():
    check_refused(found_by(*(data().shuffle(12).batch(4) for _ in range(2))))
    seeded = [data().shuffle(12, seed=1).batch(4) for _ in range(2)]
    assert found_by(*seeded) == [None] * 2


def test_the_numbers_are_those_of_the_first_batches_by_hand():
    found = summary(as_batches(data(images=5).batch(3)))
    wanted = [2]
    for begin, end in ((0, 3), (3, 5)):
        wanted += [end - begin, 0]
        for place, index in enumerate(range(begin, end), 1):
            image = np.abs(IMAGES[index].astype(np.float64)).mean()
            wanted[-1] += place * (image + 2 * MASKS[index].mean())
    np.testing.assert_allclose(found, [*wanted, 0, 0, 0, 0], 1e-12)


def test_data_that_part_themselves_are_not_read():
    class Unread(ShapesDataset):
        def __getitem__(self, index):
            raise AssertionError("was read")

    def act(strategy):
        pipeline = Pipeline(Unread(4), 2, crop_size=4, seed=strategy.index)
        return check_same_batches(strategy, pipeline, "train")

    assert on_workers(act) == [None, None]


def test_one_worker_reads_nothing_more():
    class Unread(keras.utils.PyDataset):
        def __len__(self):
            return 1

        def __getitem__(self, index):
            raise AssertionError("was read")

    def act(strategy):
        return check_same_batches(strategy, as_batches(Unread()), "train")

    assert on_workers(act, 1) == [None]
