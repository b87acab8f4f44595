from types import SimpleNamespace

import pytest
from PIL import Image

from kerasseg.data.pipeline.sizes import (
    check_same_size,
    check_size,
    padded_window,
    refuse_other_shape,
)
from kerasseg.errors import ArgumentError, DataError


def dataset(folder, sizes):
    paths = []
    for number, (height, width) in enumerate(sizes):
        paths.append(folder / f"{number}.png")
        Image.new("L", (width, height)).save(paths[-1])
    return SimpleNamespace(name="pictures", image_paths=paths)


def test_images_of_one_size_pass(tmp_path):
    check_same_size(dataset(tmp_path, [(4, 6)] * 3))
    check_same_size(SimpleNamespace(name="in memory"))


def test_a_turned_photo_is_left_to_the_reading(tmp_path):
    check_same_size(dataset(tmp_path, [(4, 6), (6, 4)]))


def test_all_that_differ_are_named(tmp_path):
    pictures = dataset(tmp_path, [(9, 9), (4, 6), (4, 6), (4, 7)])
    with pytest.raises(DataError, match=r"most have 4×6") as caught:
        check_same_size(pictures)
    assert [path.name for path, _ in caught.value.problems] == ["0.png", "3.png"]
    assert "crop_size, or --crop HxW" in str(caught.value)
    assert "9×9" in str(caught.value)


def test_what_pillow_cannot_read_is_left_to_the_reading(tmp_path):
    pictures = dataset(tmp_path, [(9, 9), (4, 6)])
    pictures.image_paths[0].write_bytes(b"another format")
    check_same_size(pictures)


def test_sizes_are_pairs():
    assert check_size("crop_size", None) is None
    assert check_size("crop_size", 5) == (5, 5)
    assert check_size("crop_size", [5, 6]) == (5, 6)
    for bad in (0, (3,), (3, 0), (3.5, 2)):
        with pytest.raises(ArgumentError, match="crop_size must be"):
            check_size("crop_size", bad)


def test_padding_holds_the_image():
    assert padded_window("a", (3, 5), (4, 5)) == (0, 0, 4, 5)
    with pytest.raises(DataError, match="a has 3×5"):
        padded_window("a", (3, 5), (4, 4))


def test_both_images_are_named():
    with pytest.raises(DataError, match=r"one has the shape \(1, 2, 3\) and two"):
        refuse_other_shape("one", (1, 2, 3), "two", (1, 2, 1))
