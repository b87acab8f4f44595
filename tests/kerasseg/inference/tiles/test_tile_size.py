import keras
import pytest
from keras import layers

import zoo
from kerasseg.errors import ArgumentError
from kerasseg.inference.tiles.tile_axis import examine
from kerasseg.inference.tiles.tile_size import (
    choose_tile,
    is_steady,
    with_inner_cells,
)


def size_of(tile):
    return tile.y.length, tile.x.length


@pytest.fixture(scope="module")
def same():
    return zoo.UNet((None, None, 1), base_filters=1, depth=2, padding="same")


@pytest.fixture(scope="module")
def valid():
    return zoo.UNet((None, None, 1), base_filters=1, depth=2)


def test_tiles_leave_the_same_rest_as_the_image(same):
    assert size_of(choose_tile(same, (150, 131), (64, 64), None)) == (62, 63)
    assert size_of(choose_tile(same, (150, 160), (64, 64), None)) == (62, 64)


def test_a_small_image_is_one_tile(same):
    assert size_of(choose_tile(same, (33, 131), (64, 64), None)) == (33, 63)


def test_continued_images_need_no_rest(same):
    assert size_of(choose_tile(same, (150, 131), (63, 62), True)) == (63, 62)


def test_nets_that_refuse_sizes_get_one_that_they_take(valid):
    taken = {size for size, _ in zoo.unet_valid_sizes(44, 2, 20)}
    tile = choose_tile(valid, (301, 30), (103, 99), None)
    assert size_of(tile) == (100, 96)
    assert set(size_of(tile)) <= taken
    with pytest.raises(ArgumentError, match=r"no image of 43 pixels.*tile_size=43"):
        choose_tile(valid, (301, 301), (43, 100), None)


def test_a_fixed_size_is_the_only_one():
    model = zoo.UNet((48, 60, 1), base_filters=1, depth=2, padding="same")
    assert size_of(choose_tile(model, (301, 301), (48, 60), None)) == (48, 60)
    with pytest.raises(ArgumentError, match=r"tiles of 48×60.*tile_size=\(60, 60\)"):
        choose_tile(model, (301, 301), (60, 60), None)


def test_reach_is_measured_on_larger_tiles_where_these_are_too_small(same):
    tile = examine(same, (14, 30))
    assert tile.y.head is None
    larger = with_inner_cells(same, tile)
    assert (larger.y.head, larger.y.tail) == (22, 20)
    assert (larger.y.length - 14) % 4 == 0


def test_a_geometry_that_grows_with_the_image_is_not_steady(same):
    assert is_steady(same, examine(same, (62, 63)))
    image = keras.Input((None, None, 1))
    # The corners of a map of 16 cells, pulled to those of its 61 to 64 pixels.
    small = layers.MaxPooling2D(4, padding="same")(image)
    from kerasseg.layers import Resize2D

    pulled = keras.Model(image, Resize2D(align_corners=True)([small, image]))
    with pytest.raises(ArgumentError, match="a score for every"):
        examine(pulled, (64, 64))
