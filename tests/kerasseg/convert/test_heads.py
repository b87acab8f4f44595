import keras
import pytest
from checks.exactness import (
    check_conversion,
    images_for,
    randomise,
    relative_difference,
)
from checks.saved_model import check_same_bits_elsewhere
from checks.small_classifier import small_classifier
from keras import layers

import kerasseg
import zoo


class Operations:
    """Stands for a head of keras.ops calls, which Sequential cannot hold."""


def with_operations():
    trunk = small_classifier()
    x = keras.ops.relu(trunk.outputs[0])
    mean = keras.ops.mean(x, axis=(1, 2))
    top = keras.ops.squeeze(keras.ops.max(x, axis=[1, 2], keepdims=True), axis=(1, 2))
    flat = keras.ops.reshape(x, (-1, 4 * 3 * 5))
    x = keras.ops.concatenate([mean, top, flat], axis=1)
    x = keras.ops.softmax(layers.Dense(4)(x) * 0.5, axis=1)
    return keras.Model(trunk.inputs, x)


HEADS = {
    "one dense": lambda: [layers.Flatten(), layers.Dense(3)],
    "chain": lambda: [
        layers.Flatten(),
        layers.Dense(7, activation="relu"),
        layers.Dropout(0.5),
        layers.Dense(6),
        layers.BatchNormalization(),
        layers.Activation("elu"),
        layers.Dense(3, activation="softmax"),
    ],
    "dropout and activation before the first dense": lambda: [
        layers.Flatten(),
        layers.Dropout(0.3),
        layers.LeakyReLU(0.1),
        layers.Activation("gelu"),
        layers.Dense(3, activation="sigmoid"),
    ],
    "batch normalisation on the flat vector": lambda: [
        layers.Flatten(),
        layers.BatchNormalization(),
        layers.ReLU(),
        layers.Dense(4, activation="softmax"),
    ],
    "softmax as a layer": lambda: [
        layers.Flatten(),
        layers.Dense(4, use_bias=False),
        layers.Softmax(),
    ],
    "softmax over the flat vector": lambda: [
        layers.Flatten(),
        layers.Activation("softmax"),
        layers.Dense(3),
    ],
    "slopes for every feature": lambda: [
        layers.Flatten(),
        layers.PReLU(),
        layers.Dense(5),
        layers.PReLU(),
        layers.Dense(2, activation="log_softmax"),
    ],
    "layer normalisation": lambda: [
        layers.Flatten(),
        layers.LayerNormalization(),
        layers.Dense(4),
        layers.LayerNormalization(axis=1),
        layers.Dense(2),
    ],
    "reshape instead of flatten": lambda: [layers.Reshape((-1,)), layers.Dense(2)],
    "flatten twice": lambda: [layers.Flatten(), layers.Flatten(), layers.Dense(2)],
    "average": lambda: [layers.GlobalAveragePooling2D(), layers.Dense(3)],
    "maximum": lambda: [layers.GlobalMaxPooling2D(), layers.Dense(3)],
    "no dense at all": lambda: [layers.GlobalAveragePooling2D(), layers.Softmax()],
    "kept axes, then a convolution": lambda: [
        layers.GlobalAveragePooling2D(keepdims=True),
        layers.Conv2D(3, 1),
        layers.Reshape((3,)),
        layers.Activation("softmax"),
    ],
    "operations instead of layers": lambda: [Operations()],
    "channels first for flatten": lambda: [
        layers.Permute((3, 1, 2)),
        layers.ReLU(),
        layers.Flatten(),
        layers.Dense(3),
    ],
    "rows and columns exchanged": lambda: [
        layers.Permute((2, 1, 3)),
        layers.Flatten(),
        layers.BatchNormalization(),
        layers.Dense(3),
    ],
    "flatten that says channels first": lambda: [
        layers.Flatten(data_format="channels_first"),
        layers.PReLU(),
        layers.Dense(3),
    ],
    "average pooling down to one cell": lambda: [
        layers.AveragePooling2D((4, 3)),
        layers.Conv2D(4, 1, activation="relu"),
        layers.Flatten(),
        layers.Dense(3),
    ],
    "one unit": lambda: [layers.Flatten(), layers.Dense(1, activation="sigmoid")],
    "noise": lambda: [
        layers.Flatten(),
        layers.GaussianNoise(0.1),
        layers.Dense(3),
        layers.Dropout(0.5, noise_shape=(None, 1)),
        layers.Dense(2),
    ],
}


@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
def test_every_cell_equals_the_classifier_on_its_window(head, fresh_process, tmp_path):
    head = head()
    is_graph = isinstance(head[0], Operations)
    model = with_operations() if is_graph else small_classifier(*head)
    fcn = check_conversion(model, larger_by=(6, 8))
    fcn.save(path := tmp_path / "fcn.keras")
    images = images_for(model, 1, (18, 20))
    check_same_bits_elsewhere(fcn, path, [images], fresh_process)


def test_heads_that_meet_again():
    image = keras.Input((12, 12, 1))
    x = layers.Conv2D(3, 3)(image)
    flat, mean = layers.Flatten()(x), layers.GlobalAveragePooling2D()(x)
    joined = layers.Concatenate(axis=1)([flat, mean, layers.Dense(3)(flat)])
    total = layers.Add()([layers.Dense(4)(joined), layers.Dense(4)(mean)])
    check_conversion(keras.Model(image, layers.Softmax()(total * 2.0)))


def test_heads_behind_one_flatten_share_its_windows():
    image = keras.Input((9, 8, 1))
    flat = layers.Flatten(name="flatten")(layers.Conv2D(3, 3)(image))
    exact = [layers.LayerNormalization()(flat), layers.PReLU()(flat)]
    half = layers.LayerNormalization(dtype="mixed_float16")(flat)
    heads = [layers.Dense(2, dtype="float32")(x) for x in (*exact, half)]
    fcn = check_conversion(keras.Model(image, heads), tolerance=2e-3)
    kinds = [(x.name, x.dtype_policy.name) for x in fcn.layers if is_unfolding(x)]
    assert kinds == [("flatten", "float32"), ("flatten_2", "mixed_float16")]


def is_unfolding(layer):
    return type(layer) is kerasseg.layers.UnfoldWindows2D


def test_padding_same_keeps_the_size_of_the_trunk():
    model = randomise(zoo.LeNet5())
    fcn = kerasseg.convert_to_fcn(model, padding="same")
    image = images_for(model, 1, (48, 60))
    scores = fcn.predict_on_batch(image)
    assert scores.shape == (1, 9, 12, 10)  # 48 / 4 - 3, 60 / 4 - 3
    inside = kerasseg.convert_to_fcn(model).predict_on_batch(image)
    assert relative_difference(scores[:, 2:-2, 2:-2], inside) <= 1e-6


def test_cam_classifies_each_cell_and_its_mean_is_the_classifier():
    model = randomise(
        small_classifier(layers.GlobalAveragePooling2D(), layers.Dense(3))
    )
    cam = kerasseg.convert_to_fcn(model, global_pooling="cam")
    images = images_for(model)
    cells = cam.predict_on_batch(images)
    assert cells.shape == (2, 4, 3, 3)
    mean = cells.mean(axis=(1, 2))
    assert relative_difference(mean, model.predict_on_batch(images)) <= 1e-5
