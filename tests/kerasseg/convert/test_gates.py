import keras
import numpy as np
import pytest
from checks.exactness import check_native, images_for, randomise, relative_difference
from keras import layers

import kerasseg
from kerasseg.errors import KerasSegWarning


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
