import keras
import numpy as np
import pytest
from checks.exactness import randomise, relative_difference
from checks.precisions import needs_float64
from checks.saved_model import check_same_bits_elsewhere
from keras import layers

import kerasseg
from kerasseg.errors import ConversionError


def random(*shape):
    return np.random.default_rng(3).uniform(size=shape).astype("float32")


def with_numbers():
    """Five numbers beside the image weigh the map, and are read by the head."""
    image, numbers = keras.Input((8, 7, 2)), keras.Input((5,))
    given = layers.Dense(4, activation="relu")(numbers)
    x = layers.Conv2D(4, 3, strides=2)(image)
    x = layers.Multiply()([x, layers.Reshape((1, 1, 4))(given)])
    pooled = layers.GlobalAveragePooling2D()(x)
    x = layers.Concatenate()([layers.Flatten()(x), given, pooled])
    x = layers.Add()([layers.Dense(3)(x), layers.Dense(3)(numbers)])
    return randomise(keras.Model([image, numbers], layers.Softmax()(x)))


def test_numbers_beside_the_image_stay_numbers(fresh_process, tmp_path):
    model = with_numbers()
    fcn = kerasseg.convert_to_fcn(model)
    assert fcn.input_shape == [(None, None, None, 2), (None, 5)]
    photo, numbers = random(1, 12, 11, 2), random(1, 5)
    crops = [photo[:, y : y + 8, x : x + 7] for y in (0, 2, 4) for x in (0, 2, 4)]
    expected = np.stack([model.predict_on_batch([c, numbers])[0] for c in crops])
    actual = fcn.predict_on_batch([photo, numbers])[0]
    assert actual.shape == (3, 3, 3)
    assert relative_difference(actual.reshape(9, 3), expected) <= 1e-5
    field = kerasseg.receptive_field(fcn)
    assert field == kerasseg.receptive_field(model)
    assert not field.whole_image
    fcn.save(path := tmp_path / "fcn.keras")
    check_same_bits_elsewhere(fcn, path, [photo, numbers], fresh_process)


@pytest.mark.parametrize("mode", ["int8", "int4"])
def test_quantised_layers_beside_the_image_keep_their_numbers(mode):
    image, numbers = keras.Input((8, 7, 2)), keras.Input((5,))
    dense = layers.Dense(4, activation="relu")
    given = dense(numbers)
    x = layers.Concatenate()([layers.Flatten()(layers.Conv2D(2, 3)(image)), given])
    model = randomise(keras.Model([image, numbers], layers.Dense(3)(x)))
    dense.quantize(mode)
    images = [random(2, 8, 7, 2), random(2, 5)]
    actual = kerasseg.convert_to_fcn(model).predict_on_batch(images)[:, 0, 0]
    assert relative_difference(actual, model.predict_on_batch(images)) <= 1e-6


def test_float8_beside_the_image_is_refused():
    image, numbers = keras.Input((8, 7, 2)), keras.Input((5,))
    dense = layers.Dense(4, name="bad")
    x = layers.Concatenate()([layers.Flatten()(image), dense(numbers)])
    model = keras.Model([image, numbers], layers.Dense(3)(x))
    dense.quantize("float8")
    with pytest.raises(ConversionError, match=r"'bad' \(Dense\).*quantised"):
        kerasseg.convert_to_fcn(model)


def test_a_map_made_of_numbers_is_refused():
    image, numbers = keras.Input((8, 7, 2)), keras.Input((5,))
    plane = layers.Reshape((8, 7, 1))(layers.Dense(56)(numbers))
    x = layers.Flatten()(layers.Concatenate(name="bad")([image, plane]))
    with pytest.raises(ConversionError, match=r"'bad'.*input beside the image"):
        kerasseg.convert_to_fcn(keras.Model([image, numbers], layers.Dense(2)(x)))


def test_images_of_different_sizes_grow_by_the_same_number_of_pixels():
    near, far = keras.Input((8, 7, 2)), keras.Input((12, 11, 1))
    flat = [layers.Flatten()(layers.Conv2D(2, 3)(image)) for image in (near, far)]
    scores = layers.Dense(3)(layers.Concatenate()(flat))
    model = randomise(keras.Model([near, far], scores))
    a, b = random(1, 10, 10, 2), random(1, 14, 14, 1)
    actual = kerasseg.convert_to_fcn(model).predict_on_batch([a, b])[0]
    crops = [
        [a[:, y : y + 8, x : x + 7], b[:, y : y + 12, x : x + 11]]
        for y in range(3)
        for x in range(4)
    ]
    expected = np.stack([model.predict_on_batch(pair)[0] for pair in crops])
    assert actual.shape == (3, 4, 3)
    assert relative_difference(actual.reshape(12, 3), expected) <= 1e-5


@pytest.mark.parametrize(
    "policy", [pytest.param("float64", marks=needs_float64), "mixed_float16"]
)
def test_cutting_and_spreading_round_nothing(policy):
    keras.config.set_dtype_policy(policy)
    image, numbers = keras.Input((9, 9, 2)), keras.Input((3,))
    maps = [layers.Conv2D(2, k, strides=2)(image) for k in (3, 2)]
    flat = layers.Flatten()(keras.ops.add(*maps))
    joined = keras.ops.concatenate([flat, layers.Dense(2)(numbers)], axis=1)
    model = keras.Model([image, numbers], layers.Dense(2)(joined))
    keras.config.set_dtype_policy("float32")
    fcn = kerasseg.convert_to_fcn(randomise(model))
    compute = keras.DTypePolicy(policy).compute_dtype
    kinds = "CropToCommon2D", "SpreadOverMap2D", "UnfoldWindows2D"
    made = [layer for layer in fcn.layers if type(layer).__name__ in kinds]
    assert len(made) == 3
    assert {layer.compute_dtype for layer in made} == {compute}
