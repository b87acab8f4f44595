import zipfile

import keras
import numpy as np
import pytest
from keras import layers

import kerasseg
from kerasseg.errors import FileError
from kerasseg.files import atomic_path, load_model, save_model


def names_in(folder):
    return [path.name for path in folder.iterdir()]


def small_model():
    return keras.Sequential(
        [
            keras.Input((6, 6, 1)),
            kerasseg.layers.LocalResponseNormalization(),
            layers.Flatten(),
            layers.Dense(2),
        ]
    )


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    target = tmp_path / "note.txt"
    target.write_text("old")
    with pytest.raises(RuntimeError), atomic_path(target) as temporary:
        temporary.write_text("half of the n")
        raise RuntimeError
    assert target.read_text() == "old"
    assert names_in(tmp_path) == ["note.txt"]


def test_a_write_replaces_the_file_and_keeps_ordinary_permissions(tmp_path):
    target = tmp_path / "note.txt"
    plain = tmp_path / "plain.txt"
    plain.write_text("")
    for text in ("one", "two"):
        with atomic_path(target) as temporary:
            assert temporary.suffix == ".txt"
            temporary.write_text(text)
    assert target.read_text() == "two"
    assert target.stat().st_mode == plain.stat().st_mode


def test_a_write_is_on_the_disk_before_it_gets_its_name(tmp_path, monkeypatch):
    target = tmp_path / "note.txt"
    names_at_sync = []
    monkeypatch.setattr(
        "os.fsync", lambda _: names_at_sync.append(target in tmp_path.iterdir())
    )
    with atomic_path(target) as temporary:
        temporary.write_text("one")
    assert names_at_sync == [False]


def test_a_full_disk_is_an_error_that_names_the_file(tmp_path):
    target = tmp_path / "note.txt"
    with pytest.raises(FileError, match=r"note\.txt.*No space"), atomic_path(target):
        raise OSError(28, "No space left on device")
    assert names_in(tmp_path) == []


@pytest.mark.parametrize(
    ("name", "reason"),
    [("nowhere/note.txt", "does not exist"), ("folder", "is a folder")],
)
def test_places_that_cannot_be_written_are_refused(tmp_path, name, reason):
    (tmp_path / "folder").mkdir()
    with pytest.raises(FileError, match=reason), atomic_path(tmp_path / name):
        pass


def test_existing_files_are_kept_unless_told(tmp_path):
    (tmp_path / "note.txt").write_text("old")
    with (
        pytest.raises(FileError, match="--overwrite"),
        atomic_path(tmp_path / "note.txt", overwrite=False),
    ):
        pass


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
    assert names_in(tmp_path) == [name]


def test_save_model_is_whole_or_not_at_all(tmp_path, monkeypatch):
    model = small_model()
    save_model(model, tmp_path / "model.keras")
    before = (tmp_path / "model.keras").read_bytes()

    def full_disk(self, path):
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(keras.Model, "save", full_disk)
    with pytest.raises(FileError, match="No space"):
        save_model(model, tmp_path / "model.keras")
    assert (tmp_path / "model.keras").read_bytes() == before
    assert names_in(tmp_path) == ["model.keras"]
    with pytest.raises(FileError, match=r"\.keras"):
        save_model(model, tmp_path / "model.h5")


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
    np.testing.assert_array_equal(loaded(x), model(x))
    assert not loaded.compiled
