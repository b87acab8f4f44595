import keras
import numpy as np
from checks.exports import check_exports
from checks.layers import check_layer

from kerasseg.layers import CropToCommon2D


def maps(*sizes):
    random = np.random.default_rng(0)
    return [random.normal(size=(2, *size)).astype("float32") for size in sizes]


def test_is_a_good_layer(fresh_process):
    inputs = maps((5, 6, 3), (7, 4, 2))
    check_layer(CropToCommon2D, {}, inputs=inputs, fresh_process=fresh_process)


def test_keeps_the_top_left():
    inputs = maps((5, 6, 3), (7, 4, 2), (5, 9, 1))
    outputs = CropToCommon2D()(inputs)
    for before, after in zip(inputs, outputs, strict=True):
        np.testing.assert_array_equal(
            keras.ops.convert_to_numpy(after), before[:, :5, :4]
        )


def test_exports():
    first, second = (keras.Input((None, None, n)) for n in (3, 2))
    both = keras.layers.Concatenate()(CropToCommon2D()([first, second]))
    model = keras.Model([first, second], both)
    check_exports(model, maps((5, 6, 3), (7, 4, 2)), maps((2, 3, 3), (2, 9, 2)))
