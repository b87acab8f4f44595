import numpy as np
import pytest
from checks.pictures import render
from checks.shapes_dataset import ShapesDataset

from kerasseg.cli.train_picture import draw_batch
from kerasseg.data import Pipeline

DATASET = ShapesDataset(10)


@pytest.mark.parametrize("mode", ["unit", "tf", "none", "caffe"])
def test_images_are_shown_whatever_their_range(mode):
    pipeline = Pipeline(DATASET, 3, shuffle=False, preprocess=mode)
    batch = [array.numpy() for array in next(iter(pipeline.epoch(0)))]
    figure = draw_batch(batch, ["one", "two", "three", "four"], DATASET)
    assert [axes.get_title() for axes in figure.axes] == [
        *("one", "mask", "two", "", "three", "")
    ]
    (legend,) = figure.legends
    named = [text.get_text() for text in legend.get_texts()]
    assert named == [*DATASET.names, "ignored"]
    picture, _ = render(figure)
    assert picture.std() > 0.1


def test_of_a_large_batch_the_first_are_shown_with_their_weights():
    pipeline = Pipeline(
        DATASET, 10, shuffle=False, weight_map=lambda sample: np.ones((12, 16), "f4")
    )
    batch = [array.numpy() for array in next(iter(pipeline.epoch(0)))]
    figure = draw_batch(batch, list("abcdefghij"), DATASET)
    shown = [axes for axes in figure.axes if axes.get_ylabel() != "weight"]
    assert len(shown) == 8 * 3
    assert shown[2].get_title() == "weights"  # of what kind, the batch does not say


def test_one_grey_image():
    batch = np.full((1, 12, 16, 1), 0.5), np.zeros((1, 12, 16), int)
    assert draw_batch(batch, ["grey"], DATASET).axes[0].get_title() == "grey"
