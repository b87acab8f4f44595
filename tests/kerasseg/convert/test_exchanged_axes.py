import keras
import pytest
from checks.exactness import check_conversion
from keras import layers

import kerasseg
from kerasseg.errors import ConversionError


def exchanged(*between, dims=(3, 1, 2), head=None):
    """A classifier with its axes exchanged behind the trunk."""
    image = keras.Input((8, 7, 2))
    x = layers.Permute(dims)(layers.Conv2D(4, 3)(image))
    for layer in between:
        x = layer(x)
    head = head or [layers.Flatten(), layers.LayerNormalization(), layers.Dense(3)]
    for layer in head:
        x = layer(x)
    return keras.Model(image, x)


CASES = {
    "statistics of the channels": lambda: exchanged(layers.BatchNormalization(axis=1)),
    "channels normalised": lambda: exchanged(layers.LayerNormalization(axis=1)),
    "softmax": lambda: exchanged(layers.Softmax(axis=2), dims=(1, 3, 2)),
    "negative axis": lambda: exchanged(layers.Softmax(axis=-1), dims=(2, 1, 3)),
    "pooled": lambda: exchanged(
        layers.ReLU(),
        head=[layers.GlobalAveragePooling2D(data_format="channels_first")],
    ),
    "pooled, rows and columns exchanged": lambda: exchanged(
        dims=(2, 1, 3), head=[layers.GlobalMaxPooling2D(), layers.Dense(3)]
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_layers_along_the_channels_work_along_them_still(case):
    if case == "channels normalised" and keras.backend.backend() == "torch":
        pytest.skip("Keras 3.15 under PyTorch normalises along the last axis alone")
    case = CASES[case]
    check_conversion(case(), larger_by=(3, 4))


def test_maps_exchanged_alike_are_joined():
    image = keras.Input((8, 7, 2))
    x = layers.Permute((3, 1, 2))(layers.Conv2D(3, 3)(image))
    y = layers.Permute((3, 1, 2))(layers.Conv2D(3, 3)(image))
    x = layers.Concatenate(axis=1)([layers.Add()([x, y]), y])
    scores = layers.Dense(3)(layers.Flatten()(x))
    check_conversion(keras.Model(image, scores), larger_by=(3, 4))


@pytest.mark.parametrize("exchange", [(3, 1, 2), (2, 1, 3)])
def test_a_dense_layer_shared_by_maps_in_two_orders(exchange):
    image = keras.Input((7, 8, 2))
    x = layers.Conv2D(4, 3)(image)
    dense = layers.Dense(5)
    scores = [
        dense(layers.Flatten()(x)),
        dense(layers.Flatten()(layers.Permute(exchange)(x))),
    ]
    model = keras.Model(image, layers.Concatenate()(scores))
    check_conversion(model, larger_by=(3, 4))


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (layers.BatchNormalization(axis=2, name="bad"), "another axis"),
        (layers.Conv2D(2, 1, name="bad"), "axes were exchanged"),
        (layers.GlobalAveragePooling2D(name="bad"), "pools over the channels"),
    ],
)
def test_other_axes_are_refused(bad, reason):
    head = [layers.Flatten(), layers.Dense(2)]
    with pytest.raises(ConversionError, match=rf"'bad'.*{reason}"):
        kerasseg.convert_to_fcn(exchanged(bad, head=head))


def test_maps_exchanged_in_different_ways_are_refused():
    image = keras.Input((8, 8, 8))
    pair = [layers.Permute((3, 1, 2))(image), layers.Permute((2, 1, 3))(image)]
    x = layers.Flatten()(layers.Add(name="bad")(pair))
    with pytest.raises(ConversionError, match=r"'bad'.*different ways"):
        kerasseg.convert_to_fcn(keras.Model(image, layers.Dense(2)(x)))


def test_an_output_with_exchanged_axes_is_no_head():
    image = keras.Input((8, 7, 2))
    model = keras.Model(image, layers.Permute((3, 1, 2))(image))
    with pytest.raises(ConversionError, match=r"no classification head.*exchanged"):
        kerasseg.convert_to_fcn(model)
