import numpy as np
import pytest
from PIL import Image

from kerasseg.cli.predict_palette import read_palette, read_palette_names
from kerasseg.data import voc_colormap
from kerasseg.errors import FileError


def test_the_default_begins_anew_after_256():
    np.testing.assert_array_equal(read_palette(None, 21), voc_colormap(21))
    assert read_palette(None, 300)[256:258].tolist() == voc_colormap(2).tolist()


def test_the_palette_of_a_mask(tmp_path):
    mask = Image.fromarray(np.zeros((4, 4), np.uint8), "P")
    mask.putpalette([1, 2, 3, 4, 5, 6])
    mask.save(tmp_path / "mask.png")
    assert read_palette(tmp_path / "mask.png", 2).tolist() == [[1, 2, 3], [4, 5, 6]]
    Image.new("RGB", (4, 4)).save(tmp_path / "photo.png")
    with pytest.raises(FileError, match=r"photo\.png: has no palette"):
        read_palette(tmp_path / "photo.png", 2)


def test_a_text_of_colours(tmp_path):
    path = tmp_path / "colors.txt"
    path.write_text("128 64 0 road\n0, 0, 255, sky\n")
    assert read_palette(path, 2).tolist() == [[128, 64, 0], [0, 0, 255]]
    with pytest.raises(FileError, match="2 colours for 3 classes"):
        read_palette(path, 3)
    path.write_text("128 64\n")
    with pytest.raises(FileError, match="three numbers"):
        read_palette(path, 1)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("128 64 0 road side\n0, 0, 255, sky, blue\n9 9 9 of no use\n", True),
        ("128 64 0 road\n0 0 255\n", False),
        ("128 64 0 255\n0 0 9 255\n", False),  # opacities, as it seems
    ],
)
def test_names_may_stand_behind_the_colours(tmp_path, text, found):
    path = tmp_path / "colors.txt"
    path.write_text(text)
    wanted = ["road side", "sky, blue"] if found else None
    assert read_palette_names(path, 2) == wanted


def test_pictures_and_the_default_have_no_names():
    assert read_palette_names(None, 2) is None
    assert read_palette_names("mask.png", 2) is None
