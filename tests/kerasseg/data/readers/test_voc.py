import numpy as np
import pytest
from checks.data_folders import ids, photo, write
from PIL import Image

from kerasseg.data import open_dataset, voc_colormap
from kerasseg.errors import ArgumentError, DataError, FileError

LISTS = {"train": ["2007_000032", "2007_000039"], "val": ["2007_000033"]}


def write_palette(path, array):
    image = Image.fromarray(array)
    image.putpalette(voc_colormap().tobytes())
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path)


@pytest.fixture
def voc(tmp_path):
    home = tmp_path / "VOCdevkit" / "VOC2012"
    for seed, name in enumerate([*LISTS["train"], *LISTS["val"]]):
        write(home / f"JPEGImages/{name}.jpg", photo(seed))
        mask = ids(21, seed)
        mask[0, 0] = 255
        write_palette(home / f"SegmentationClass/{name}.png", mask)
        write_palette(
            home / f"SegmentationObject/{name}.png", np.where(mask > 9, mask, 3)
        )
    write(home / "JPEGImages/2008_000001.jpg", photo())  # has no mask, is in no list
    lists = home / "ImageSets" / "Segmentation"
    lists.mkdir(parents=True)
    for split, names in LISTS.items():
        (lists / f"{split}.txt").write_text("\n".join([*names, ""]))
    return home


def test_lists_say_what_a_split_holds(voc):
    dataset = open_dataset(voc, split="train")
    assert repr(dataset) == "<PASCAL VOC train: 2 images, 21 classes>"
    assert dataset.sample_names == LISTS["train"]
    assert dataset.splits == ("train", "val")
    assert dataset.ignore_class == 255
    expected = ids(21)
    expected[0, 0] = 255
    np.testing.assert_array_equal(dataset[0].mask, expected)
    assert dataset[0].instances is None
    assert dataset.class_statistics().ignored == 2


@pytest.mark.parametrize("above", [0, 1, 2])
def test_the_folders_above_will_do(voc, above):
    path = [voc, *voc.parents][above]
    assert len(open_dataset(path, "voc" if above else None)) == 3


def test_names_and_colours_are_those_published(voc):
    dataset = open_dataset(voc)
    names = dataset.names
    assert (names[0], names[11], names[15], names[20]) == (
        *("background", "diningtable", "person", "tvmonitor"),
    )
    assert names[1:] == tuple(sorted(names[1:]))
    colors = {"person": (192, 128, 128), "sofa": (0, 192, 0), "tvmonitor": (0, 64, 128)}
    for name, color in colors.items():
        assert tuple(dataset.colors[names.index(name)]) == color


def test_trainval_is_all_where_it_is_listed(voc):
    lists = voc / "ImageSets" / "Segmentation"
    (lists / "trainval.txt").write_text("2007_000033\n2007_000032\n")
    assert open_dataset(voc).sample_names == ["2007_000033", "2007_000032"]


def test_objects_are_read_when_asked_for(voc):
    sample = open_dataset(voc, instances=True)[0]
    assert sample.instances[0, 0] == 0  # void
    np.testing.assert_array_equal(sample.instances[1] > 3, sample.mask[1] > 9)


def test_all_that_a_list_names_in_vain_is_told_at_once(voc):
    (voc / "JPEGImages/2007_000032.jpg").unlink()
    mask = voc / "SegmentationClass/2007_000033.png"
    mask.rename(mask.with_name("2007_000033X.png"))
    (voc / "ImageSets/Segmentation/val.txt").write_text("2007_000033\n2007_000033")
    with pytest.raises(DataError) as caught:
        open_dataset(voc, split="val")
    assert "names '2007_000033' 2 times" in str(caught.value)
    with pytest.raises(DataError) as caught:
        open_dataset(voc)
    assert {path.name for path, _ in caught.value.problems} == {
        *("2007_000032", "2007_000033"),
    }


def test_other_folders_are_refused(voc, tmp_path):
    with pytest.raises(ArgumentError, match="there are: train, val"):
        open_dataset(voc, split="test")
    with pytest.raises(DataError, match="This is not PASCAL VOC"):
        open_dataset(voc, "voc", masks="SegmentationClassAug")
    (voc / "ImageSets/Segmentation/train.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(FileError, match=r"train\.txt: is not a text file"):
        open_dataset(voc)
