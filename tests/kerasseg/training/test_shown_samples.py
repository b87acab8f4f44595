import numpy as np
import pytest
from PIL import Image

from kerasseg import data
from kerasseg.training.batches import MappedBatches, as_batches
from kerasseg.training.shown_samples import shown_samples


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    """Twelve photos, each as bright as its number."""
    folder = tmp_path_factory.mktemp("numbers")
    for name in ("images", "masks"):
        (folder / name).mkdir()
        for index in range(12):
            picture = np.full((6, 8), index if name == "images" else index % 2, "uint8")
            Image.fromarray(picture).save(folder / name / f"{index:02}.png")
    return data.open_dataset(folder, "folders", names=["even", "odd"])


@pytest.mark.parametrize("batch_size", [1, 2, 5, 12])
@pytest.mark.parametrize("is_mapped", [False, True])
def test_names_are_those_of_the_images(dataset, batch_size, is_mapped):
    batches = data.Pipeline(dataset, batch_size, shuffle=False, preprocess="none")
    if is_mapped:
        batches = MappedBatches(batches, lambda images, masks: (images, masks))
    shown = shown_samples(batches)
    numbers = [int(name) for name in shown.names]
    assert shown.images[:, 0, 0, 0].tolist() == numbers
    assert shown.masks[:, 0, 0].tolist() == [n % 2 for n in numbers]
    assert len(numbers) >= 4
    assert max(numbers) - min(numbers) >= 3  # from all over the data
    assert shown.class_names == ["even", "odd"]


def test_shuffled_data_keep_their_names(dataset):
    shown = shown_samples(data.Pipeline(dataset, 2, seed=3, preprocess="none"))
    assert shown.images[:, 0, 0, 0].tolist() == [int(name) for name in shown.names]


def test_data_without_names_are_shown_too(tensorflow):
    arrays = np.zeros((6, 8, 8, 3), "float32"), np.ones((6, 8, 8), "int32")
    batches = tensorflow.data.Dataset.from_tensor_slices(arrays).batch(2)
    shown = shown_samples(as_batches(batches))
    assert shown.images.shape == (6, 8, 8, 3)
    assert (shown.names, shown.class_names) == (None, None)


def test_a_data_set_that_other_batches_hold_is_not_asked(dataset, tensorflow):
    """They may go through it in an order that only they know."""

    class Backwards:
        steps_per_epoch = 4

        def __init__(self):
            self.dataset = dataset

        def epoch(self, epoch, start_step=0):
            images = np.float32([sample.image for sample in dataset])[::-1]
            masks = np.int32([sample.mask for sample in dataset])[::-1]
            batches = tensorflow.data.Dataset.from_tensor_slices((images, masks))
            return batches.batch(3).skip(start_step)

    shown = shown_samples(Backwards())
    assert shown.images[:, 0, 0, 0].tolist() == [11, 8, 5, 2]
    assert (shown.names, shown.class_names) == (None, ["even", "odd"])


def test_a_pipeline_of_nameless_samples_is_shown_too(dataset):
    class Plain(list):
        name, names, classes, ignore_class = "plain", ["even", "odd"], 2, None

    shown = shown_samples(data.Pipeline(Plain(dataset), 3, shuffle=False))
    assert len(shown.images) == 4
    assert (shown.names, shown.class_names) == (None, ["even", "odd"])
