import weakref

import keras
import numpy as np
import pytest
from checks.pictures import render
from keras import layers

import kerasseg
from kerasseg.errors import ArgumentError
from kerasseg.visualize import draw_exciting_inputs, exciting_inputs

RNG = np.random.default_rng(3)
TEMPLATE = np.array([[1, -1, 2], [0, 3, -2], [-1, 1, 1]], "float32")


def template_net():
    layer = layers.Conv2D(1, 3, use_bias=False, name="template")
    net = keras.Sequential([keras.Input((None, None, 1)), layer])
    layer.set_weights([TEMPLATE[..., None, None]])
    return net


def strided_net():
    """Padding, strides and two layers: boxes that leave the image."""
    keras.utils.set_random_seed(2)
    return keras.Sequential(
        [
            keras.Input((None, None, 1)),
            layers.Conv2D(3, 3, padding="same", activation="relu", name="first"),
            layers.MaxPooling2D(2, name="pool"),
            layers.Conv2D(2, 3, padding="same", name="second"),
        ]
    )


def images_of(*sizes):
    return [RNG.normal(size=(*size, 1)).astype("float32") for size in sizes]


def places(found):
    return [(one.image_index, *one.cell) for one in found]


def test_a_template_finds_where_it_was_planted():
    images = [0.1 * image for image in images_of((12, 15), (9, 20), (12, 12))]
    images[1][5:8, 11:14, 0] = TEMPLATE
    best = exciting_inputs(template_net(), images, "template", unit=0)[0]
    assert (best.image_index, best.cell) == (1, (5, 11))
    assert best.box == (5, 11, 8, 14)
    assert best.score == pytest.approx((TEMPLATE**2).sum(), rel=1e-6)
    np.testing.assert_array_equal(best.crop[..., 0], TEMPLATE)


def oracle(net, images, unit, count, per_image):
    """All scores of all images, sorted once."""
    everything = []
    for index, image in enumerate(images):
        maps = keras.ops.convert_to_numpy(net.predict_on_batch(image[None]))[0]
        cells = [
            (-float(maps[row, col, unit]), index, row, col)
            for row in range(maps.shape[0])
            for col in range(maps.shape[1])
        ]
        everything += sorted(cells)[:per_image]
    return sorted(everything)[:count]


@pytest.mark.parametrize("per_image", [1, 3, 1000])
@pytest.mark.parametrize("batch_size", [1, 4])
def test_scores_and_places_of_images_of_many_sizes(per_image, batch_size):
    net = strided_net()
    images = images_of((8, 9), (8, 9), (11, 6), (8, 9), (7, 7), (7, 7), (7, 7))
    found = exciting_inputs(
        net, images, "second", 1, 5, per_image=per_image, batch_size=batch_size
    )
    expected = oracle(net, images, 1, 5, per_image)
    assert places(found) == [tuple(cell) for _, *cell in expected]
    scores = [one.score for one in found]
    np.testing.assert_allclose(scores, [-score for score, *_ in expected], rtol=1e-5)


def test_the_crop_is_all_that_the_cell_sees():
    """Pixels outside the crop may change; the score does not."""
    net = strided_net()
    images = images_of((10, 13), (16, 9))
    field = kerasseg.receptive_field(net, "second")
    found = exciting_inputs(net, images, "second", 0, 2)
    for one in found:
        assert one.box == field.box(*one.cell)
        top, left, bottom, right = one.box
        height, width = images[one.image_index].shape[:2]
        above, before, below, behind = one.margin
        rows = slice(top + above, bottom - below)
        columns = slice(left + before, right - behind)
        assert (rows.start, columns.start) == (max(top, 0), max(left, 0))
        assert (rows.stop, columns.stop) == (min(bottom, height), min(right, width))
        changed = np.full_like(images[one.image_index], 7)
        changed[rows, columns] = one.crop
        again = keras.ops.convert_to_numpy(net.predict_on_batch(changed[None]))
        assert again[0][*one.cell, 0] == pytest.approx(one.score, rel=1e-5)


def test_cells_in_the_padding_see_nothing_of_the_image():
    net = keras.Sequential(
        [
            keras.Input((4, 4, 1)),
            layers.ZeroPadding2D(3),
            layers.Conv2D(1, 2, kernel_initializer="ones", name="sum"),
        ]
    )
    found = exciting_inputs(net, -np.ones((1, 4, 4, 1)), "sum", 0, 99, per_image=99)
    corner, far = found[0], found[-1]
    assert (corner.cell, corner.score, corner.crop.shape) == ((0, 0), 0, (0, 0, 1))
    assert (corner.margin, far.score) == ((2, 2, 0, 0), -4)
    last = next(one for one in found if one.cell == (8, 8))
    assert last.margin == (0, 0, 2, 2)
    render(draw_exciting_inputs([corner, last, far]))


