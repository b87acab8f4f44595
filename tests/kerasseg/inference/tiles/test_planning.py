import keras
import pytest
from keras import layers

import zoo
from kerasseg.errors import ArgumentError
from kerasseg.inference.tiles.planning import plan_tiles

EXACT = {"is_exact": True, "extend": None}


@pytest.fixture(scope="module")
def unet():
    return zoo.UNet((None, None, 1), base_filters=1, depth=2, padding="same")


def test_default_overlap_is_twice_what_the_net_looks(unet):
    y, x, classes = plan_tiles(unet, (150, 131), (64, 64), None, **EXACT)
    assert (y.length, x.length, classes) == (62, 63, 2)
    assert y.starts[1] == 20  # what 62 leave of 22 at the begin and 20 at the end
    y, _, _ = plan_tiles(unet, (150, 131), (64, 64), None, is_exact=False, extend=None)
    assert y.starts[1] == 44


def test_mirrored_tiles_need_the_same_margin_at_both_ends():
    net = keras.Sequential(
        [
            keras.Input((None, None, 1)),
            layers.ZeroPadding2D(((4, 0), (1, 1))),
            layers.Conv2D(1, (5, 3)),
        ]
    )
    y, x, _ = plan_tiles(net, (100, 100), (30, 30), None, **EXACT)
    assert (y.starts[1], x.starts[1]) == (26, 28)
    y, x, _ = plan_tiles(net, (100, 100), (30, 30), None, **EXACT, flips=True)
    assert (y.starts[1], x.starts[1]) == (22, 28)
    plan = {**EXACT, "flips": True, "rotations": True}
    y, x, _ = plan_tiles(net, (100, 100), (30, 30), None, **plan)
    assert (y.starts[1], x.starts[1]) == (22, 22)


def test_nets_that_see_the_whole_image_need_an_overlap():
    image = keras.Input((None, None, 1))
    gate = layers.GlobalAveragePooling2D(keepdims=True, name="squeeze")(image)
    net = keras.Model(image, layers.Multiply()([image, gate]), name="gated")
    with pytest.raises(ArgumentError, match=r"'squeeze'.*'gated'.*Pass an overlap"):
        plan_tiles(net, (90, 90), (30, 30), None, **EXACT)
    y, _, _ = plan_tiles(net, (90, 90), (30, 30), (10, 10), **EXACT)
    assert y.cuts[1] == 25
    alone, _, _ = plan_tiles(net, (90, 90), (90, 90), None, **EXACT)
    assert alone.starts == (0,)


def test_unknown_layers_need_an_overlap():
    net = keras.Sequential(
        [keras.Input((None, None, 1)), layers.Lambda(lambda x: x, name="code")]
    )
    with pytest.raises(ArgumentError, match=r"'code'.*not known.*Pass an overlap"):
        plan_tiles(net, (90, 90), (30, 30), None, **EXACT)
    y, _, _ = plan_tiles(net, (90, 90), (30, 30), None, is_exact=False, extend=None)
    assert y.starts[1] == 30 - 7


def test_small_tiles_say_how_large_they_must_be(unet):
    message = r"height 32 \(30 fit the image\).*Choose tiles of height 50 or more"
    with pytest.raises(ArgumentError, match=message):
        plan_tiles(unet, (150, 150), (32, 64), None, **EXACT)
    y, _, _ = plan_tiles(unet, (150, 150), (50, 64), None, **EXACT)
    assert len(y.starts) > 1
    fixed = zoo.UNet((32, 32, 1), base_filters=1, depth=2, padding="same")
    with pytest.raises(ArgumentError, match="looks farther than its tiles reach"):
        plan_tiles(fixed, (150, 150), (32, 32), None, **EXACT)


def test_what_cannot_be_mirrored_or_turned_is_refused():
    net = keras.Sequential([keras.Input((None, None, 1)), layers.Conv2D(1, (2, 1))])
    with pytest.raises(ArgumentError, match="no centre in common"):
        plan_tiles(net, (90, 90), (30, 30), None, **EXACT, flips=True)
    net = keras.Sequential([keras.Input((None, None, 1)), layers.Conv2D(1, (3, 1))])
    plan_tiles(net, (90, 90), (30, 30), None, **EXACT, flips=True)
    with pytest.raises(ArgumentError, match="rows and columns differently"):
        plan_tiles(net, (90, 90), (30, 30), None, **EXACT, flips=True, rotations=True)
