import keras
import pytest
from checks.exactness import check_conversion
from keras import layers, ops

import kerasseg
from kerasseg.errors import ConversionError


def places_as_images():
    image = keras.Input((6, 6, 2))
    x = ops.softmax(ops.reshape(layers.Conv2D(3, 3)(image), (-1, 3)))
    return keras.Model(image, layers.Dense(4)(ops.reshape(x, (-1, 48))))


def features_as_images():
    image = keras.Input((6, 6, 2))
    x = ops.reshape(layers.Dense(10)(layers.Flatten()(image)), (-1, 2))
    return keras.Model(image, ops.reshape(layers.Softmax()(x), (-1, 10)))


def scores_as_images():
    image = keras.Input((6, 6, 2))
    scores = layers.Dense(10)(layers.Flatten()(image))
    return keras.Model(image, ops.reshape(scores, (-1, 2)))


def images_joined():
    image = keras.Input((6, 6, 2))
    x = ops.reshape(image, (1, -1))  # (1, B*72)
    return keras.Model(image, ops.softmax(x))


def batch_of_one_squeezed():
    image = keras.Input((6, 6, 2), batch_size=1)
    x = ops.squeeze(layers.Flatten()(image), axis=0)  # (72,)
    return keras.Model(image, ops.softmax(x))


@pytest.mark.parametrize(
    "build",
    [
        places_as_images,
        features_as_images,
        scores_as_images,
        images_joined,
        batch_of_one_squeezed,
    ],
)
def test_numbers_moved_into_the_batch_are_refused(build):
    reason = r"'(reshape|squeeze)\w*'.* from one image of the batch to others"
    with pytest.raises(ConversionError, match=reason):
        kerasseg.convert_to_fcn(build())


@pytest.mark.parametrize("shape", [(-1, 4 * 4 * 3), (-1, 6, 8)])
def test_shapes_that_keep_the_batch_are_flat(shape):
    image = keras.Input((6, 6, 2))
    x = ops.reshape(layers.Conv2D(3, 3)(image), shape)
    x = layers.Dense(4)(ops.reshape(x, (-1, 48)))
    x = ops.softmax(ops.reshape(ops.reshape(x, (-1, 2, 2)), (-1, 4)))
    check_conversion(keras.Model(image, x))


def test_one_slope_for_all_features_stays_one():
    model = keras.Sequential(
        [
            keras.Input((6, 6, 2)),
            layers.Conv2D(3, 3),
            layers.PReLU(shared_axes=[1, 2, 3]),
            layers.Flatten(),
            layers.Dense(5),
            layers.PReLU(shared_axes=[1], name="slope"),
            layers.Dense(4),
        ]
    )
    fcn = check_conversion(model)
    assert [w.shape for w in fcn.get_layer("slope").weights] == [(1, 1, 1)]
