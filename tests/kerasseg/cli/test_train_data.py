from types import SimpleNamespace

import numpy as np
from checks.data_folders import ids, photo, write

from kerasseg.cli.train_data import ScaledDataset, open_parts
from kerasseg.data import Pipeline, Sample, open_dataset

SETTINGS = {"format": None, "split": None, "validation": None, "scale": 1, "seed": 0}


def parts(folder, **settings):
    """The names of the samples to train and to validate on."""
    found = open_parts({**SETTINGS, "data": folder, **settings})
    return [None if part is None else part.sample_names for part in found]


def pair(folder, name, part=""):
    write(folder / "images" / part / f"{name}.png", photo())
    write(folder / "masks" / part / f"{name}.png", ids(2))


def test_scaled_images_and_masks_stay_together():
    image = np.zeros((8, 12, 3), np.uint8)
    image[:4, :6] = 200
    mask = (image[..., 0] > 0).astype(np.int32)
    dataset = [Sample(image, mask, "a")]
    scaled = ScaledDataset(dataset, 0.5)[0]
    np.testing.assert_array_equal(scaled.mask, mask[::2, ::2])
    assert scaled.image.dtype == np.uint8
    np.testing.assert_array_equal(scaled.image[:1, :2], image[:1, :2])
    named = ScaledDataset(SimpleNamespace(name="x"), 0.5)
    assert named.name == "x"


def test_a_cache_tells_one_scale_from_another(tmp_path):
    write(tmp_path / "images/a.png", photo(height=8, width=8))
    write(tmp_path / "masks/a.png", ids(3, height=8, width=8))
    dataset = open_dataset(tmp_path, names=["a", "b", "c"])
    for scale, size in ((0.5, 4), (1.0, 8), (2.0, 16), (0.5, 4)):
        scaled = ScaledDataset(dataset, scale)
        image, mask = Pipeline(scaled, 1, cache=tmp_path / "cache").example(0, 0)
        assert image.shape == (size, size, 3)
        assert mask.shape == (size, size)


def test_what_is_trained_on_does_not_validate(tmp_path):
    home, learn, check = tmp_path / "VOC2012", [*"abcdefgh"], [*"xy"]
    for name in learn + check:
        write(home / f"JPEGImages/{name}.jpg", photo())
        write(home / f"SegmentationClass/{name}.png", ids(21))
    lists = home / "ImageSets" / "Segmentation"
    lists.mkdir(parents=True)
    parts_of_it = {"train": learn, "val": check, "trainval": learn + check}
    for split, names in parts_of_it.items():
        (lists / f"{split}.txt").write_text("\n".join(names))
    assert parts(home) == [learn, check]
    assert parts(home, validation="none") == [learn, None]
    for split in ("trainval", "val"):
        trained, validated = parts(home, split=split)
        assert sorted(trained + validated) == parts_of_it[split]
        assert len(validated) == max(round(0.2 * len(parts_of_it[split])), 1)
    # Who asks for it may see how well the net learnt what it was shown.
    assert parts(home, split="trainval", validation="val") == [learn + check, check]
    (lists / "train.txt").unlink()
    trained, validated = parts(home)
    assert sorted(trained + validated) == learn + check


def test_files_of_one_name_in_two_parts_are_two_samples(tmp_path):
    for part in ("train", "val"):
        pair(tmp_path, "1", part)
        pair(tmp_path, "2", part)
    found = open_parts({**SETTINGS, "data": tmp_path})
    assert [part.split for part in found] == ["train", "val"]
    assert parts(tmp_path) == [["1", "2"], ["1", "2"]]


def test_parts_that_are_not_used_may_be_broken(tmp_path):
    pair(tmp_path, "1", "train")
    pair(tmp_path, "2", "val")
    write(tmp_path / "images/test/3.png", photo())  # nobody published its mask
    (tmp_path / "classes.txt").write_text("ground\nsquare\n")
    assert parts(tmp_path) == [["1"], ["2"]]
    assert parts(tmp_path, split="val", validation="train") == [["2"], ["1"]]
    assert parts(tmp_path, split="train", validation="none") == [["1"], None]
