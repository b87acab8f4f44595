import keras
import numpy as np
import pytest

from kerasseg.errors import TrainingError
from kerasseg.training.distribution.shared_checkpoint import SharedCheckpoint


@pytest.mark.parametrize("writes", [True, False])
def test_every_worker_ends_where_weights_are_lost(tmp_path, writes):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    checkpoint = SharedCheckpoint(
        tmp_path, every_steps=1, writes=writes, wait=lambda: None, catch_sigterm=False
    )
    checkpoint.restore(model)
    data = np.ones((4, 2)), np.ones((4, 1))
    options = {"batch_size": 2, "verbose": 0, "callbacks": [checkpoint]}
    model.fit(*data, **options)
    assert bool(list(tmp_path.glob("*.npz"))) == writes
    first = checkpoint.restore(model).epoch
    model.layers[-1].bias.assign([np.inf])
    with pytest.raises(TrainingError, match=r"is NaN or infinite in epoch"):
        model.fit(*data, initial_epoch=first, epochs=2, **options)
