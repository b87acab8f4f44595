"""What every test gets: a backend, a seed, a clean Keras, and a second process."""

import os

# Read when Keras, TensorFlow and matplotlib are imported, so set before any of them.
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("MPLBACKEND", "Agg")

import contextlib
import gc

import keras
import pytest
from checks.fresh_process import FreshProcess

with contextlib.suppress(ImportError):
    import torch  # noqa: F401 - the oracle of many tests, which import it anyway

# `clear_session` collects garbage after every test. Leaving out the objects that the
# imports made, which live on anyway, takes that from a quarter of a second to nothing.
gc.freeze()


@pytest.fixture(autouse=True)
def repeatable_keras():
    """Fixes all seeds before a test, and drops its models and policies after."""
    keras.utils.set_random_seed(20140917)
    policy = keras.config.dtype_policy()
    yield
    keras.config.set_dtype_policy(policy)
    keras.backend.clear_session()
    gc.freeze()  # what has survived would be looked through after every later test


@pytest.fixture(scope="module", autouse=True)
def compiled_programs():
    """Lets JAX forget what it compiled for a file: all of it would fill the memory."""
    yield
    if keras.backend.backend() == "jax":
        import jax

        jax.clear_caches()
        gc.unfreeze()  # what held the programs may be garbage by now


@pytest.fixture(scope="session")
def fresh_process():
    """A process that has imported `kerasseg.layers` and nothing else of ours."""
    with FreshProcess() as process:
        yield process


@pytest.fixture
def tensorflow():
    """The TensorFlow module as an oracle; skips where another backend is under test."""
    if keras.backend.backend() != "tensorflow":
        pytest.skip("the oracle runs on the TensorFlow backend only")
    return pytest.importorskip("tensorflow")
