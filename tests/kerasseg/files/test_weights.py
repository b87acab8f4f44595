import h5py
import pytest
from checks.payloads.sizes import endless

from kerasseg.errors import FileError
from kerasseg.files import check_weights_file


def written(path, change):
    with h5py.File(path, "w") as file:
        file["kernel"] = [1.0, 2.0]
        file.attrs["text"] = "in a heap"
        change(file)
    return path


def test_weights_pass(tmp_path):
    check_weights_file(written(tmp_path / "good.weights.h5", lambda file: None))
    check_weights_file(str(tmp_path / "good.weights.h5"))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda f: f.__setitem__("a", h5py.ExternalLink("b.h5", "c")), "is a link"),
        (
            lambda f: f.create_dataset("a", (10**6, 10**6), chunks=(9, 9)),
            "it is not unpacked",
        ),
        (
            lambda f: f.create_dataset("a", 3, h5py.vlen_dtype("int8")),
            "'/a' is neither number nor text",
        ),
        (
            lambda f: f.attrs.create("a", [f.ref], dtype=h5py.ref_dtype),
            "'/, attribute a' is neither number nor text",
        ),
    ],
)
def test_what_keras_must_not_open_is_refused(tmp_path, change, reason):
    path = written(tmp_path / "bad.weights.h5", change)
    with pytest.raises(FileError, match=rf"bad\.weights\.h5: .*{reason}"):
        check_weights_file(path)


def test_damage_is_refused(tmp_path):
    path = written(tmp_path / "bad.weights.h5", lambda file: None)
    whole = path.read_bytes()
    path.write_bytes(endless(whole))
    with pytest.raises(FileError, match="have no end"):
        check_weights_file(path)
    path.write_bytes(whole[:-100])
    with pytest.raises(FileError, match="truncated"):
        check_weights_file(path)
