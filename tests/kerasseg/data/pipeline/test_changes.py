import numpy as np
import pytest

from kerasseg.data.augmentation import Augmentation
from kerasseg.data.pipeline.cache import Decoded
from kerasseg.data.pipeline.changes import Changes, as_preprocess
from kerasseg.errors import ArgumentError

IMAGE = np.arange(24, dtype=np.uint16).reshape(4, 6, 1) * 257
MASK = np.arange(24, dtype=np.uint8).reshape(4, 6)
DECODED = Decoded("ramp", IMAGE, MASK, MASK.astype(np.float32))


def changes(**options):
    settings = {
        "augmentation": Augmentation([]),
        "is_random": False,
        "crop_size": None,
        "pad_to": None,
        "ignore_class": None,
        "class_weights": None,
        "preprocess": as_preprocess("none"),
    }
    return Changes(**settings | options)


@pytest.mark.parametrize("is_random", [False, True])
def test_image_mask_and_weights_stay_together(is_random):
    image, mask, weights = changes(is_random=is_random, crop_size=(3, 4))(
        DECODED, (1, 2)
    )
    assert (image.shape, mask.shape, mask.dtype) == ((3, 4, 1), (3, 4), np.int32)
    np.testing.assert_allclose(image[..., 0], mask, rtol=1e-6)
    np.testing.assert_array_equal(weights, mask)
    assert mask[0, 0] == (1 if not is_random else mask.min())


def test_what_is_filled_up_is_ignored_and_weighs_nothing():
    _, mask, weights = changes(pad_to=(5, 6), ignore_class=255)(DECODED, 0)
    assert (mask[4] == 255).all()
    assert (weights[4] == 0).all()


@pytest.mark.parametrize(
    "function", [lambda image: None, lambda image: image[:2], lambda image: image.sum()]
)
def test_refuses_a_preprocess_that_gives_no_image(function):
    with pytest.raises(ArgumentError, match=r"preprocess.*Received: shape.*for ramp"):
        changes(preprocess=function)(DECODED, 0)


def test_refuses_a_mode_that_is_none():
    with pytest.raises(ArgumentError, match="Received: preprocess='units'"):
        as_preprocess("units")
