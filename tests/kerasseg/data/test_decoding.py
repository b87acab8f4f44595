import os
import threading
import warnings

import numpy as np
import pytest
from checks.data_folders import photo, write
from PIL import Image

from kerasseg.data import decoding
from kerasseg.data.decoding import opened
from kerasseg.errors import FileError


def test_formats_that_are_not_welcome(tmp_path):
    path = write(tmp_path / "a.png", photo())
    with (
        pytest.raises(FileError, match=r"not an image that can be read \(JPEG, BMP\)"),
        opened(path, ("JPEG", "BMP")),
    ):
        pass


def test_whatever_goes_wrong_names_the_file(tmp_path):
    path = write(tmp_path / "a.png", photo())
    for error in (KeyError("x"), MemoryError(), OverflowError("a\nb")):
        with pytest.raises(FileError) as caught, opened(path):
            raise error
        assert str(caught.value).startswith(f"{path}: cannot be read as an image: ")
        assert "\n" not in str(caught.value)
    with pytest.raises(KeyboardInterrupt), opened(path):
        raise KeyboardInterrupt


def test_frames(tmp_path):
    first, second = (Image.fromarray(photo(i)) for i in range(2))
    first.save(tmp_path / "a.tif", save_all=True, append_images=[second])
    with opened(tmp_path / "a.tif", frame=1) as image:
        np.testing.assert_array_equal(np.asarray(image), photo(1))
    with (
        pytest.raises(FileError, match="holds no image number 2"),
        opened(tmp_path / "a.tif", frame=2),
    ):
        pass


def test_files_that_are_none(tmp_path):
    (tmp_path / "loop.png").symlink_to(tmp_path / "loop.png")
    os.mkfifo(tmp_path / "pipe.png")
    expected = {
        "none.png": "no such file",
        "loop.png": "is a link that leads to no file",
        "pipe.png": "is no regular file",
        ".": "is a folder",
        "x" * 300: "cannot read",
        "a\0b": "no such file",
    }
    for name, text in expected.items():
        with pytest.raises(FileError, match=text), opened(tmp_path / name):
            pass


def test_the_limit_of_pillow_is_back_when_all_threads_are_done(tmp_path, monkeypatch):
    path = write(tmp_path / "a.png", photo(height=20, width=20))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)

    def read():
        for _ in range(50):
            with opened(path) as image:
                image.load()

    threads = [threading.Thread(target=read) for _ in range(8)]
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert Image.MAX_IMAGE_PIXELS == 100
    monkeypatch.setattr(decoding, "MAX_PIXELS", 399)
    with pytest.raises(FileError, match="20×20 pixels; at most 399"), opened(path):
        pass
    assert Image.MAX_IMAGE_PIXELS == 100


def test_large_images_in_tiny_files_are_bombs(tmp_path):
    whole = write(tmp_path / "empty.png", np.zeros((8000, 8000), bool))
    with opened(whole) as image:
        assert image.size == (8000, 8000)
    content = bytearray(write(tmp_path / "bomb.bmp", photo()).read_bytes())
    content[18:26] = (8000).to_bytes(4, "little") * 2
    (tmp_path / "bomb.bmp").write_bytes(content)
    with (
        pytest.raises(FileError, match=r"bomb\.bmp: claims to hold 64,000,000 pixels"),
        opened(tmp_path / "bomb.bmp"),
    ):
        pass
