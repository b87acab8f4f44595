import gc
import weakref

import keras
import pytest
from keras import layers

import zoo
from kerasseg.errors import ArgumentError
from kerasseg.inference.tiles.tile_axis import TileAxis, examine


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
