"""Damaged configurations in whole files give errors that name the file."""

import copy
import json
import random
import warnings
import zipfile

import h5py
import keras
import pytest
from keras import layers

import kerasseg
from kerasseg.errors import FileError

OTHERS = [None, 7, -1, 1.5, True, "conv", "", [], {}, [None], {"config": 3}]


@pytest.fixture(scope="module")
def originals(tmp_path_factory):
    folder = tmp_path_factory.mktemp("originals")
    image = keras.Input((6, 6, 1))
    trunk = keras.Sequential([keras.Input((6, 6, 1)), layers.Conv2D(2, 3)])
    x = layers.Flatten()(layers.Add()([trunk(image), trunk(image)]))
    model = keras.Model(image, layers.Dense(2, kernel_regularizer="l2")(x))
    for ending in ("keras", "h5"):
        model.save(folder / f"model.{ending}")
    return folder


def places(value, path=()):
    """Where anything stands in nested lists and dictionaries."""
    if path:
        yield path
    for key in list(value) if isinstance(value, dict) else range(len(value)):
        if isinstance(value[key], (dict, list)):
            yield from places(value[key], (*path, key))
        else:
            yield (*path, key)


def damaged(config, chance):
    """The configuration with one thing missing, misspelt or of another kind."""
    config = copy.deepcopy(config)
    *before, last = chance.choice(list(places(config)))
    inside = config
    for key in before:
        inside = inside[key]
    how = chance.choice(["missing", "misspelt", "another"])
    if how == "another":
        inside[last] = chance.choice(OTHERS)
    else:
        value = inside.pop(last)
        if how == "misspelt" and isinstance(inside, dict):
            inside[f"_{last}"] = value
    return config


def rewritten_archive(original, path, chance):
    with zipfile.ZipFile(original) as source, zipfile.ZipFile(path, "w") as archive:
        for name in source.namelist():
            data = source.read(name)
            if name == "config.json":
                data = json.dumps(damaged(json.loads(data), chance))
            archive.writestr(name, data)


def rewritten_h5(original, path, chance):
    path.write_bytes(original.read_bytes())
    with h5py.File(path, "r+") as file:
        config = json.loads(file.attrs["model_config"])
        file.attrs["model_config"] = json.dumps(damaged(config, chance))
        if chance.random() < 0.7:  # most have the forms of older versions repaired
            file.attrs["keras_version"] = chance.choice(["1.2.2", "2.2.4", "2.15.0"])


REWRITTEN = {"keras": rewritten_archive, "h5": rewritten_h5}


def load_damaged(originals, folder, ending, seeds):
    refused = 0
    for seed in seeds:
        path = folder / f"damaged_{seed}.{ending}"
        REWRITTEN[ending](originals / f"model.{ending}", path, random.Random(seed))
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                assert isinstance(kerasseg.load_model(path), keras.Model)
        except FileError as error:
            refused += 1
            assert str(error).startswith(f"{path}: "), f"{seed}: {error}"
        except Exception as error:
            raise AssertionError(f"seed {seed}: {error!r}") from error
        keras.backend.clear_session()
        path.unlink()
    return refused


@pytest.mark.parametrize("ending", REWRITTEN)
def test_some_damaged_configurations(originals, tmp_path, ending):
    assert 5 < load_damaged(originals, tmp_path, ending, range(40)) < 40


@pytest.mark.long
@pytest.mark.parametrize("ending", REWRITTEN)
def test_a_thousand_damaged_configurations(originals, tmp_path, ending):
    assert 200 < load_damaged(originals, tmp_path, ending, range(1000, 2000)) < 1000
