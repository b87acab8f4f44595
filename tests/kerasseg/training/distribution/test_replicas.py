import keras
import numpy as np
import pytest
from checks.distributed_training import outcomes, run_program, train

from kerasseg.training.distribution.strategies import make_strategy

pytestmark = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="these strategies are TensorFlow's"
)
# Batches of 3 and 1 images, neither of which two workers can share evenly.
ODD = {"held_out": 4, "held_size": 3}


@pytest.fixture(scope="module")
def alone():
    """The outcome on one device."""
    return train(make_strategy("none"), **ODD)


def check_equal(found, wanted):
    assert found["history"].keys() == wanted["history"].keys()
    for name, values in wanted["history"].items():
        np.testing.assert_allclose(
            found["history"][name], values, 1e-6, 0, err_msg=name
        )
    for weight, other in zip(found["weights"], wanted["weights"], strict=True):
        np.testing.assert_allclose(weight, other, 1e-5, 1e-6)


def test_mirrored_on_two_devices_equals_one(alone):
    (found,) = outcomes("mirrored", devices=2, **ODD)
    check_equal(found, alone)


@pytest.mark.long
def test_mirrored_on_three_and_four_devices_equals_one(alone):
    (found,) = outcomes("mirrored", devices=3, **ODD)
    check_equal(found, alone)
    (found,) = outcomes("mirrored", devices=4, images=8)
    check_equal(found, train(make_strategy("none"), images=8))


def test_two_workers_equal_one_device(alone, tmp_path):
    for found in outcomes("multi_worker", workers=2, run_dir=str(tmp_path), **ODD):
        check_equal(found, alone)
    names = {path.name for path in tmp_path.iterdir()}
    assert {"best.keras", "last.keras", "history.csv", "checkpoints"} <= names
    last = keras.saving.load_model(tmp_path / "last.keras", compile=False)
    assert not any(getattr(layer, "synchronized", False) for layer in last.layers)
    np.testing.assert_allclose(last.get_weights()[0], found["weights"][0])


@pytest.mark.long
@pytest.mark.parametrize("killed", [0, 1])
def test_a_lost_worker_ends_the_other_and_both_go_on(alone, tmp_path, killed):
    options = {"run_dir": str(tmp_path), **ODD}
    found = run_program("multi_worker", 2, kill=killed, **options)
    assert found[killed][1] == -9
    _, code, output, _ = found[1 - killed]
    assert code not in (0, -9)
    assert "has lost another worker" in output
    assert max(f[3] for f in found) - found[killed][3] < 60
    for outcome in outcomes("multi_worker", workers=2, **options):
        check_equal(outcome, alone)


def test_more_devices_than_images_are_refused():
    ((_, code, output, _),) = run_program("mirrored", devices=2, images=5)
    assert code == 1
    assert "A batch of 1 images cannot train 2 replicas" in output
