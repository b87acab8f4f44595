"""Panoptic quality: things and stuff in one measure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kerasseg.errors import ArgumentError
from kerasseg.ignored_labels import IgnoreClass
from kerasseg.metrics.label_maps import check_label_maps, valid_pixels


@dataclass(frozen=True)
class PanopticQuality:
    """Matches of segments by class; those of several images add up by `+`.

    Attributes:
        iou_sums: `(classes,)` summed intersection over union of the matches.
        true_positives: `(classes,)` matches.
        false_positives: `(classes,)` predicted segments without a match.
        false_negatives: `(classes,)` true segments without a match.
    """

    iou_sums: np.ndarray
    true_positives: np.ndarray
    false_positives: np.ndarray
    false_negatives: np.ndarray

    @classmethod
    def none(cls, classes: int) -> PanopticQuality:
        """No segment at all, to start a sum with."""
        return cls(np.zeros(classes), *np.zeros((3, classes), int))

    def __add__(self, other: PanopticQuality) -> PanopticQuality:
        return PanopticQuality(
            self.iou_sums + other.iou_sums,
            self.true_positives + other.true_positives,
            self.false_positives + other.false_positives,
            self.false_negatives + other.false_negatives,
        )

    @property
    def per_class(self) -> list[dict[str, float] | None]:
        """`pq`, `sq` and `rq` of each class; `None` for one without any segment."""
        return [self._of_class(index) for index in range(len(self.iou_sums))]

    @property
    def left_out(self) -> list[int]:
        """The classes without any segment, which are no part of the means."""
        return [index for index, found in enumerate(self.per_class) if found is None]

    @property
    def pq(self) -> float | None:
        """Panoptic quality, the mean over classes; `None` if there is no segment."""
        return self.mean("pq")

    @property
    def sq(self) -> float | None:
        """Segmentation quality: how well matches fit, the mean over classes."""
        return self.mean("sq")

    @property
    def rq(self) -> float | None:
        """Recognition quality: F1 of finding segments, the mean over classes."""
        return self.mean("rq")

    def mean(self, part: str, classes: Sequence[int] | None = None) -> float | None:
        """The mean of `"pq"`, `"sq"` or `"rq"` over some classes, such as the things.

        Args:
            part: Which of the three.
            classes: Which classes; by default all. Those without segments are left out.

        Returns:
            0…1, or `None` if none of the classes has a segment.
        """
        per_class = self.per_class
        chosen = range(len(per_class)) if classes is None else classes
        found = [per_class[index] for index in chosen]
        values = [values[part] for values in found if values is not None]
        return float(np.mean(values)) if values else None

    def _of_class(self, index):
        matches = self.true_positives[index]
        unmatched = self.false_positives[index] + self.false_negatives[index]
        if matches + unmatched == 0:
            return None
        sq = self.iou_sums[index] / matches if matches else 0.0
        rq = matches / (matches + unmatched / 2)
        return {"pq": float(sq * rq), "sq": float(sq), "rq": float(rq)}


def panoptic_quality(
    true_classes: np.ndarray,
    true_instances: np.ndarray,
    predicted_classes: np.ndarray,
    predicted_instances: np.ndarray,
    classes: int,
    things: Sequence[int] | None = None,
    ignore_class: IgnoreClass = None,
) -> PanopticQuality:
    """Panoptic quality of one image.

    https://arxiv.org/abs/1801.00868. Segments of one class match if they overlap by
    more than one half. Void pixels, those with the ignored label in the truth, count in
    no overlap; a predicted segment that lies in the void by more than one half is
    no mistake.

    Args:
        true_classes: `(height, width)` class ids, or `ignore_class`.
        true_instances: `(height, width)` instance ids; a segment is what shares class
            and instance.
        predicted_classes: `(height, width)` class ids; pixels of `ignore_class` belong
            to no segment.
        predicted_instances: `(height, width)` instance ids.
        classes: How many classes.
        things: The classes that have instances; of the others (stuff) all pixels in an
            image are one segment. By default all classes are things.
        ignore_class: The label of void pixels.

    Returns:
        The matches by class, with `pq`, `sq` and `rq`. For a data set add up those of
        its images: `sum(found, start=PanopticQuality.none(classes))`.

    Raises:
        ArgumentError: The maps differ in size, are no integers or hold what is no
            class.

    Example:

    >>> import numpy as np
    >>> true, found = np.array([[0, 0, 1, 1, 1]]), np.array([[0, 1, 1, 1, 1]])
    >>> nothing = np.zeros((1, 5), int)
    >>> quality = panoptic_quality(true, nothing, found, nothing, classes=3)
    >>> [values and values["pq"] for values in quality.per_class]
    [0.0, 0.75, None]
    >>> quality.pq
    0.375
    """
    true, true_ids, predicted, predicted_ids = check_label_maps(
        true_classes=true_classes,
        true_instances=true_instances,
        predicted_classes=predicted_classes,
        predicted_instances=predicted_instances,
    )
    things = range(classes) if things is None else things
    segments = [
        _segments(name, labels, ids, classes, things, ignore_class)
        for name, labels, ids in (
            ("true_classes", true, true_ids),
            ("predicted_classes", predicted, predicted_ids),
        )
    ]
    return _match(*segments, classes)


def _segments(name, labels, ids, classes, things, ignore_class):
    """Numbers segments from 1, void 0; returns the map and the class of each."""
    void = ~valid_pixels(labels, ignore_class)
    kept = labels[~void]
    if kept.size and not 0 <= kept.min() <= kept.max() < classes:
        raise ArgumentError(
            f"{name} must hold the classes 0 to {classes - 1}, or the ignored label. "
            f"Received: {name} with {kept.min()} to {kept.max()}"
        )
    ids = np.where(np.isin(labels, list(things)), ids, 0)
    pairs = np.stack([labels[~void], ids[~void]], axis=-1)
    found, index = np.unique(pairs, axis=0, return_inverse=True)
    segments = np.zeros(labels.shape, np.int64)
    segments[~void] = index.ravel() + 1
    return segments, found[:, 0].astype(int)


def _match(true_segments, predicted_segments, classes):
    true, true_class = true_segments
    predicted, predicted_class = predicted_segments
    counts = (len(true_class) + 1, len(predicted_class) + 1)
    pairs = true.ravel() * counts[1] + predicted.ravel()
    shared = np.bincount(pairs, minlength=counts[0] * counts[1]).reshape(counts)
    in_void, areas = shared[0, 1:], shared.sum(axis=0)[1:]
    both = shared[1:, 1:]  # (true segments, predicted segments)
    unions = shared[1:].sum(axis=1)[:, None] + (areas - in_void)[None] - both
    ious = both / np.maximum(unions, 1)
    matches = (ious > 0.5) & (true_class[:, None] == predicted_class[None])
    found, used = matches.any(axis=1), matches.any(axis=0)
    mistakes = ~used & (2 * in_void <= areas)
    return PanopticQuality(
        # A matched row has one match, so both stand in the order of the rows.
        np.bincount(true_class[found], ious[matches], classes),
        np.bincount(true_class[found], minlength=classes),
        np.bincount(predicted_class[mistakes], minlength=classes),
        np.bincount(true_class[~found], minlength=classes),
    )
