import sys

import numpy as np
import pytest
from checks.data_folders import ids, photo, write

from kerasseg.data.dataset import SegmentationDataset, Source
from kerasseg.errors import ArgumentError, DataError, FileError

NAMES = ["sky", "road", "car"]


def make(folder, count=4):
    return [
        Source(
            f"s{i}",
            write(folder / f"i/{i}.png", photo(i)),
            write(folder / f"m/{i}.png", ids(3, i)),
        )
        for i in range(count)
    ]


def test_items(tmp_path):
    dataset = SegmentationDataset("toy", make(tmp_path), NAMES, ignore_class=255)
    assert len(dataset) == 4
    assert dataset.classes == 3
    assert [sample.name for sample in dataset] == dataset.sample_names
    np.testing.assert_array_equal(dataset[-1].image, photo(3))
    np.testing.assert_array_equal(dataset[np.int64(2)].mask, ids(3, 2))
    np.testing.assert_array_equal(dataset.labels(2).mask, ids(3, 2))
    assert [path.name for path in dataset.image_paths] == [f"{i}.png" for i in range(4)]
    assert repr(dataset) == "<toy: 4 images, 3 classes>"
    with pytest.raises(IndexError):
        dataset[4]
    with pytest.raises(TypeError):
        dataset["0"]


def test_subsets(tmp_path):
    dataset = SegmentationDataset("toy", make(tmp_path), NAMES)
    whole = dataset.class_statistics()
    part = dataset.subset([3, 1, 1])
    assert part.sample_names == ["s3", "s1", "s1"]
    assert part.class_statistics().samples == 3
    assert dataset.class_statistics() is whole
    assert dataset.subset(np.arange(2)).sample_names == ["s0", "s1"]
    for indices in ([], [4], [-5]):
        with pytest.raises(ArgumentError, match="Received"):
            dataset.subset(indices)


def test_statistics(tmp_path):
    dataset = SegmentationDataset("toy", make(tmp_path), NAMES)
    masks = np.stack([ids(3, i) for i in range(4)])
    found = dataset.class_statistics()
    np.testing.assert_array_equal(found.pixels, np.bincount(masks.ravel()))


def test_check_names_every_broken_file(tmp_path):
    dataset = SegmentationDataset("toy", make(tmp_path, 7), NAMES)
    assert str(dataset.check()) == "toy: 7 samples read, 0 problems"
    dataset.check().raise_if_broken()
    for path in ("i/1.png", "m/1.png", "m/2.png"):
        (tmp_path / path).write_bytes(b"no image")
    write(tmp_path / "m/3.png", ids(3, height=9))
    write(tmp_path / "m/4.png", np.full((4, 6), 3, np.uint8))
    (tmp_path / "i/5.png").unlink()
    report = dataset.check()
    assert [path.relative_to(tmp_path).as_posix() for path, _ in report.problems] == [
        *("i/1.png", "m/1.png", "m/2.png", "m/3.png", "m/4.png", "i/5.png"),
    ]
    assert "7 samples read, 6 problems" in str(report)
    with pytest.raises(DataError, match="6 problems") as caught:
        report.raise_if_broken()
    assert caught.value.problems == report.problems
    for i in (1, 2, 3, 4, 5):
        with pytest.raises(FileError):
            dataset[i]
    with pytest.raises(FileError, match=r"m/1\.png"):
        dataset.class_statistics()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"names": []}, "names must hold a class"),
        ({"colors": np.zeros((2, 3), np.uint8)}, "3 rows of three integers"),
        ({"ignore_class": 2}, "ignore_class=2"),
    ],
)
def test_wrong_arguments(tmp_path, arguments, message):
    arguments = {"names": NAMES, **arguments}
    with pytest.raises(ArgumentError, match=message):
        SegmentationDataset("toy", make(tmp_path, 1), **arguments)


def test_no_samples_and_equal_names(tmp_path):
    with pytest.raises(DataError, match="holds no images"):
        SegmentationDataset("toy", [], NAMES)
    with pytest.raises(DataError, match="two samples have the name 's0'"):
        SegmentationDataset("toy", make(tmp_path, 1) * 2 + make(tmp_path, 1), NAMES)


def test_batches_are_those_of_the_pipeline(tmp_path, monkeypatch):
    class Pipeline:
        def __init__(self, dataset, batch_size, **options):
            self.given = dataset, batch_size, options

        def epoch(self, number):
            return (*self.given, number)

    module = type(sys)("kerasseg.data.pipeline")
    module.Pipeline = Pipeline
    monkeypatch.setitem(sys.modules, "kerasseg.data.pipeline", module)
    dataset = SegmentationDataset("toy", make(tmp_path, 2), NAMES)
    assert dataset.to_tf_data(2, crop_size=3) == (
        *(dataset, 2, {"shuffle": False, "crop_size": 3}, 0),
    )
