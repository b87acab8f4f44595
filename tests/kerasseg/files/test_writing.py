import keras
import pytest

from kerasseg.errors import FileError
from kerasseg.files import atomic_path, save_model, strays_of


def names_in(folder):
    return [path.name for path in folder.iterdir()]


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    target = tmp_path / "note.txt"
    target.write_text("old")
    with pytest.raises(RuntimeError), atomic_path(target) as temporary:
        temporary.write_text("half of the n")
        raise RuntimeError
    assert target.read_text() == "old"
    assert names_in(tmp_path) == ["note.txt"]


@pytest.mark.parametrize("name", ["note.txt", "n" * 120 + "[1]*.tar.gz", "plain"])
def test_what_a_kill_leaves_is_told_from_what_others_wrote(tmp_path, name):
    (tmp_path / f".{name}").write_text("mine")
    (tmp_path / f".{name}-backup1.old").write_text("mine")
    with atomic_path(tmp_path / name) as temporary:
        temporary.write_text("half of the n")
        assert strays_of(tmp_path / name) == [temporary]
    assert strays_of(tmp_path / name) == []


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


def test_save_model_is_whole_or_not_at_all(tmp_path, monkeypatch):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)])
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
