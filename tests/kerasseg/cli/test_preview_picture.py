from types import SimpleNamespace

import numpy as np
import pytest
from checks.pictures import render
from checks.shapes_dataset import ShapesDataset

from kerasseg.cli.preview_picture import Row, draw
from kerasseg.visualize.overlay_colors import IGNORED_COLOR

DATASET = ShapesDataset(3)
ATTRIBUTES = {"names": DATASET.names, "colors": DATASET.colors}


def rows(weights=None, image=None):
    return [
        Row(
            s.name,
            s.image.astype(np.float32) if image is None else image,
            s.mask,
            weights,
        )
        for s in DATASET
    ]


def test_two_columns_and_one_legend():
    figure = draw(rows(), DATASET)
    assert len(figure.axes) == 6
    assert [axes.get_title() for axes in figure.axes[::2]] == [
        "shape0",
        "shape1",
        "shape2",
    ]
    (legend,) = figure.legends
    names = [text.get_text() for text in legend.get_texts()]
    assert names == ["ground", "blob", "box", "ignored"]
    assert all(axes.get_legend() is None for axes in figure.axes)


def test_the_background_is_no_darker_than_the_photo():
    image = np.full((12, 16, 3), 200, np.float32)
    row = Row("ground", image, np.zeros((12, 16), np.int32))
    picture, _ = render(draw([row], DATASET))
    assert np.isclose(picture, 200 / 255, atol=0.01).mean() > 0.5  # both columns


def test_weights_have_one_scale():
    weights = np.linspace(0, 3, 12 * 16, dtype=np.float32).reshape(12, 16)
    shown = rows(weights)
    shown[1] = shown[1]._replace(weights=weights * 4)
    figure = draw(shown, DATASET)
    assert len(figure.axes) == 9 + 3  # and a colour bar each
    tops = [axes.get_ylim()[1] for axes in figure.axes if axes.get_ylabel() == "weight"]
    assert tops == [12, 12, 12]
    assert figure.axes[2].get_title() == "weights"
    titled = draw(shown, DATASET, "by gaps")
    assert titled.axes[2].get_title() == "by gaps"


@pytest.mark.parametrize("channels", [1, 2, 3, 8])
@pytest.mark.parametrize("scale", [1.0, 40.0, -3.0])
def test_images_of_any_bands_and_range(channels, scale):
    image = np.random.default_rng(0).uniform(0, 255, (12, 16, channels)) * scale
    picture, _ = render(draw(rows(image=image.astype(np.float32)), DATASET))
    assert picture.std() > 0.05


def test_masks_of_ignored_pixels_alone():
    row = Row("none", np.zeros((4, 5, 3), np.float32), np.full((4, 5), 255))
    figure = draw([row], SimpleNamespace(**ATTRIBUTES, ignore_class=255))
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["ignored"]
    picture, _ = render(figure)
    pale = np.isclose(picture, np.divide(IGNORED_COLOR, 255), atol=0.01).all(-1)
    assert 0.2 < pale.mean() < 0.6  # one column of two
    no_class = SimpleNamespace(**ATTRIBUTES, ignore_class=None)
    ground = row._replace(mask=np.zeros((4, 5), int))
    (legend,) = draw([ground], no_class).legends
    assert [text.get_text() for text in legend.get_texts()] == ["ground"]
