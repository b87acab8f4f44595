import keras
import numpy as np
import pytest
from keras import layers

from kerasseg.errors import ArgumentError
from kerasseg.inference.tiles.planning import plan_tiles
from kerasseg.inference.tiles.runner import TileRunner
from kerasseg.inference.tiles.symmetries import symmetries


class Counting(layers.Layer):
    """Counts how often it is traced, and lets everything through."""

    traces = 0

    def call(self, x):
        Counting.traces += 1
        return x


def tiles_of(net, image, batch_size=1, preprocess=None):
    y, x, _ = plan_tiles(
        net, image.shape[:2], (6, 6), (2, 2), is_exact=False, extend=None
    )
    runner = TileRunner(
        net, image, "reflect", preprocess, symmetries(False, False), batch_size
    )
    return y, x, list(runner.run(y, x))


@pytest.fixture
def identity():
    return keras.Sequential([keras.Input((None, None, 1)), Counting()])


@pytest.mark.parametrize("batch_size", [1, 4, 5, 100])
def test_tiles_come_in_order_and_hold_their_pixels(identity, batch_size):
    image = np.random.default_rng(0).random((14, 18, 1), "float32")
    y, x, tiles = tiles_of(identity, image, batch_size)
    places = [(row, column) for row, column, _ in tiles]
    assert places == list(np.ndindex(len(y.starts), len(x.starts)))
    for row, column, scores in tiles:
        top, left = y.starts[row], x.starts[column]
        np.testing.assert_array_equal(scores, image[top : top + 6, left : left + 6])


def test_the_last_batch_is_not_traced_anew(identity):
    if keras.backend.backend() == "torch":
        pytest.skip("PyTorch runs eagerly")
    image = np.zeros((14, 18, 1), "float32")
    y, x, _ = plan_tiles(
        identity, image.shape[:2], (6, 6), (2, 2), is_exact=False, extend=None
    )
    tiles = TileRunner(identity, image, None, None, symmetries(False, False), 5)
    tiles = tiles.run(y, x)
    next(tiles)
    traced = Counting.traces
    assert (1 + len(list(tiles))) % 5 != 0
    assert Counting.traces == traced


def test_preprocessing_by_name_or_function(identity):
    image = np.full((14, 18), 255, np.uint8)
    for preprocess, value in (
        (None, 255),
        ("unit", 1),
        (lambda tile: tile / np.float32(51), 5),
    ):
        _, _, tiles = tiles_of(identity, image, 2, preprocess)
        assert all((scores == value).all() for _, _, scores in tiles)


def test_preprocessing_may_make_channels():
    net = keras.Sequential([keras.Input((None, None, 3)), layers.Conv2D(2, 1)])
    grey = np.zeros((14, 18), np.uint8)
    _, _, tiles = tiles_of(net, grey, 1, lambda tile: np.repeat(tile, 3, -1) / 255.0)
    assert tiles[0][2].shape == (6, 6, 2)
    with pytest.raises(ArgumentError, match=r"takes 3 channels.*\(14, 18\)"):
        tiles_of(net, grey)
