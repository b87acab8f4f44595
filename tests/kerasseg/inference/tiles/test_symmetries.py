import numpy as np
import pytest

from kerasseg.inference.tiles.symmetries import symmetries

IMAGES = np.arange(2 * 3 * 4 * 2).reshape(2, 3, 4, 2)


@pytest.mark.parametrize(
    ("flips", "rotations", "count"),
    [(False, False, 1), (True, False, 4), (False, True, 4), (True, True, 8)],
)
def test_all_differ_and_all_are_undone(flips, rotations, count):
    turns = symmetries(flips, rotations)
    assert len({turn.apply(IMAGES).tobytes() for turn in turns}) == len(turns) == count
    for turn in turns:
        np.testing.assert_array_equal(turn.undo(turn.apply(IMAGES)), IMAGES)


def test_flips_are_flips():
    wanted = [IMAGES, IMAGES[:, :, ::-1], IMAGES[:, ::-1], IMAGES[:, ::-1, ::-1]]
    made = {turn.apply(IMAGES).tobytes() for turn in symmetries(True, False)}
    assert made == {image.tobytes() for image in wanted}
