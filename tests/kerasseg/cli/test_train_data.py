from types import SimpleNamespace

import numpy as np

from kerasseg.cli.train_data import ScaledDataset
from kerasseg.data import Sample


def test_scaled_images_and_masks_stay_together():
    image = np.zeros((8, 12, 3), np.uint8)
    image[:4, :6] = 200
    mask = (image[..., 0] > 0).astype(np.int32)
    dataset = [Sample(image, mask, "a")]
    scaled = ScaledDataset(dataset, 0.5)[0]
    np.testing.assert_array_equal(scaled.mask, mask[::2, ::2])
    assert scaled.image.dtype == np.uint8
    np.testing.assert_array_equal(scaled.image[:1, :2], image[:1, :2])
    named = ScaledDataset(SimpleNamespace(name="x"), 0.5)
    assert named.name == "x"
