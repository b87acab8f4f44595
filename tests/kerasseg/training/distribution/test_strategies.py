import keras
import pytest

from kerasseg.cli.train_settings import STRATEGIES as FLAGS
from kerasseg.errors import ArgumentError
from kerasseg.training.distribution.strategies import STRATEGIES, make_strategy


def test_the_command_knows_every_strategy():
    assert FLAGS == STRATEGIES


def test_one_device_is_the_chief():
    strategy = make_strategy("none")
    assert strategy.is_chief
    assert (strategy.replicas, strategy.workers) == (1, 1)


@pytest.mark.parametrize(
    ("name", "devices", "words"),
    [
        ("mirored", None, r"Received: strategy='mirored'"),
        ("none", 2, r"Received: devices=2"),
        ("none", 0, r"at least 1\. Received: devices=0"),
        ("mirrored", 0, r"at least 1\. Received: devices=0"),
        ("mirrored", -1, r"at least 1\. Received: devices=-1"),
        ("data_parallel", 0, r"at least 1\. Received: devices=0"),
        ("data_parallel", -1, r"at least 1\. Received: devices=-1"),
        ("multi_worker", 1.5, r"at least 1\. Received: devices=1\.5"),
    ],
)
def test_unknown_strategies_and_devices_are_refused(name, devices, words):
    with pytest.raises(ArgumentError, match=words):
        make_strategy(name, devices)


def test_strategies_of_other_backends_are_refused():
    backend = keras.backend.backend()
    name = "data_parallel" if backend == "tensorflow" else "mirrored"
    with pytest.raises(ArgumentError, match=f"Received: backend='{backend}'"):
        make_strategy(name)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="TensorFlow's")
@pytest.mark.parametrize(
    "text",
    [
        "two machines",
        '{"cluster": {}}',
        '{"cluster": {"worker": ["a:1"]}, "task": {"type": "worker", "index": 1}}',
        '{"cluster": {"worker": ["a:1"]}, "task": {"type": "chief", "index": 0}}',
    ],
)
def test_a_wrong_tf_config_is_shown(monkeypatch, text):
    monkeypatch.setenv("TF_CONFIG", text)
    with pytest.raises(ArgumentError, match=r"^TF_CONFIG must .* Received: "):
        make_strategy("multi_worker")


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="TensorFlow's")
def test_a_strategy_that_comes_too_late_is_refused():
    keras.ops.zeros(())
    with pytest.raises(ArgumentError, match="before it computes anything"):
        make_strategy("mirrored", 7)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="TensorFlow's")
def test_devices_of_several_machines_are_not_counted():
    with pytest.raises(ArgumentError, match=r"CUDA_VISIBLE_DEVICES.*devices=2"):
        make_strategy("multi_worker", 2)
