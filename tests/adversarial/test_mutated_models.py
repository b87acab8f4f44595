"""Damaged model files give errors that name the file, or the model; nothing else."""

import random
import time
import warnings

import keras
import numpy as np
import pytest
from checks.mutations import mutated
from keras import layers

import kerasseg
from kerasseg.errors import FileError

LONGEST = 20  # seconds for one tiny file: more would be a hang


@pytest.fixture(scope="module")
def originals(tmp_path_factory):
    folder = tmp_path_factory.mktemp("originals")
    model = keras.Sequential(
        [keras.Input((6, 6, 1)), layers.Conv2D(2, 3), layers.Flatten(), layers.Dense(2)]
    )
    for ending in ("keras", "h5"):
        model.save(folder / f"model.{ending}")
    return {e: (folder / f"model.{e}").read_bytes() for e in ("keras", "h5")}


def load_mutations(originals, folder, seeds):
    refused = 0
    for seed in seeds:
        chance = random.Random(seed)
        ending = chance.choice(["keras", "h5"])
        path = folder / f"mutation_{seed}.{ending}"
        path.write_bytes(mutated(originals[ending], chance))
        began = time.monotonic()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                model = kerasseg.load_model(path)
            assert isinstance(model, keras.Model)
            # Flipped bits of weights are numbers as good as others.
            assert model(np.zeros((1, *model.input_shape[1:]))).shape[0] == 1
        except FileError as error:
            refused += 1
            assert str(error).startswith(f"{path}: "), f"{seed}: {error}"
            assert "no such file" not in str(error), f"{seed}: {error}"
        assert time.monotonic() - began < LONGEST, f"seed {seed} hangs"
        keras.backend.clear_session()
        path.unlink()
    return refused


def test_some_mutations(originals, tmp_path):
    refused = load_mutations(originals, tmp_path, range(30))
    assert 10 < refused < 30


@pytest.mark.long
@pytest.mark.parametrize("first", range(1000, 3000, 500))  # -n 4 shares them
def test_two_thousand_mutations(originals, tmp_path, first):
    refused = load_mutations(originals, tmp_path, range(first, first + 500))
    assert 250 < refused < 500
