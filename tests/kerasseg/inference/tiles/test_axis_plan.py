from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kerasseg.errors import ArgumentError
from kerasseg.inference.tiles.axis_plan import plan_axis
from kerasseg.inference.tiles.tile_axis import TileAxis


@given(data=st.data())
@settings(max_examples=300, deadline=None)
def test_every_score_comes_from_one_tile_that_is_sure_of_it(data):
    draw = data.draw
    period = draw(st.sampled_from([1, 2, 4, 16]))
    head, tail = draw(st.integers(0, 20)), draw(st.integers(0, 20))
    length = head + tail + 2 * period + draw(st.integers(0, 40))
    image = draw(st.integers(1, 300))
    extend = draw(st.booleans())
    if not extend:  # choose_tile sees to this
        image = length + draw(st.integers(0, 20)) * period
    tile = TileAxis(length, length, period, head, tail)
    plan = plan_axis(image, tile, head + tail, (head, tail), extend)
    assert plan.scores == image
    assert plan.cuts[0] == 0
    assert plan.cuts[-1] == image
    for k, (start, place) in enumerate(zip(plan.starts, plan.places, strict=True)):
        assert start == place
        assert start % period == 0
        begin, end = plan.cuts[k], plan.cuts[k + 1]
        assert begin <= end
        at_begin = not extend and start == 0
        at_end = not extend and start + length == image
        if end > begin:
            assert begin - place >= (0 if at_begin else head)
            assert place + length - end >= (0 if at_end else tail)


def test_the_paper_s_tiles():
    tile = TileAxis(572, 388, 16, 0, 0)
    plan = plan_axis(512, tile, 0, (0, 0), True)
    assert plan.starts == (-92, 36)  # the next multiple of 16 that reaches the end
    assert plan.places == (0, 128)
    assert plan.cuts == (0, 258, 512)
    assert plan.scores == 512


def test_without_continuation_the_border_gets_no_scores():
    tile = TileAxis(100, 60, 4, 0, 0)
    plan = plan_axis(140, tile, 0, (0, 0), False)
    assert plan.starts == (0, 40)
    assert plan.scores == 100
    with pytest.raises(ArgumentError, match="height of 40 pixels is too small"):
        plan_axis(40, tile, 0, (0, 0), False)


@pytest.mark.parametrize("overlap", [0, 7, 30])
def test_neighbours_share_what_is_asked_for(overlap):
    tile = TileAxis(64, 64, 4)
    plan = plan_axis(301, tile, overlap, (overlap // 2, overlap // 2), True)
    assert all(a + 64 - b >= overlap for a, b in pairwise(plan.starts))
    covered = np.zeros(301, int)
    for begin, end in pairwise(plan.cuts):
        covered[begin:end] += 1
    assert (covered == 1).all()


def test_tiles_without_room_say_what_size_they_need():
    with pytest.raises(
        ArgumentError, match=r"width 64.*Choose tiles of width 76 or more"
    ):
        plan_axis(200, TileAxis(64, 64, 8, 30, 30), 60, (30, 30), False, "width")
    with pytest.raises(ArgumentError, match=r"width 67 \(64 fit the image\) are too"):
        plan_axis(
            *(200, TileAxis(64, 64, 8, 30, 30), 60, (30, 30), False, "width"), wanted=67
        )
    fitting = TileAxis(76, 76, 8, 30, 30)
    assert plan_axis(204, fitting, 60, (30, 30), False).scores == 204
