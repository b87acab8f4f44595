import numpy as np
import pytest

from kerasseg.inference.tiles.assembly import BlendedTiles, CroppedTiles
from kerasseg.inference.tiles.axis_plan import plan_axis
from kerasseg.inference.tiles.tile_axis import TileAxis


def plans(extend=False):
    tile = TileAxis(16, 16, 4)
    return (
        plan_axis(40, tile, 6, (3, 3), extend, "height"),
        plan_axis(28, tile, 5, (2, 3), extend, "width"),
    )


def fill(target, y, x, scores_of):
    for row in range(len(y.starts)):
        for column in range(len(x.starts)):
            target.add(row, column, scores_of(row, column))


def weights(kind):
    if kind == "mean":
        return np.ones((16, 16))
    one = np.exp(-0.5 * ((np.arange(16) - 7.5) / 2) ** 2)
    return one[:, None] * one[None]


@pytest.mark.parametrize("kind", ["mean", "gaussian"])
@pytest.mark.parametrize("extend", [False, True])
def test_blending_is_the_weighted_mean_of_all_tiles(kind, extend):
    y, x = plans(extend)
    tiles = np.random.default_rng(0).random((len(y.starts), len(x.starts), 16, 16, 2))
    total, weight = np.zeros((100, 100, 2)), np.zeros((100, 100, 1))
    for row, column in np.ndindex(tiles.shape[:2]):
        top, left = y.places[row] + 20, x.places[column] + 20
        part = np.s_[top : top + 16, left : left + 16]
        total[part] += tiles[row, column] * weights(kind)[..., None]
        weight[part] += weights(kind)[..., None]
    out = np.full((40, 28, 2), np.nan, np.float32)
    target = BlendedTiles(y, x, out, lambda s: s, kind == "gaussian", 2)
    fill(target, y, x, lambda row, column: tiles[row, column].astype("float32"))
    expected = (total / np.maximum(weight, 1e-30))[20:60, 20:48]
    np.testing.assert_allclose(out, expected, rtol=1e-5)


def test_cropping_writes_every_place_once():
    y, x = plans()

    class Counted:
        def __init__(self):
            self.times = np.zeros((40, 28), int)

        def __setitem__(self, key, value):
            assert self.times[key].shape == value.shape
            self.times[key] += 1

    out = Counted()
    target = CroppedTiles(y, x, out, lambda scores: scores[..., 0])
    fill(target, y, x, lambda row, column: np.zeros((16, 16, 1)))
    assert (out.times == 1).all()


def test_the_band_is_as_high_as_a_tile():
    tile = TileAxis(16, 16, 4)
    long, short = (
        BlendedTiles(
            plan_axis(n, tile, 6, (3, 3), False), plans()[1], None, None, True, 2
        )
        for n in (4000, 40)
    )
    assert long.band.shape == short.band.shape == (16, 28, 2)