def test_units_of_vectors_see_what_their_field_holds():
    net = keras.Sequential(
        [
            keras.Input((6, 5, 1)),
            layers.Conv2D(2, 3),
            layers.GlobalAveragePooling2D(name="gap"),
        ]
    )
    images = RNG.random((4, 6, 5, 1)).astype("float32")
    best = exciting_inputs(net, images, "gap", unit=1)
    expected = keras.ops.convert_to_numpy(net.predict_on_batch(images))[:, 1]
    assert [one.image_index for one in best] == np.argsort(-expected).tolist()
    assert best[0].box == (0, 0, 6, 5)
    np.testing.assert_array_equal(best[0].crop, images[best[0].image_index])


def test_equal_scores_go_by_image_then_row_then_column():
    images = [np.ones((4, 5, 1))] * 3
    pool = layers.MaxPooling2D(2, strides=1, name="pool")
    net = keras.Sequential([keras.Input((None, None, 1)), pool])
    found = exciting_inputs(net, images, "pool", 0, count=5, per_image=2)
    assert places(found) == [(0, 0, 0), (0, 0, 1), (1, 0, 0), (1, 0, 1), (2, 0, 0)]
    found = exciting_inputs(net, images, "pool", 0, count=2)
    assert places(found) == [(0, 0, 0), (1, 0, 0)]


def test_images_are_read_one_after_another_and_let_go():
    alive = []

    class Photo(np.ndarray):
        """Arrays of its own type, so that it can be watched."""

    def photos():
        for _ in range(12):
            photo = RNG.random((6, 6, 1)).view(Photo)
            alive.append(weakref.ref(photo))
            yield photo
            del photo
            assert sum(ref() is not None for ref in alive) <= 5

    found = exciting_inputs(
        template_net(), photos(), "template", 0, count=3, batch_size=4
    )
    assert len(found) == 3
    assert all(one.crop.base is None for one in found)


def test_the_picture_has_grey_where_there_is_no_image():
    image = np.zeros((6, 6, 1), "float32")
    image[0, 0] = 1
    net = keras.Sequential(
        [
            keras.Input((6, 6, 1)),
            layers.Conv2D(1, 3, padding="same", kernel_initializer="ones", name="sum"),
        ]
    )
    (found,) = exciting_inputs(net, [image], "sum", 0)
    figure = draw_exciting_inputs([found])
    _, pixel = render(figure)
    assert pixel(0, 1) == pytest.approx(0.5, abs=0.01)
    assert pixel(1, 0) == pytest.approx(0.5, abs=0.01)
    assert pixel(1, 1) == pytest.approx(1, abs=0.01)
    assert pixel(2, 2) == pytest.approx(0, abs=0.01)
    assert figure.axes[0].get_title() == "1\nimage 0"


@pytest.mark.parametrize(("low", "high"), [(-1, 1), (0, 255.0), (-120, 150)])
def test_pixels_of_any_range_are_stretched_together(low, high):
    halves = np.full((6, 6, 1), low, "float32")
    halves[:, 3:] = high
    pool = layers.AveragePooling2D(6, name="pool")
    net = keras.Sequential([keras.Input((None, None, 1)), pool])
    dark = np.full((6, 6, 1), low, "float32")
    figure = draw_exciting_inputs(exciting_inputs(net, [halves, dark], "pool", 0))
    first, second = (np.asarray(axes.images[0].get_array()) for axes in figure.axes)
    assert (first.min(), first.max(), second.max()) == pytest.approx((0, 1, 0))


def test_images_of_whole_numbers_keep_their_type():
    image = RNG.integers(0, 256, (8, 8, 1), np.uint8)
    (found,) = exciting_inputs(template_net(), [image], "template", 0)
    assert found.crop.dtype == np.uint8
    (axes,) = draw_exciting_inputs([found]).axes
    expected = np.repeat(found.crop / 255, 3, axis=-1)
    np.testing.assert_allclose(axes.images[0].get_array(), expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"images": []}, "no images"),
        ({"images": np.zeros((8, 8, 1))}, r"several.*\(8, 8, 1\)"),
        ({"images": [np.zeros((8, 8, 3))]}, r"images\[0\]"),
        ({"images": [np.zeros((2, 2, 1))]}, "cannot take maps"),
        ({"layer": "nothing"}, "no layer 'nothing'"),
        ({"unit": 1}, "units 0 to 0.*unit=1"),
        ({"unit": -1}, "unit=-1"),
        ({"count": 0}, "count=0"),
        ({"per_image": 0}, "per_image=0"),
        ({"batch_size": 0}, "batch_size=0"),
    ],
)
def test_refusals(options, message):
    given = {"images": [np.zeros((8, 8, 1))], "layer": "template", "unit": 0}
    with pytest.raises(ArgumentError, match=message):
        exciting_inputs(template_net(), **{**given, **options})


def test_nothing_found_cannot_be_shown():
    with pytest.raises(ArgumentError, match="0 images"):
        draw_exciting_inputs([])
