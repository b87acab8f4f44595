import zipfile

import keras
import numpy as np
import pytest
from keras import layers

import kerasseg
from kerasseg.errors import ArgumentError, FileError
from kerasseg.files import load_model


def small_model():
    return keras.Sequential(
        [
            keras.Input((6, 6, 1)),
            kerasseg.layers.LocalResponseNormalization(),
            layers.Flatten(),
            layers.Dense(2),
        ]
    )


@pytest.mark.parametrize("ending", ["keras", "h5", "hdf5"])
def test_models_come_back_with_equal_bits(tmp_path, ending):
    model = small_model()
    path = tmp_path / f"model.{ending}"
    model.save(path)
    again = load_model(path)
    images = np.random.default_rng(0).uniform(size=(2, 6, 6, 1))
    np.testing.assert_array_equal(
        again.predict_on_batch(images), model.predict_on_batch(images)
    )
    assert not again.compiled


@pytest.mark.parametrize("ending", ["keras", "h5"])
@pytest.mark.parametrize("name", ["model", "model.h5", "model.keras", "model.hd5"])
def test_the_name_of_a_file_does_not_matter(tmp_path, ending, name):
    model = small_model()
    model.save(tmp_path / f"saved.{ending}")
    (tmp_path / f"saved.{ending}").rename(tmp_path / name)
    images = np.ones((1, 6, 6, 1))
    np.testing.assert_array_equal(
        load_model(tmp_path / name).predict_on_batch(images),
        model.predict_on_batch(images),
    )
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_files_that_are_no_models_are_named(tmp_path):
    (tmp_path / "text.keras").write_text("these are words")
    (tmp_path / "empty.h5").write_bytes(b"")
    (tmp_path / "cut.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + b"\0" * 90)
    with zipfile.ZipFile(tmp_path / "other.keras", "w") as archive:
        archive.writestr("readme.txt", "no model in here")
    small_model().save(tmp_path / "whole.keras")
    whole = (tmp_path / "whole.keras").read_bytes()
    (tmp_path / "cut.keras").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "folder.keras").mkdir()
    for name in (
        *("missing.keras", "text.keras", "empty.h5", "cut.h5", "other.keras"),
        *("cut.keras", "folder.keras"),
    ):
        with pytest.raises(FileError) as caught:
            load_model(tmp_path / name)
        message = str(caught.value)
        assert message.startswith(str(tmp_path / name))
        assert "\n" not in message
        if name != "missing.keras":
            assert "no such file" not in message
            assert "not found" not in message


@pytest.mark.parametrize("ending", ["keras", "h5"])
def test_code_in_a_model_is_not_run(tmp_path, ending):
    model = keras.Sequential(
        [keras.Input((2,)), layers.Lambda(lambda x: x * 2, name="code")]
    )
    path = tmp_path / f"model.{ending}"
    model.save(path)
    with pytest.raises(FileError, match="Lambda"):
        load_model(path)


def test_classes_of_the_user_are_taken(tmp_path):
    class Doubled(layers.Layer):
        def call(self, x):
            return 2 * x

    keras.Sequential([keras.Input((2,)), Doubled()]).save(tmp_path / "own.keras")
    with pytest.raises(FileError, match="Doubled"):
        load_model(tmp_path / "own.keras")
    model = load_model(tmp_path / "own.keras", custom_objects={"Doubled": Doubled})
    np.testing.assert_array_equal(model.predict_on_batch(np.ones((1, 2))), [[2, 2]])


def loss_of_my_own(y_true, y_pred):
    return keras.ops.mean(keras.ops.square(y_true - y_pred))


@pytest.mark.parametrize("ending", ["keras", "h5"])
def test_losses_of_the_author_are_not_looked_up(tmp_path, ending):
    model = small_model()
    model.compile("sgd", loss_of_my_own, metrics=[lambda y, p: y[0, 0]])
    model.save(tmp_path / f"net.{ending}")
    loaded = load_model(tmp_path / f"net.{ending}")
    x = np.ones((1, 6, 6, 1), "float32")
    np.testing.assert_array_equal(loaded.predict_on_batch(x), model.predict_on_batch(x))
    assert not loaded.compiled


def test_what_is_no_path_is_refused():
    with pytest.raises(ArgumentError, match="path=None"):
        load_model(None)


@pytest.mark.parametrize(
    "text", ['"abc"', "[" * 100_000, "5", "null", "[]", '"5"', "words", ""]
)
def test_other_json_is_no_architecture(tmp_path, text):
    (tmp_path / "net.json").write_text(text)
    small_model().save(tmp_path / "whole.h5")
    with pytest.raises(FileError, match=r"net\.json: is not the JSON that") as caught:
        load_model(tmp_path / "whole.h5", architecture=tmp_path / "net.json")
    assert caught.value.path == tmp_path / "net.json"
