import numpy as np
import pytest
from checks.data_folders import ids, photo, write
from PIL import Image

from kerasseg.data import open_dataset, voc_colormap
from kerasseg.data.readers import folder_classes
from kerasseg.errors import ArgumentError, DataError, FileError

NAMES = ["sky", "road", "car"]


def make(folder, parts=("images/{}.jpg", "masks/{}.png"), names=("a", "b")):
    for seed, name in enumerate(names):
        write(folder / parts[0].format(name), photo(seed))
        write(folder / parts[1].format(name), ids(3, seed))
    return folder


def test_pairs_are_read_in_order(tmp_path):
    make(tmp_path, names=["s10", "s2"])
    (tmp_path / "classes.txt").write_text("\n".join(NAMES))
    dataset = open_dataset(tmp_path)
    assert dataset.sample_names == ["s2", "s10"]
    assert dataset.names == tuple(NAMES)
    assert dataset.ignore_class == 255
    sample = dataset[0]
    assert sample.image.shape == (4, 6, 3)
    assert sample.mask.dtype == np.int32
    np.testing.assert_array_equal(sample.mask, ids(3, 1))
    np.testing.assert_array_equal(dataset.colors, voc_colormap(3))


@pytest.mark.parametrize(
    "parts",
    [
        ("images/{}.jpg", "masks/{}.png"),
        ("image/{}.PNG", "label/{}.PNG"),
        ("JPEGImages/{}.jpg", "SegmentationClass/{}.png"),
        ("imgs/{}.tif", "Annotations/{}.bmp"),
    ],
)
def test_usual_names_of_the_folders_are_known(tmp_path, parts):
    dataset = open_dataset(make(tmp_path, parts), "folders", names=NAMES)
    np.testing.assert_array_equal(dataset[1].mask, ids(3, 1))


@pytest.mark.parametrize("parts", ["{}/images/{{}}.jpg", "images/{}/{{}}.jpg"])
def test_splits_are_folders_outside_or_inside(tmp_path, parts):
    for split, names in {"train": "ab", "val": "c"}.items():
        images = parts.format(split)
        make(tmp_path, (images, images.replace("images", "masks")), names)
    # JPEG masks are refused, so they are written as what they are called here: PNG.
    for mask in tmp_path.rglob("masks/**/*.jpg"):
        write(mask.with_suffix(".png"), ids(3))
        mask.unlink()
    assert len(open_dataset(tmp_path, split="train", names=NAMES)) == 2
    both = open_dataset(tmp_path, names=NAMES)
    assert both.splits == ("train", "val")
    assert both.sample_names == ["train/a", "train/b", "val/c"]
    with pytest.raises(ArgumentError, match="there are: train, val"):
        open_dataset(tmp_path, split="test", names=NAMES)


def test_endings_of_names_may_differ(tmp_path):
    make(tmp_path, ("images/{}_rgb.png", "masks/{}_mask.png"))
    options = {"image_ending": "_rgb", "mask_ending": "_mask", "names": NAMES}
    assert open_dataset(tmp_path, **options).sample_names == ["a", "b"]
    with pytest.raises(DataError, match=r"a_rgb.*has no mask"):
        open_dataset(tmp_path, names=NAMES)


def test_without_names_the_masks_say_how_many_classes_there_are(tmp_path):
    make(tmp_path)
    write(tmp_path / "masks/b.png", np.array([[4, 255]] * 4, np.uint8).repeat(3, 1))
    dataset = open_dataset(tmp_path)
    assert dataset.names == tuple(f"class {i}" for i in range(5))
    assert dataset.ignore_class == 255


def test_masks_of_0_and_255_are_background_and_foreground(tmp_path):
    make(tmp_path)
    for name in "ab":
        write(tmp_path / f"masks/{name}.png", ids(2) * np.uint8(255))
    dataset = open_dataset(tmp_path)
    assert dataset.names == ("background", "foreground")
    np.testing.assert_array_equal(dataset[0].mask, ids(2))


def test_two_classes_are_told_from_one_and_what_is_ignored(tmp_path):
    make(tmp_path)
    for name in "ab":
        write(tmp_path / f"masks/{name}.png", ids(2) * np.uint8(255))
    dataset = open_dataset(tmp_path, names=["sky", "bird"])
    assert dataset.ignore_class is None
    np.testing.assert_array_equal(dataset[0].mask, ids(2))
    one = open_dataset(tmp_path, names=["sky", "bird"], ignore_class=255)
    np.testing.assert_array_equal(one[0].mask, ids(2) * 255)
    write(tmp_path / "masks/b.png", ids(2))
    dataset = open_dataset(tmp_path, names=["sky", "bird"])
    assert dataset.ignore_class == 255
    np.testing.assert_array_equal(dataset[0].mask, ids(2) * 255)


EMPTY = np.zeros((4, 6), np.uint8)
BLACK_AND_WHITE = ids(2) * np.uint8(255)


def with_masks(folder, masks):
    for name, mask in masks.items():
        write(folder / f"images/{name}.png", photo())
        write(folder / f"masks/{name}.png", mask)
    return folder


