import keras
import pytest

from kerasseg.cli.determinism import compute_deterministically
from kerasseg.errors import UsageError


def on(monkeypatch, backend):
    monkeypatch.setattr(keras.backend, "backend", lambda: backend)


def test_tensorflow_is_told(monkeypatch):
    tf = pytest.importorskip("tensorflow")
    on(monkeypatch, "tensorflow")
    called = []
    monkeypatch.setattr(
        tf.config.experimental, "enable_op_determinism", lambda: called.append(1)
    )
    compute_deterministically()
    assert called == [1]


def test_pytorch_is_told(monkeypatch):
    torch = pytest.importorskip("torch")
    on(monkeypatch, "torch")
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", ":16:8")  # the user's own stays
    try:
        compute_deterministically()
        assert torch.are_deterministic_algorithms_enabled()
    finally:
        torch.use_deterministic_algorithms(False)


def test_jax_on_a_gpu_must_have_been_told(monkeypatch):
    jax = pytest.importorskip("jax")
    on(monkeypatch, "jax")
    monkeypatch.delenv("XLA_FLAGS", raising=False)
    for other in ("cpu", "tpu"):
        monkeypatch.setattr(jax, "default_backend", lambda name=other: name)
        compute_deterministically()
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    with pytest.raises(UsageError, match="--xla_gpu_deterministic_ops=true too"):
        compute_deterministically()
    monkeypatch.setenv("XLA_FLAGS", "--a=b --xla_gpu_deterministic_ops=true")
    compute_deterministically()
