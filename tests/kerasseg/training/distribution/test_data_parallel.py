import importlib.util

import numpy as np
import pytest
from checks.distributed_training import outcomes, run_program

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("jax") is None, reason="JAX is not installed"
)
EVEN = {"backend": "jax", "images": 8, "held_out": 4}


@pytest.fixture(scope="module")
def alone():
    """The outcome on one device."""
    (found,) = outcomes("none", **EVEN)
    return found


def check_equal(found, wanted):
    assert found["history"].keys() == wanted["history"].keys()
    for name, values in wanted["history"].items():
        np.testing.assert_allclose(found["history"][name], values, 1e-6, 0, name)
    for weight, other in zip(found["weights"], wanted["weights"], strict=True):
        np.testing.assert_allclose(weight, other, 1e-5, 1e-6)


def test_two_devices_equal_one(alone, tmp_path):
    (found,) = outcomes("data_parallel", devices=2, run_dir=str(tmp_path), **EVEN)
    check_equal(found, alone)


@pytest.mark.long
def test_two_processes_equal_one_device(alone, tmp_path):
    for found in outcomes("data_parallel", 2, run_dir=str(tmp_path), **EVEN):
        check_equal(found, alone)
    assert (tmp_path / "best.keras").exists()


@pytest.mark.long
def test_batches_that_cannot_be_shared_are_refused():
    ((_, code, output, _),) = run_program(
        "data_parallel", devices=2, backend="jax", images=7
    )
    assert code == 1
    assert "A batch of 3 images cannot be shared evenly by 2 devices" in output
