import numpy as np
import pytest

from kerasseg.data.augmentation import SETS, Augmentation
from kerasseg.errors import ArgumentError

IMAGE = np.random.default_rng(0).integers(0, 256, (40, 50, 3)).astype(np.uint8)


@pytest.mark.parametrize("name", SETS)
def test_changes_images_and_names_itself(name):
    augmentation = Augmentation(name)
    assert augmentation.transforms == SETS[name]
    images = [augmentation(IMAGE, seed=seed).image for seed in range(8)]
    assert len({image.tobytes() for image in images}) > 1
    assert all(0 <= image.min() <= image.max() <= 255 for image in images)


def test_unknown_names_are_refused():
    with pytest.raises(ArgumentError, match='"unet"'):
        Augmentation("u-net")
