import importlib.util

import numpy as np
import pytest
from checks.distributed_training import outcomes, run_program

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("jax") is None, reason="JAX is not installed"
)
UNEVEN = {"backend": "jax", "images": 7, "held_out": 5, "ema": True}
EVEN = {"backend": "jax", "images": 8, "held_out": 4}


@pytest.fixture(scope="module")
def alone():
    """The outcome on one device, of batches that two can share."""
    (found,) = outcomes("none", **EVEN)
    return found


def check_equal(found, wanted):
    assert found["history"].keys() == wanted["history"].keys()
    for name, values in wanted["history"].items():
        np.testing.assert_allclose(found["history"][name], values, 1e-6, 0, name)
    for weight, other in zip(found["weights"], wanted["weights"], strict=True):
        np.testing.assert_allclose(weight, other, 1e-5, 1e-6)


def test_two_devices_equal_one_whatever_the_last_batch(tmp_path):
    (alone,) = outcomes("none", **UNEVEN)
    (found,) = outcomes("data_parallel", devices=2, run_dir=str(tmp_path), **UNEVEN)
    check_equal(found, alone)


@pytest.mark.long
def test_two_devices_equal_one_on_even_batches(alone, tmp_path):
    (found,) = outcomes("data_parallel", devices=2, run_dir=str(tmp_path), **EVEN)
    check_equal(found, alone)


@pytest.mark.long
def test_two_processes_equal_one_device(alone, tmp_path):
    for found in outcomes("data_parallel", 2, run_dir=str(tmp_path), **EVEN):
        check_equal(found, alone)
    assert (tmp_path / "best.keras").exists()


@pytest.mark.long
def test_uneven_batches_of_two_processes_are_refused():
    for _, code, output, _ in run_program("data_parallel", 2, **UNEVEN):
        assert code == 1
        assert "A batch of 3 images cannot be shared evenly by 2 devices" in output
