import keras
import numpy as np
import pytest
from checks.exactness import (
    check_native,
    check_windows,
    images_for,
    randomise,
    relative_difference,
)
from keras import layers

import kerasseg
from kerasseg.errors import ConversionError, KerasSegWarning


def squeeze_and_excite(pool, size=(10, 9)):
    image = keras.Input((*size, 2))
    x = layers.Conv2D(6, 3, activation="relu")(image)
    gate = layers.Dense(6, activation="sigmoid")(layers.Dense(2)(pool(x)))
    x = layers.Multiply()([x, gate])
    return keras.Model(image, layers.Dense(3)(layers.GlobalAveragePooling2D()(x)))


@pytest.mark.parametrize(
    "pool",
    [
        lambda x: layers.GlobalAveragePooling2D()(x),
        lambda x: layers.GlobalMaxPooling2D(keepdims=True)(x),
        lambda x: layers.Reshape((1, 1, 6))(layers.GlobalAveragePooling2D()(x)),
        lambda x: keras.ops.mean(x, axis=(1, 2), keepdims=True),
    ],
)
def test_squeeze_and_excite_stays_global_and_says_so(pool):
    model = randomise(squeeze_and_excite(pool))
    with pytest.warns(KerasSegWarning, match="whole image"):
        fcn = kerasseg.convert_to_fcn(model)
    check_native(model, fcn)
    assert kerasseg.receptive_field(fcn).whole_image
    # By hand on a larger image: the gate is taken once, from all of it.
    image = images_for(model, 1, (14, 15))
    conv, first, second, last = (
        [keras.ops.convert_to_numpy(w) for w in layer.weights]
        for layer in model.layers
        if layer.weights
    )
    trunk = keras.Sequential([keras.Input((14, 15, 2)), model.layers[1]])
    x = trunk.predict_on_batch(image)
    is_max = any("max_pooling" in layer.name for layer in model.layers)
    gate = x.max(axis=(1, 2)) if is_max else x.mean(axis=(1, 2))
    gate = (gate @ first[0] + first[1]) @ second[0] + second[1]
    x = x * (1 / (1 + np.exp(-gate)))[:, None, None]
    cells = np.stack(
        [
            x[:, i : i + 8, j : j + 7].mean(axis=(1, 2))
            for i in range(5)
            for j in range(7)
        ],
        axis=1,
    )
    expected = (cells @ last[0] + last[1]).reshape(1, 5, 7, 3)
    assert conv[0].shape == (3, 3, 2, 6)
    assert relative_difference(fcn.predict_on_batch(image), expected) <= 1e-5


def test_a_gate_by_a_convolution_over_the_channels_stays_one():
    """ECA-Net: Wang et al., 2020."""
    image = keras.Input((8, 8, 2))
    x = layers.Conv2D(4, 3)(image)
    gate = layers.Reshape((4, 1))(layers.GlobalAveragePooling2D()(x))
    gate = layers.Conv1D(1, 3, padding="same", activation="sigmoid")(gate)
    x = layers.Multiply()([x, layers.Reshape((1, 1, 4))(gate)])
    model = keras.Model(image, layers.Dense(3)(layers.Flatten()(x)))
    with pytest.warns(KerasSegWarning, match="whole image"):
        fcn = kerasseg.convert_to_fcn(randomise(model))
    check_native(model, fcn)
    assert fcn.predict_on_batch(images_for(model, 1, (9, 11))).shape == (1, 2, 4, 3)


def weighed_places(pooled):
    x = layers.Reshape((6, 6, 1))(layers.Dense(36)(pooled))
    return layers.Multiply, x


def repeated_vector(pooled):
    x = layers.Reshape((6, 6, 3))(layers.RepeatVector(36)(pooled))
    return layers.Concatenate, x


def enlarged_vector(pooled):
    x = layers.UpSampling2D(6)(layers.Reshape((1, 1, 3))(pooled))
    return layers.Concatenate, x


@pytest.mark.parametrize("gate", [weighed_places, repeated_vector, enlarged_vector])
@pytest.mark.filterwarnings("ignore::kerasseg.errors.KerasSegWarning")
def test_what_is_pooled_and_enlarged_to_the_trained_size_is_refused(gate):
    image = keras.Input((8, 8, 2))
    x = layers.Conv2D(3, 3)(image)
    merge, enlarged = gate(layers.GlobalAveragePooling2D()(x))
    x = layers.Flatten()(merge(name="bad")([x, enlarged]))
    with pytest.raises(ConversionError, match=r"'bad'.*\(None, 6, 6, \d\)"):
        kerasseg.convert_to_fcn(keras.Model(image, layers.Dense(2)(x)))


def test_places_weighed_by_their_own_channels_are_exact():
    """Attention over places (CBAM) reads a window alone, unlike that over channels."""
    image = keras.Input((12, 11, 3))
    x = layers.Conv2D(4, 3)(image)
    mean = keras.ops.mean(x, axis=-1, keepdims=True)
    most = keras.ops.max(x, axis=3, keepdims=True)
    both = layers.Concatenate()([mean, most])
    gate = layers.Conv2D(1, 3, activation="sigmoid")(both)
    x = layers.Multiply()([layers.Cropping2D(1)(x), gate])
    model = keras.Model(image, layers.Dense(2)(layers.Flatten()(x)))
    fcn = kerasseg.convert_to_fcn(randomise(model))
    check_native(model, fcn)
    check_windows(model, fcn)


@pytest.mark.parametrize("axis", [1, [1], 2])
def test_means_of_rows_and_columns_are_refused(axis):
    image = keras.Input((8, 8, 3))
    x = image * keras.ops.mean(image, axis=axis, keepdims=True)
    model = keras.Model(image, layers.Dense(2)(layers.Flatten()(x)))
    with pytest.raises(ConversionError, match=r"\(Mean\).*works along axis"):
        kerasseg.convert_to_fcn(model)


def test_a_denser_map_is_refused():
    image = keras.Input((8, 8, 2))
    gate = layers.GlobalAveragePooling2D(keepdims=True, name="squeeze")(image)
    x = layers.Conv2D(2, 3, strides=2)(layers.Multiply()([image, gate]))
    model = keras.Model(image, layers.Dense(2)(layers.GlobalAveragePooling2D()(x)))
    with pytest.raises(ConversionError, match=r"'squeeze'.*output_stride"):
        kerasseg.convert_to_fcn(model, output_stride=1)
