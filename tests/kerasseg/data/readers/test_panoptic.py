import json

import numpy as np
import pytest
from checks.data_folders import photo, write

from kerasseg.data import open_dataset
from kerasseg.errors import ArgumentError, DataError, FileError

CATEGORIES = [
    {"id": 1, "name": "person", "isthing": 1, "color": [220, 20, 60]},
    {"id": 18, "name": "dog", "isthing": 1, "color": [0, 0, 142]},
    {"id": 200, "name": "sky", "isthing": 0, "color": [70, 130, 180]},
]
# Left to right: no segment, a person, another person, a crowd of dogs, the sky.
NUMBERS = np.array([[0, 7, 70_000, 16_000_000, 300]] * 3)
SEGMENTS = [
    {"id": 300, "category_id": 200, "iscrowd": 0},
    {"id": 7, "category_id": 1, "iscrowd": 0},
    {"id": 70_000, "category_id": 1, "iscrowd": 0},
    {"id": 16_000_000, "category_id": 18, "iscrowd": 1},
]


def make(folder, split="val2017", names=("000000000139",), segments=SEGMENTS):
    colors = np.stack([NUMBERS % 256, NUMBERS // 256 % 256, NUMBERS // 65536], -1)
    annotations = []
    for name in names:
        write(folder / f"{split}/{name}.jpg", photo(0, *NUMBERS.shape))
        masks = folder / f"annotations/panoptic_{split}"
        write(masks / f"{name}.png", colors.astype(np.uint8))
        annotations.append({"file_name": f"{name}.png", "segments_info": segments})
    content = {"categories": CATEGORIES, "annotations": annotations}
    (folder / f"annotations/panoptic_{split}.json").write_text(json.dumps(content))
    return folder


def test_segments_become_classes_and_things_are_numbered(tmp_path):
    dataset = open_dataset(make(tmp_path))
    assert dataset.name == "COCO panoptic"
    assert dataset.names == ("person", "dog", "sky")
    assert dataset.ignore_class == 255
    assert dataset.colors.tolist() == [c["color"] for c in CATEGORIES]
    sample = dataset[0]
    np.testing.assert_array_equal(sample.mask, [[255, 0, 0, 1, 2]] * 3)
    np.testing.assert_array_equal(sample.instances, [[0, 1, 2, 0, 0]] * 3)
    assert sample.mask.dtype == sample.instances.dtype == np.int32


def test_splits_are_files(tmp_path):
    make(tmp_path)
    make(tmp_path, "train2017", ("a", "b"))
    assert open_dataset(tmp_path).splits == ("train2017", "val2017")
    assert open_dataset(tmp_path, split="train2017").sample_names == ["a", "b"]
    assert len(open_dataset(tmp_path)) == 3
    with pytest.raises(ArgumentError, match="there are: train2017, val2017"):
        open_dataset(tmp_path, split="test2017")


def test_segments_that_are_not_described(tmp_path):
    dataset = open_dataset(make(tmp_path, segments=SEGMENTS[:3]))
    with pytest.raises(FileError, match=r"000000000139\.png: .*: 16000000, in row 0"):
        dataset[0]
    make(tmp_path, segments=[{"id": 7, "category_id": 3}])
    with pytest.raises(FileError, match=r"val2017\.json: has no category 3"):
        open_dataset(tmp_path)


def test_masks_that_are_not_in_colour(tmp_path):
    make(tmp_path)
    mask = next(tmp_path.rglob("*139.png"))
    write(mask, NUMBERS.astype(np.uint8))
    with pytest.raises(FileError, match="must be stored in RGB, not L"):
        open_dataset(tmp_path)[0]


def test_images_and_masks_that_are_missing(tmp_path):
    make(tmp_path, names=("a", "b"))
    (tmp_path / "val2017/a.jpg").unlink()
    (tmp_path / "annotations/panoptic_val2017/b.png").unlink()
    with pytest.raises(DataError) as caught:
        open_dataset(tmp_path)
    assert [path.name for path, _ in caught.value.problems] == ["a", "b"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"categories": [], "annotations": []}',
        b'{"categories": [{"id": 1}], "annotations": []}',
        b'{"categories": [{"id": 1, "name": "a"}], "annotations": [{"file_name": 3}]}',
        b'{"categories": [{"id": 1, "name": "a"}], "annotations": [{"file_name": "a",'
        b' "segments_info": [{"id": 1e30, "category_id": 1}]}]}',
    ],
)
def test_broken_json_is_named(tmp_path, content):
    make(tmp_path)
    (tmp_path / "annotations/panoptic_val2017.json").write_bytes(content)
    with pytest.raises(FileError, match=r"panoptic_val2017\.json: ") as caught:
        open_dataset(tmp_path)
    assert "\n" not in str(caught.value)
