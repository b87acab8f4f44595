import os
import warnings
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from kerasseg.data.class_weights import SEGNET_CAMVID_WEIGHTS, class_weights
from kerasseg.errors import ArgumentError, KerasSegWarning


def statistics(masks, classes):
    """Counts by hand, mask by mask and class by class."""
    pixels, in_images = [0] * classes, [0] * classes
    for mask in masks:
        labelled = sum(int((mask == c).sum()) for c in range(classes))
        for c in range(classes):
            found = int((mask == c).sum())
            pixels[c] += found
            in_images[c] += labelled if found else 0
    return SimpleNamespace(
        pixels=np.array(pixels), pixels_of_images=np.array(in_images)
    )


def test_median_frequency_by_hand():
    masks = [np.array([[0, 0, 0, 1]]), np.array([[0, 0, 2, 9]])]
    # Frequencies: 5 of 7, 1 of 4, 1 of 3.
    expected = (1 / 3) / np.array([5 / 7, 1 / 4, 1 / 3])
    weights = class_weights(statistics(masks, 3))
    assert weights.dtype == np.float32
    np.testing.assert_allclose(weights, expected, rtol=1e-6)


def test_inverse_and_effective_number_by_hand():
    counts = np.array([1000, 10, 90])
    inverse = class_weights(counts, "inverse")
    np.testing.assert_allclose(inverse, 1100 / (3 * counts), rtol=1e-6)
    assert (inverse * counts).sum() / counts.sum() == pytest.approx(1)
    effective = class_weights(counts, "effective_number", beta=0.99)
    rarity = (1 - 0.99) / (1 - 0.99**counts)
    np.testing.assert_allclose(effective, rarity / rarity.mean(), rtol=1e-6)


def test_effective_number_lies_between_none_and_inverse():
    counts = np.array([1000, 10, 90])
    np.testing.assert_array_equal(class_weights(counts, "effective_number", beta=0), 1)
    nearly = class_weights(counts, "effective_number", beta=1 - 1e-12)
    np.testing.assert_allclose(nearly / nearly[0], 1000 / counts, rtol=1e-6)


@pytest.mark.parametrize("method", ["median_frequency", "inverse", "effective_number"])
def test_absent_classes_are_told_and_change_no_other_weight(method):
    some = SimpleNamespace(
        pixels=np.array([80, 0, 20]), pixels_of_images=np.array([100, 0, 50])
    )
    others = SimpleNamespace(
        pixels=np.array([80, 20]), pixels_of_images=np.array([100, 50])
    )
    with pytest.warns(KerasSegWarning, match=r"\[1\] have no pixel"):
        weights = class_weights(some, method)
    assert weights[1] == 0
    np.testing.assert_array_equal(weights[[0, 2]], class_weights(others, method))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert class_weights(some, method, absent=2.5)[1] == 2.5


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"statistics": [1, 2], "method": "median"}, "method='median'"),
        ({"statistics": [0, 0]}, "no class has a pixel"),
        ({"statistics": [1, -2]}, "at least 0"),
        ({"statistics": [1, float("nan")]}, "at least 0"),
        ({"statistics": [1, 2], "beta": 1.0}, "beta=1.0"),
    ],
)
def test_bad_arguments(arguments, words):
    with pytest.raises(ArgumentError, match=words):
        class_weights(**arguments)


def test_camvid():
    folder = os.environ.get("KERASSEG_DATA")
    if not folder:
        pytest.skip("KERASSEG_DATA is unset")
    paths = sorted((Path(folder) / "camvid" / "trainannot").glob("*.png"))
    masks = [np.asarray(Image.open(path)) for path in paths]
    counted = statistics(masks, 11)
    # The counts that others found in the same files: caffe-segnet, issue 37.
    assert counted.pixels[[0, 6, 10]].tolist() == [10682767, 743859, 184967]
    weights = class_weights(counted)
    frequency = counted.pixels / counted.pixels_of_images
    np.testing.assert_allclose(weights * frequency, np.median(frequency), rtol=1e-6)
    # The published weights follow from these files by no reading of the formula; all
    # but that of signs come out within a fifth.
    ratio = weights / np.array(SEGNET_CAMVID_WEIGHTS)
    assert np.all(np.abs(np.delete(ratio, 6) - 1) < 0.2)
    assert ratio[6] == pytest.approx(0.399, abs=1e-3)
