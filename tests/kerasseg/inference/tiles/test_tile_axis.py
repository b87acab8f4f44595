import gc
import weakref

import keras
import pytest
from keras import layers

import zoo
from kerasseg.errors import ArgumentError
from kerasseg.inference.tiles.tile_axis import TileAxis, examine
from kerasseg.layers import AdaptiveAveragePooling2D, Resize2D


def test_u_net_of_the_paper():
    tile = examine(zoo.UNet(base_filters=1), (572, 572))
    assert tile.y == tile.x == TileAxis(572, 388, 16, 0, 0)
    assert tile.y.lost == 184


def test_sizes_that_a_net_refuses_are_none():
    model = zoo.UNet((None, None, 1), base_filters=1, depth=2)
    assert examine(model, (101, 100)) is None
    assert examine(model, (100, 100)) is not None
    net = keras.Sequential([keras.Input((None, None, 1)), layers.Conv2D(1, 5)])
    assert examine(net, (4, 9)) is None


def test_no_score_of_a_small_tile_is_sure():
    model = keras.Sequential(
        [keras.Input((None, None, 1)), layers.Conv2D(1, 9, padding="same")]
    )
    assert examine(model, (8, 9)).y == TileAxis(8, 8, 1, None, None)
    assert examine(model, (9, 9)).y == TileAxis(9, 9, 1, 4, 4)


def test_code_is_not_looked_into():
    class Twice(keras.Model):
        def call(self, x):
            return keras.ops.concatenate([x, x], axis=-1)

    image = keras.Input((None, None, 1))
    model = keras.Model(image, Twice(name="twice")(image))
    tile = examine(model, (8, 8))
    assert tile.y == TileAxis(8, 8)
    assert "twice" in tile.unknown


@pytest.mark.parametrize(
    ("stack", "reason"),
    [
        ([layers.MaxPooling2D(4)], "a score for every 4 pixels, 2 for 8"),
        ([layers.UpSampling2D(2)], "a score for every 0.5 pixels"),
        ([layers.GlobalAveragePooling2D()], r"must give a map .*\(1, 1\)"),
    ],
)
def test_other_nets_are_refused(stack, reason):
    model = keras.Sequential([keras.Input((None, None, 1)), *stack])
    with pytest.raises(ArgumentError, match=reason):
        examine(model, (8, 8))


class Unknown(layers.Layer):
    """Nobody but itself knows that it changes nothing."""

    def call(self, x):
        return x


class Coded(keras.Model):
    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def call(self, x):
        return self.layer(x)


@pytest.mark.parametrize("size", [None, 32])
@pytest.mark.parametrize(
    ("stack", "reason"),
    [
        (
            lambda: [layers.Conv2D(2, 3, strides=2, padding="same"), Unknown()],
            "a score for every 2 pixels, 16 for 32",
        ),
        (lambda: [layers.MaxPooling2D(5), Unknown()], "every 5 pixels, 6 for 32"),
        (lambda: [layers.UpSampling2D(2), Unknown()], "every 0.5 pixels, 64 for 32"),
        (
            lambda: [AdaptiveAveragePooling2D(2), Resize2D(size=(16, 16))],
            "as many scores, 16 for 32",
        ),
        (lambda: [Coded(layers.MaxPooling2D(2))], "every 2 pixels, 16 for 32"),
    ],
    ids=["stride", "pool", "enlarged", "whole", "code"],
)
def test_other_nets_are_refused_behind_layers_that_do_not_tell(stack, reason, size):
    net = keras.Sequential([keras.Input((size, size, 1)), *stack()])
    with pytest.raises(ArgumentError, match=reason):
        examine(net, (32, 32))


@pytest.mark.parametrize("size", [None, 33])
@pytest.mark.parametrize(
    ("stack", "given"),
    [
        (lambda: [layers.Conv2D(1, 9), Unknown()], 25),
        (lambda: [layers.MaxPooling2D(7), Unknown(), layers.UpSampling2D(7)], 28),
        (lambda: [Coded(layers.Conv2D(1, 3))], 31),
    ],
    ids=["valid", "begun", "code"],
)
def test_nets_with_a_score_for_every_pixel_pass(stack, given, size):
    net = keras.Sequential([keras.Input((size, size, 1)), *stack()])
    tile = examine(net, (33, 33))
    assert tile.y == tile.x == TileAxis(33, given)
    assert tile.unknown


def test_a_map_made_of_the_whole_image_passes_if_it_has_every_pixel():
    image = keras.Input((None, None, 1))
    pooled = AdaptiveAveragePooling2D(2)(image)
    tile = examine(keras.Model(image, Resize2D()([pooled, image])), (33, 32))
    assert (tile.y, tile.x) == (TileAxis(33, 33), TileAxis(32, 32))
    assert tile.whole


def test_a_size_is_looked_at_once_while_the_net_lives():
    net = keras.Sequential([keras.Input((None, None, 1)), layers.Conv2D(1, 3)])
    first = examine(net, (9, 9))
    assert examine(net, (9, 9)) is first
    assert first.classes == 1
    net.add(layers.Conv2D(2, 3))
    assert examine(net, (9, 9)).y == TileAxis(9, 5, 1, 0, 0)
    assert examine(net, (9, 9)).classes == 2
    reference = weakref.ref(net)
    del net
    keras.backend.clear_session()
    gc.collect()
    assert reference() is None
