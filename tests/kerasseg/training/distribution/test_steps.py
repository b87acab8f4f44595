import keras
import numpy as np
import pytest
from checks import untame_training
from checks.distributed_training import outcomes

from kerasseg.training.distribution.strategies import make_strategy

pytestmark = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="these strategies are TensorFlow's"
)
KINDS = ("train_untame", "train_by_all_losses")


def kinds(**options):
    return {"untame": True, **dict.fromkeys(KINDS, options)}


def on_one(kind, **options):
    return getattr(untame_training, kind)(make_strategy("none"), **options)


@pytest.fixture(scope="module")
def on_two():
    (found,) = outcomes("mirrored", devices=2, **kinds())
    return found


def check_equal(found, wanted):
    assert found["history"].keys() == wanted["history"].keys()
    for name, values in wanted["history"].items():
        np.testing.assert_allclose(
            found["history"][name], values, 1e-6, 1e-7, err_msg=name
        )
    for weight, other in zip(found["weights"], wanted["weights"], strict=True):
        np.testing.assert_allclose(weight, other, 1e-5, 1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_two_devices_equal_one(on_two, kind):
    check_equal(on_two[kind], on_one(kind))


def test_metrics_that_are_no_number_stay_as_keras_has_them(on_two):
    history = on_two["train_untame"]["history"]
    assert {"first", "val_second"} <= history.keys()
    assert np.shape(history["several"]) == (2, 2)
    pairs = np.stack([history["first"], history["second"]], axis=1)
    np.testing.assert_array_equal(history["several"], pairs)


@pytest.mark.long
def test_four_devices_equal_one():
    (found,) = outcomes("mirrored", devices=4, **kinds(images=8))
    for kind in KINDS:
        check_equal(found[kind], on_one(kind, images=8))


@pytest.mark.long
def test_a_stop_on_one_worker_stops_all_after_the_same_step():
    options = {"untame": True, "train_untame": {"shuffled": False, "stop": 1}}
    wanted = on_one("train_untame", shuffled=False, stop=0)
    assert len(wanted["history"]["loss"]) == 1
    for found in outcomes("multi_worker", workers=2, **options):
        check_equal(found["train_untame"], wanted)
