import keras
import numpy as np
import pytest
from checks.segmentation import awaken
from keras import layers

import zoo
from kerasseg.errors import GeometryError
from kerasseg.graph import flatten_model
from kerasseg.inference.tiles.inner_cells import inner_cells
from kerasseg.layers import (
    AdaptiveAveragePooling2D,
    BedOfNailsUpSampling2D,
    CropToMatch2D,
    MaxPoolingWithIndices2D,
    MaxUnpooling2D,
    PadToMultiple2D,
    Resize2D,
)


def net(*stack):
    return awaken(keras.Sequential([keras.Input((None, None, 1)), *stack]))


def unpooling():
    image = keras.Input((None, None, 1))
    x, indices = MaxPoolingWithIndices2D(2, padding="same")(image)
    x = layers.Conv2D(1, 3, padding="same")(x)
    x = MaxUnpooling2D(2, padding="same")([x, indices, image])
    return awaken(keras.Model(image, x))


def padded_to_multiple():
    image = keras.Input((None, None, 1))
    padded = PadToMultiple2D(4, 1)(image)
    x = layers.ZeroPadding2D(1)(padded)
    x = layers.Conv2D(2, 3, strides=4)(x)
    x = Resize2D(align_corners=True)([x, padded])
    return awaken(keras.Model(image, CropToMatch2D(0)([x, image])))


NETS = {
    "same": lambda: net(layers.Conv2D(2, 5, padding="same")),
    "dilated": lambda: net(layers.Conv2D(2, 3, padding="same", dilation_rate=3)),
    "strided": lambda: net(
        layers.Conv2D(2, 3, 2, padding="same"),
        layers.Conv2DTranspose(1, 4, 2, padding="same"),
    ),
    "bilinear": lambda: net(
        layers.AveragePooling2D(2), layers.UpSampling2D(2, interpolation="bilinear")
    ),
    "nearest": lambda: net(layers.MaxPooling2D(4), layers.UpSampling2D(4)),
    "nails": lambda: net(
        layers.MaxPooling2D(2),
        BedOfNailsUpSampling2D(2),
        layers.Conv2D(1, 3, padding="same"),
    ),
    "unpooling": unpooling,
    "align corners": padded_to_multiple,
    "U-Net": lambda: awaken(zoo.UNet((None, None, 1), base_filters=2, depth=2)),
    "U-Net, same": lambda: awaken(
        zoo.UNet((None, None, 1), base_filters=2, depth=2, padding="same")
    ),
}


@pytest.mark.parametrize("name", NETS)
def test_inner_cells_are_those_that_equal_the_whole_images(name):
    """By measurement: the net on a tile and on an image around it."""
    model = NETS[name]()
    size = 60
    cells = inner_cells(flatten_model(model, (size, size)))
    start = 6 * cells.y.period
    image = np.random.default_rng(0).uniform(1, 2, (1, size + 2 * start, 80, 1))
    image = image.astype("float32")
    whole = run(model, image)
    tile = run(model, image[:, start : start + size])
    assert tile.shape[1] == len(cells.y.inner)
    around = whole[:, start : start + tile.shape[1]]
    equal = np.abs(tile - around).max(axis=(0, 2, 3)) < 1e-6
    np.testing.assert_array_equal(cells.y.inner & ~equal, False)
    # And it gives up no more than a few cells, which see too little to differ.
    assert (equal & ~cells.y.inner).sum() <= 3 * cells.y.period


def run(model, image):
    return keras.ops.convert_to_numpy(model(image, training=False))


def test_layers_that_see_the_whole_image_are_named():
    image = keras.Input((None, None, 2))
    gate = layers.GlobalAveragePooling2D(keepdims=True, name="squeeze")(image)
    gated = layers.Multiply()([image, layers.Conv2D(2, 1)(gate)])
    cells = inner_cells(flatten_model(keras.Model(image, gated), (8, 8)))
    assert cells.whole == "squeeze"
    assert cells.y.inner.all()
    pooled = AdaptiveAveragePooling2D(2, name="bins")(image)
    joined = layers.Concatenate()([image, Resize2D()([pooled, image])])
    cells = inner_cells(flatten_model(keras.Model(image, joined), (8, 8)))
    assert cells.whole == "bins"
    normed = layers.GroupNormalization(1, name="group")(image)
    cells = inner_cells(flatten_model(keras.Model(image, normed), (8, 8)))
    assert cells.whole == "group"


def test_the_period_is_the_product_of_the_strides():
    model = net(layers.MaxPooling2D((2, 3)), layers.MaxPooling2D((4, 1)))
    cells = inner_cells(flatten_model(model, (48, 48)))
    assert (cells.y.period, cells.x.period) == (8, 3)
    assert (cells.y.stride, cells.x.stride) == (8, 3)


@pytest.mark.parametrize(
    "stack",
    [
        [layers.Lambda(lambda x: x, name="culprit")],
        [layers.LayerNormalization(axis=1, name="culprit")],
    ],
)
def test_what_is_not_known_is_named(stack):
    model = keras.Sequential([keras.Input((8, 8, 1)), *stack])
    with pytest.raises(GeometryError, match="'culprit'"):
        inner_cells(flatten_model(model, (8, 8)))
