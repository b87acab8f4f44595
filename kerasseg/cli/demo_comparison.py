"""The converted net held against the sliding classifier: the same, and faster."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median

import keras
import numpy as np

from kerasseg.errors import KerasSegError
from kerasseg.inference import predict_heatmap, predict_sliding

TOLERANCE = 1e-5  # sums of float32 in another order differ by less
BATCH_SIZE = 256  # windows; the sliding classifier gets a fair chance


def compare_with_sliding(
    classifier: keras.Model,
    fcn: keras.Model,
    scene: np.ndarray,
    say: Callable[[str], None],
) -> tuple[np.ndarray, dict]:
    """Compares values and times, and tells both.

    Args:
        classifier: The classifier.
        fcn: The net that it became.
        scene: `(height, width, channels)`.
        say: Gets a line of text for each result.

    Returns:
        The net's scores `(rows, columns, classes)`, and the numbers by name.

    Raises:
        KerasSegError: The values differ by more than 1e-5.
    """
    expected = predict_sliding(classifier, scene, batch_size=BATCH_SIZE)
    scores = predict_heatmap(fcn, scene)
    windows, difference = _difference(scores, expected)
    say(
        f"5. Every cell is the classifier's own answer: over {windows:,} windows the "
        f"largest difference is {difference:.1e}."
    )
    # Both have run by now, so neither pays for its compilation here.
    sliding = _seconds(
        lambda: predict_sliding(classifier, scene, batch_size=BATCH_SIZE), repeats=3
    )
    one_pass = _seconds(lambda: predict_heatmap(fcn, scene), repeats=9)
    say(
        f"6. Window by window {sliding:.3f} s, in one pass {one_pass:.3f} s: "
        f"{sliding / one_pass:.0f} times as fast."
    )
    return scores, {
        "windows": windows,
        "largest_difference": difference,
        "sliding_seconds": sliding,
        "one_pass_seconds": one_pass,
        "times_as_fast": sliding / one_pass,
    }


def _difference(scores, expected) -> tuple[int, float]:
    if scores.shape != expected.shape:
        raise KerasSegError(
            f"the converted net gives a map of shape {scores.shape}, the sliding "
            f"window one of {expected.shape}; nothing was written"
        )
    difference = float(np.abs(scores - expected).max())
    if not difference <= TOLERANCE:  # NaN must fail too
        raise KerasSegError(
            f"the converted net differs from the sliding window by {difference:.1e}, "
            f"more than {TOLERANCE:.0e}; nothing was written"
        )
    return scores.shape[0] * scores.shape[1], difference


def _seconds(call, repeats: int) -> float:
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        call()
        times.append(time.perf_counter() - began)
    return median(times)
