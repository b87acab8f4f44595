import numpy as np
import pytest
from checks.data_folders import ids, photo, write

from kerasseg.data import open_dataset
from kerasseg.data.readers.cityscapes_labels import ids_to_train_ids
from kerasseg.errors import ArgumentError, DataError, FileError

# The 19 classes of the benchmark, as its table of results lists them.
TRAINED = (
    *("road", "sidewalk", "building", "wall", "fence", "pole", "traffic light"),
    *("traffic sign", "vegetation", "terrain", "sky", "person", "rider", "car"),
    *("truck", "bus", "train", "motorcycle", "bicycle"),
)
IDS = (7, 8, 11, 12, 13, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 31, 32, 33)


def make(folder, annotations="gtFine", kinds=("labelIds",), split="train"):
    for seed, name in enumerate(["aachen/aachen_000000_000019", "bonn/bonn_1_2"]):
        write(folder / f"leftImg8bit/{split}/{name}_leftImg8bit.png", photo(seed))
        masks = folder / annotations / split
        stored = ids(34, seed)
        for kind in kinds:
            image = stored
            if kind == "labelTrainIds":
                image = ids_to_train_ids(stored).astype(np.uint8)
            elif kind == "instanceIds":
                image = np.where(stored > 23, stored * np.uint16(1000) + 1, stored)
                image = image.astype(np.uint16)
            write(masks / f"{name}_{annotations}_{kind}.png", image)
        (masks / f"{name}_{annotations}_polygons.json").write_text("{}")
    return folder


def test_ids_become_train_ids(tmp_path):
    make(tmp_path, kinds=("labelIds", "color", "instanceIds"))
    dataset = open_dataset(tmp_path, split="train")
    assert dataset.names == TRAINED
    assert dataset.ignore_class == 255
    assert dataset.sample_names == ["aachen/aachen_000000_000019", "bonn/bonn_1_2"]
    expected = np.full((4, 6), 255)
    for train_id, number in enumerate(IDS):
        expected[ids(34) == number] = train_id
    np.testing.assert_array_equal(dataset[0].mask, expected)
    assert tuple(dataset.colors[10]) == (70, 130, 180)  # the sky
    assert tuple(dataset.colors[0]) == (128, 64, 128)


def test_all_34_labels(tmp_path):
    dataset = open_dataset(make(tmp_path), labels="ids")
    assert dataset.classes == 34
    assert dataset.names[18] == "polegroup"
    assert [dataset.names[i] for i in IDS] == list(TRAINED)
    assert dataset.ignore_class is None
    np.testing.assert_array_equal(dataset[1].mask, ids(34, 1))


@pytest.mark.parametrize("annotations", ["gtFine", "gtCoarse"])
def test_masks_shipped_as_train_ids_are_taken_as_they_are(tmp_path, annotations):
    dataset = open_dataset(make(tmp_path, annotations, ("labelTrainIds",)))
    np.testing.assert_array_equal(dataset[0].mask, ids_to_train_ids(ids(34)))
    with pytest.raises(DataError, match="has no mask"):
        open_dataset(tmp_path, labels="ids")


def test_where_both_are_shipped_they_agree(tmp_path):
    both = open_dataset(make(tmp_path / "a", kinds=("labelIds", "labelTrainIds")))
    train_ids = open_dataset(make(tmp_path / "b", kinds=("labelTrainIds",)))
    for left, right in zip(both, train_ids, strict=True):
        np.testing.assert_array_equal(left.mask, right.mask)


def test_fine_annotations_come_before_coarse_ones(tmp_path):
    make(tmp_path)
    make(tmp_path, "gtCoarse", split="train")
    assert "gtFine" in str(open_dataset(tmp_path).mask_paths[0])
    coarse = open_dataset(tmp_path, annotations="gtCoarse")
    assert "gtCoarse" in str(coarse.mask_paths[0])


def test_instances_are_numbered_and_groups_are_not(tmp_path):
    make(tmp_path, kinds=("labelIds", "instanceIds"))
    sample = open_dataset(tmp_path, instances=True)[0]
    np.testing.assert_array_equal(sample.instances > 0, ids(34) > 23)
    found = np.unique(sample.instances)
    np.testing.assert_array_equal(found, np.arange(len(found)))


def test_faults_are_named(tmp_path):
    make(tmp_path)
    with pytest.raises(ArgumentError, match="labels='trainIds'"):
        open_dataset(tmp_path, labels="trainIds")
    with pytest.raises(FileError, match="gtCoarse: no such folder"):
        open_dataset(tmp_path, annotations="gtCoarse")
    mask = tmp_path / "gtFine/train/bonn/bonn_1_2_gtFine_labelIds.png"
    write(mask, np.full((4, 6), 34, np.uint8))
    with pytest.raises(FileError, match="not: 34"):
        open_dataset(tmp_path)[1]
    mask.unlink()
    (
        tmp_path / "leftImg8bit/train/aachen/aachen_000000_000019_leftImg8bit.png"
    ).unlink()
    with pytest.raises(DataError) as caught:
        open_dataset(tmp_path)
    assert len(caught.value.problems) == 2
