import keras
import numpy as np
import pytest
from checks.exports import check_exports
from checks.gradients import gradient_of
from keras import ops
from scipy import ndimage

from kerasseg.errors import ArgumentError
from kerasseg.layers import dense_image_warp


def image_and_flow(height=7, width=9, reach=3.0, seed=0):
    random = np.random.default_rng(seed)
    image = random.normal(size=(2, height, width, 3)).astype("float32")
    flow = random.normal(scale=reach, size=(2, height, width, 2))
    return image, flow.astype("float32")


@pytest.mark.parametrize("size", [(7, 9), (1, 1), (1, 6), (5, 1)])
def test_equals_scipy(size):
    image, flow = image_and_flow(*size)
    places = np.indices(size)[None] - np.moveaxis(flow, -1, 1)  # (B, 2, H, W)
    expected = np.empty_like(image)
    for b, c in np.ndindex(2, 3):
        expected[b, ..., c] = ndimage.map_coordinates(
            image[b, ..., c], places[b], order=1, mode="nearest"
        )
    actual = ops.convert_to_numpy(dense_image_warp(image, flow))
    np.testing.assert_allclose(actual, expected, rtol=1e-4, atol=1e-5)


def test_no_flow_is_no_change():
    image, _ = image_and_flow()
    flow = np.zeros((2, 7, 9, 2), "float32")
    np.testing.assert_array_equal(dense_image_warp(image, flow), image)


@pytest.mark.parametrize("of", ["image", "flow"])
def test_gradients_are_those_of_differences(of):
    image, flow = image_and_flow(reach=0.4, seed=3)
    upstream = np.ones_like(image)
    if of == "image":
        function, x = (lambda x: dense_image_warp(x, flow)), image
    else:
        function, x = (lambda x: dense_image_warp(image, x)), flow
    gradient = gradient_of(function, x, upstream)
    step = np.zeros_like(x)
    step[0, 3, 4, 1] = 1e-2
    ahead, behind = function(x + step), function(x - step)
    measured = ops.convert_to_numpy(ops.sum(ahead) - ops.sum(behind)) / 2e-2
    assert gradient[0, 3, 4, 1] == pytest.approx(measured, rel=1e-2, abs=1e-2)
    assert abs(measured) > 1e-3


def test_half_floats_reach_every_pixel_of_a_large_image():
    """float16 holds no odd numbers above 2048, bfloat16 none above 256."""
    image = np.arange(3000, dtype="float32").reshape(1, 1, 3000, 1)
    for dtype in ("float16", "bfloat16"):
        flow = ops.ones((1, 1, 3000, 2), dtype)
        actual = ops.convert_to_numpy(dense_image_warp(image, flow)).ravel()
        np.testing.assert_array_equal(actual, np.maximum(np.arange(3000) - 1, 0))


def test_flows_of_integers_shift():
    image, _ = image_and_flow()
    shifted = ops.convert_to_numpy(
        dense_image_warp(image, np.ones((2, 7, 9, 2), "uint8"))
    )
    np.testing.assert_array_equal(shifted[:, 1:, 1:], image[:, :-1, :-1])


def test_images_of_integers_are_refused():
    image, flow = np.zeros((1, 2, 2, 1), "uint8"), np.zeros((1, 2, 2, 2), "float32")
    with pytest.raises(ArgumentError, match="Received: image of dtype=uint8"):
        dense_image_warp(image, flow)


def test_exports():
    class Warp(keras.layers.Layer):
        def call(self, inputs):
            return dense_image_warp(*inputs)

    check_exports(Warp(), list(image_and_flow()), list(image_and_flow(1, 4)))
