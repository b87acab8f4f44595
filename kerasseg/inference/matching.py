"""Which of the objects in an image were found, and under the right name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np

from kerasseg.errors import ArgumentError


class Labelled(Protocol):
    """Whatever has a class `label` and a `box` of `(top, left, bottom, right)`."""

    @property
    def label(self) -> int: ...

    @property
    def box(self) -> tuple[float, float, float, float]: ...


class Matches(NamedTuple):
    """What became of the placed objects, and of the detections, as lists of indices.

    Every placed object is `right` (found at its place, under its name), `misnamed` or
    `missed`; `right_found` and `false_alarms` count in the list of detections: those
    with a right place and name, and those where there is no object.
    """

    right: list[int]
    misnamed: list[int]
    missed: list[int]
    right_found: list[int]
    false_alarms: list[int]


def match_detections(
    found: Sequence[Labelled], placed: Sequence[Labelled], tolerance: float = 8.0
) -> Matches:
    """Pairs detections with the objects that are there, nearest pairs first.

    Every object and every detection is in one pair at most, so a second detection of
    an object is a false alarm.

    Args:
        found: The detections.
        placed: What there is to find.
        tolerance: Largest distance in pixels between the middles of two boxes of a
            pair, at least 0.

    Returns:
        The indices of what was found, misnamed, missed, and of the false alarms.

    Raises:
        ArgumentError: `tolerance` is negative.

    Example:

    >>> from kerasseg.inference.peaks import Detection
    >>> there = [Detection(3, 1.0, (0, 0, 24, 24)), Detection(7, 1.0, (50, 50, 74, 74))]
    >>> found = [Detection(3, 0.9, (1, 2, 25, 26)), Detection(1, 0.6, (90, 9, 114, 33))]
    >>> match_detections(found, there)
    Matches(right=[0], misnamed=[], missed=[1], right_found=[0], false_alarms=[1])
    """
    if not tolerance >= 0:
        raise ArgumentError(f"tolerance must be at least 0. Received: {tolerance}")
    pairs = _nearest_pairs(_middles(found), _middles(placed), tolerance)
    right = {p: f for p, f in pairs.items() if found[f].label == placed[p].label}
    return Matches(
        right=sorted(right),
        misnamed=sorted(pairs.keys() - right.keys()),
        missed=[p for p in range(len(placed)) if p not in pairs],
        right_found=sorted(right.values()),
        false_alarms=sorted(set(range(len(found))) - set(pairs.values())),
    )


def _middles(objects):
    boxes = np.array([thing.box for thing in objects], float).reshape(-1, 4)
    return (boxes[:, :2] + boxes[:, 2:]) / 2


def _nearest_pairs(found, placed, tolerance):
    """Maps the index of each placed object that has a detection to that detection."""
    distances = np.linalg.norm(found[:, None] - placed[None, :], axis=-1)
    pairs, taken = {}, set()
    for index in np.argsort(distances, axis=None, kind="stable"):
        f, p = map(int, np.unravel_index(index, distances.shape))
        if distances[f, p] > tolerance:
            break
        if f not in taken and p not in pairs:
            pairs[p] = f
            taken.add(f)
    return pairs
