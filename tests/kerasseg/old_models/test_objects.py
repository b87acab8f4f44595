"""What a configuration may name, and what is said of what it may not."""

from pathlib import Path

import keras
import pytest
from keras import layers

import kerasseg
from kerasseg.errors import FileError
from kerasseg.old_models.allowed import check_allowed
from kerasseg.old_models.objects import check_objects, with_full_names


def entry(**keys):
    config = {"name": "one", "units": 2}
    return {"module": "elsewhere", "class_name": "Thing", "config": config, **keys}


@pytest.mark.parametrize(
    "keys",
    [
        {"class_name": "kerasseg>Resize2D", "registered_name": "other"},
        {"class_name": "Resize2D", "registered_name": None},
        {
            "module": "keras.utils",
            "class_name": "function",
            "config": "get_file",
            "registered_name": "kerasseg>hard_sigmoid_of_keras_2",
        },
    ],
    ids=["class name", "no registered name", "function"],
)
def test_only_the_name_that_keras_looks_up_vouches(keys):
    with pytest.raises(FileError, match="is not looked up"):
        check_objects(Path("bad.keras"), entry(**keys), {"Resize2D": None})


def test_a_registered_name_vouches_for_a_class():
    check_objects(Path("a"), entry(registered_name="kerasseg>Resize2D"), ())
    check_objects(Path("a"), entry(registered_name="mine>A"), {"mine>A": None})


class Doubled(layers.Layer):
    """A layer that nobody registered."""

    def call(self, x):
        return x * 2


def saved(ending, folder):
    """A model with a layer of a package that is unknown again, and the layer."""
    kind = type("Twice", (Doubled,), {})
    kind = keras.saving.register_keras_serializable("mine")(kind)
    stack = [keras.Input((4, 4, 1)), kind(name="own"), layers.Flatten()]
    keras.Sequential([*stack, layers.Dense(2)]).save(folder / f"own.{ending}")
    keras.saving.get_custom_objects().pop("mine>Twice")
    return folder / f"own.{ending}", kind


@pytest.mark.parametrize("ending", ["keras", "h5"])
@pytest.mark.parametrize("key", ["Twice", "mine>Twice"])
def test_classes_of_a_package_pass_by_either_name(tmp_path, ending, key):
    path, kind = saved(ending, tmp_path)
    with pytest.raises(
        FileError, match=r"custom_objects=\{'Twice': \.\.\.\}"
    ) as caught:
        kerasseg.load_model(path)
    assert len(str(caught.value)) < 250 + len(str(path))
    model = kerasseg.load_model(path, custom_objects={key: kind})
    assert type(model.layers[0]) is kind


def test_names_given_in_full_are_kept():
    config = [entry(registered_name="a>X"), entry(registered_name="b>X")]
    full = with_full_names(config, {"X": 1, "a>X": 2})
    assert full == {"X": 1, "a>X": 2, "b>X": 1}


def own_function(x):
    return x


def test_functions_of_the_author_are_asked_for_in_one_line(tmp_path):
    conv = layers.Conv2D(2, 2, activation=own_function, name="conv")
    keras.Sequential([keras.Input((4, 4, 1)), conv]).save(tmp_path / "own.keras")
    with pytest.raises(FileError, match=r"'conv' has the function .*'own_function': "):
        kerasseg.load_model(tmp_path / "own.keras")
    custom = {"own_function": own_function}
    kerasseg.load_model(tmp_path / "own.keras", custom_objects=custom)


@pytest.mark.parametrize("name", ["relu", "gelu", "softmax", "log_softmax"])
def test_functions_of_keras_pass(tmp_path, name):
    conv = layers.Conv2D(2, 2, activation=name)
    keras.Sequential([keras.Input((4, 4, 1)), conv]).save(tmp_path / "own.keras")
    kerasseg.load_model(tmp_path / "own.keras")


def test_layers_that_keras_removed_are_told_as_such():
    inner = {"name": "local", "filters": 2}
    layer = {"class_name": "LocallyConnected2D", "config": inner}
    model = {"class_name": "Sequential", "config": {"name": "m", "layers": [layer]}}
    with pytest.raises(FileError, match=r"'local' .* that Keras 3 removed"):
        check_allowed(Path("old.h5"), model, ())
