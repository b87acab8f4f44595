import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kerasseg.data.statistics import count_classes


@given(st.integers(0, 2**32), st.integers(1, 6), st.sampled_from([255, -1, 40]))
def test_counts_by_hand(seed, classes, ignored):
    rng = np.random.default_rng(seed)
    masks = [rng.integers(0, classes, rng.integers(1, 5, 2)) for _ in range(4)]
    for mask in masks:
        mask[rng.random(mask.shape) < 0.5] = ignored
    found = count_classes(masks, classes)
    assert found.samples == 4
    assert found.ignored == sum((mask == ignored).sum() for mask in masks)
    for c in range(classes):
        holding = [mask for mask in masks if (mask == c).any()]
        assert found.pixels[c] == sum((mask == c).sum() for mask in masks)
        assert found.images[c] == len(holding)
        labelled = sum((mask != ignored).sum() for mask in holding)
        assert found.pixels_of_images[c] == labelled


def test_frequencies():
    counts = count_classes([np.array([[0, 0, 0, 2]])], 3)
    assert counts.frequencies.tolist() == [0.75, 0, 0.25]
    assert count_classes([], 2).frequencies.tolist() == [0, 0]
