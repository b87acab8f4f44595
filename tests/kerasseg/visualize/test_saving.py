import numpy as np
import pytest
from PIL import Image

from kerasseg.errors import FileError
from kerasseg.visualize import overlay_heatmap, save_figure, side_by_side

GREY = np.full((40, 60), 0.5, np.float32)
HALVES = np.repeat(np.array([[0, 1]]), 40, axis=0).repeat(30, axis=1)


def test_saved_picture_is_a_png_that_can_be_read_back(tmp_path):
    path = tmp_path / "heat.png"
    save_figure(overlay_heatmap(GREY, HALVES), path)
    with Image.open(path) as picture:
        assert picture.format == "PNG"
        assert min(picture.size) > 500
    assert [file.name for file in tmp_path.iterdir()] == ["heat.png"]


def test_saving_refuses_other_endings_and_existing_files(tmp_path):
    figure = side_by_side([GREY])
    with pytest.raises(FileError, match=r"heat\.jpg.*\.png"):
        save_figure(figure, tmp_path / "heat.jpg")
    path = tmp_path / "heat.png"
    path.write_bytes(b"old")
    with pytest.raises(FileError, match="exists already"):
        save_figure(figure, path, overwrite=False)
    assert path.read_bytes() == b"old"
