import pytest

from kerasseg.errors import ArgumentError
from kerasseg.inference.matching import match_detections
from kerasseg.inference.peaks import Detection


def at(label, y, x):
    return Detection(label, 0.9, (y, x, y + 24, x + 24))


def test_found_misnamed_missed_and_false():
    placed = [at(1, 0, 0), at(2, 50, 0), at(3, 0, 50), at(4, 50, 50)]
    found = [at(9, 100, 100), at(2, 53, 4), at(7, 0, 50), at(1, 0, 0)]
    matches = match_detections(found, placed)
    assert matches.right == [0, 1]
    assert matches.misnamed == [2]
    assert matches.missed == [3]
    assert matches.right_found == [1, 3]
    assert matches.false_alarms == [0]


def test_the_tolerance_itself_is_near_enough():
    placed, found = [at(1, 0, 0)], [at(1, 3, 4)]
    assert match_detections(found, placed, tolerance=5).right == [0]
    assert match_detections(found, placed, tolerance=4.9).missed == [0]


def test_a_second_detection_of_an_object_is_a_false_alarm():
    matches = match_detections([at(1, 4, 0), at(1, 1, 0)], [at(1, 0, 0)])
    assert matches.right_found == [1]
    assert matches.false_alarms == [0]


def test_one_detection_cannot_stand_for_two_objects():
    matches = match_detections([at(1, 3, 0)], [at(1, 0, 0), at(1, 7, 0)])
    assert matches.right == [0]
    assert matches.missed == [1]


def test_nothing_found_and_nothing_there():
    assert match_detections([], [at(1, 0, 0)]).missed == [0]
    assert match_detections([at(1, 0, 0)], []).false_alarms == [0]
    assert match_detections([], []) == ([], [], [], [], [])


@pytest.mark.parametrize("tolerance", [-1, float("nan")])
def test_negative_tolerance_is_refused(tolerance):
    with pytest.raises(ArgumentError, match="tolerance"):
        match_detections([], [], tolerance)