@pytest.mark.parametrize("order", ["abc", "bca", "cab"])
def test_one_empty_mask_does_not_hide_that_255_is_a_class(tmp_path, order):
    masks = (EMPTY, BLACK_AND_WHITE, BLACK_AND_WHITE)
    with_masks(tmp_path, dict(zip(order, masks, strict=True)))
    dataset = open_dataset(tmp_path, "folders", names=["background", "cell"])
    assert dataset.ignore_class is None
    white = 2 * int(ids(2).sum())
    assert dataset.class_statistics().pixels.tolist() == [3 * 24 - white, white]


@pytest.mark.parametrize("named", [False, True])
def test_ids_mean_the_same_in_every_split(tmp_path, named):
    first = EMPTY.copy()
    first[0, :3] = 1, 255, 0 if named else 2
    with_masks(tmp_path, {"train/a": first, "val/a": BLACK_AND_WHITE})
    if named:
        (tmp_path / "classes.txt").write_text("gap\ncell\n")
    for split in ("train", "val", None):
        dataset = open_dataset(tmp_path, split=split)
        assert dataset.classes == (2 if named else 3)
        assert dataset.ignore_class == 255
    val = open_dataset(tmp_path, split="val").class_statistics()
    assert val.ignored == ids(2).sum()


def test_black_and_white_is_told_by_the_masks_of_all_splits(tmp_path):
    with_masks(tmp_path, {"train/a": EMPTY, "val/a": BLACK_AND_WHITE})
    (tmp_path / "images/test").mkdir()  # without masks, as challenges publish it
    (tmp_path / "classes.txt").write_text("gap\ncell\n")
    assert open_dataset(tmp_path, split="train").ignore_class is None
    (tmp_path / "classes.txt").unlink()
    named = open_dataset(tmp_path, split="train").names
    assert named == ("background", "foreground")


def test_masks_all_of_255_are_foreground(tmp_path):
    with_masks(tmp_path, {"a": EMPTY + np.uint8(255)})
    for names in (None, ["gap", "cell"]):
        dataset = open_dataset(tmp_path, "folders", names=names)
        assert dataset.class_statistics().pixels.tolist() == [0, 24]


def test_masks_are_read_until_their_meaning_is_certain(tmp_path, monkeypatch):
    masks = {f"{i:03}": EMPTY + np.uint8(i == 0) for i in range(100)}
    with_masks(tmp_path, masks)
    read = []
    plain = folder_classes.read_mask
    monkeypatch.setattr(
        folder_classes, "read_mask", lambda *a: read.append(a) or plain(*a)
    )
    assert open_dataset(tmp_path, "folders", names=["gap", "cell"]).ignore_class == 255
    assert 0 < len(read) < 50
    open_dataset(tmp_path, "folders", names=NAMES)
    assert len(read) < 50


def test_a_table_gives_names_and_the_colours_of_masks(tmp_path):
    colors = np.array([[0, 0, 0], [10, 20, 30], [255, 0, 9]], np.uint8)
    make(tmp_path)
    for seed, name in enumerate("ab"):
        write(tmp_path / f"masks/{name}.png", colors[ids(3, seed)])
    lines = [f"{n},{r},{g},{b}" for n, (r, g, b) in zip(NAMES, colors, strict=True)]
    (tmp_path / "class_dict.csv").write_text("\n".join(["name,r,g,b", *lines]))
    dataset = open_dataset(tmp_path)
    assert dataset.names == tuple(NAMES)
    np.testing.assert_array_equal(dataset.colors, colors)
    np.testing.assert_array_equal(dataset[1].mask, ids(3, 1))
    (tmp_path / "class_dict.csv").write_text("name,r,g,b\nsky,1,2\n")
    with pytest.raises(FileError, match=r"class_dict\.csv: must hold lines"):
        open_dataset(tmp_path)


def test_all_broken_masks_are_listed_when_classes_are_to_be_found_out(tmp_path):
    make(tmp_path, names="abc")
    for name in "ac":
        (tmp_path / f"masks/{name}.png").write_bytes(b"\x89PNG\r\n")
    with pytest.raises(DataError) as caught:
        open_dataset(tmp_path)
    assert [path.name for path, _ in caught.value.problems] == ["a.png", "c.png"]


def test_palettes_keep_their_indices(tmp_path):
    make(tmp_path)
    image = Image.fromarray(ids(3))
    image.putpalette([9, 9, 9, 8, 8, 8, 7, 7, 7])
    image.save(tmp_path / "masks/a.png")
    np.testing.assert_array_equal(open_dataset(tmp_path, names=NAMES)[0].mask, ids(3))


def test_folders_of_another_layout_are_refused(tmp_path):
    with pytest.raises(FileError, match="no such folder"):
        open_dataset(tmp_path / "none")
    with pytest.raises(DataError, match="no format is known"):
        open_dataset(tmp_path)
    with pytest.raises(FileError, match="holds no images and masks"):
        open_dataset(tmp_path, "folders")
    with pytest.raises(ArgumentError, match="Received: 'folder'"):
        open_dataset(tmp_path, "folder")
    (tmp_path / "images").mkdir()
    (tmp_path / "masks").mkdir()
    with pytest.raises(DataError, match="holds no images"):
        open_dataset(tmp_path, names=NAMES)


def test_an_option_that_a_format_does_not_have_is_refused(tmp_path):
    with pytest.raises(ArgumentError, match=r"camvid takes no options.* names=\['a'\]"):
        open_dataset(tmp_path, "camvid", names=["a"])
    with pytest.raises(ArgumentError, match=r"Did you mean names\? Received: name="):
        open_dataset(tmp_path, "folders", name=["a"])
