import keras
import numpy as np
import pytest
from checks.exactness import (
    check_conversion,
    check_native,
    images_for,
    randomise,
    relative_difference,
)
from checks.saved_model import check_same_bits_elsewhere
from keras import layers

import kerasseg
import zoo
from kerasseg.errors import ArgumentError, ConversionError


def classifier(*head, size=(12, 11), channels=2):
    """A small trunk that pads nothing, stride (2, 3), map 4×3×5 at (12, 11)."""
    return keras.Sequential(
        [
            keras.Input((*size, channels)),
            layers.Conv2D(4, 3, activation="relu", name="conv1"),
            layers.MaxPooling2D((2, 3), name="pool1"),
            layers.Conv2D(5, (2, 1), activation="tanh", name="conv2"),
            *head,
        ],
        name="small",
    )


class Operations:
    """Stands for a head of keras.ops calls, which Sequential cannot hold."""


def with_operations():
    trunk = classifier()
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
    model = with_operations() if is_graph else classifier(*head)
    fcn = check_conversion(model, larger_by=(6, 8))
    fcn.save(path := tmp_path / "fcn.keras")
    images = images_for(model, 1, (18, 20))
    check_same_bits_elsewhere(fcn, path, [images], fresh_process)


@pytest.mark.parametrize(
    "build",
    [
        lambda: zoo.LeNet5(),
        lambda: zoo.LeNet5(top="gap", activation="relu"),
        lambda: zoo.NiN(),
        lambda: zoo.NiN(top="flatten"),
        lambda: zoo.AlexNet(classes=7, groups=2),
        lambda: zoo.VGG16(classes=7, input_shape=(64, 64, 3)),
    ],
)
def test_zoo_classifiers_equal_themselves_at_native_size(build):
    model = build()
    check_native(model, kerasseg.convert_to_fcn(model))


def test_lenet5_by_hand():
    """get_weights, reshape, set_weights: the textbook way gives the same numbers."""
    model = randomise(zoo.LeNet5())
    by_hand = zoo.LeNet5(include_top=False, input_shape=(None, None, 1))
    by_hand.set_weights(model.get_weights()[:4])
    x = by_hand.output
    for name, size, activation in [
        ("fc1", 5, "tanh"),
        ("fc2", 1, "tanh"),
        ("predictions", 1, "softmax"),
    ]:
        kernel, bias = model.get_layer(name).get_weights()
        conv = layers.Conv2D(len(bias), size, activation=activation, name=name)
        x = conv(x)
        conv.set_weights([kernel.reshape(size, size, -1, len(bias)), bias])
    by_hand = keras.Model(by_hand.input, x)
    image = images_for(model, 1, (48, 61))
    np.testing.assert_array_equal(
        kerasseg.convert_to_fcn(model).predict_on_batch(image),
        by_hand.predict_on_batch(image),
    )


def test_several_outputs_keep_their_structure():
    image = keras.Input((12, 12, 1), name="photo")
    flat = layers.Flatten()(layers.Conv2D(3, 3)(image))
    heads = {
        "digit": layers.Dense(4, activation="softmax", name="digit")(flat),
        "ink": layers.Dense(1, name="ink")(layers.Dense(5)(flat)),
    }
    model = keras.Model(image, heads)
    fcn = check_conversion(model, larger_by=(3, 2))
    assert fcn.input.name == "photo"
    outputs = fcn.predict_on_batch(images_for(model, 1, (14, 13)))
    assert {k: v.shape for k, v in outputs.items()} == {
        "digit": (1, 3, 2, 4),
        "ink": (1, 3, 2, 1),
    }


def test_heads_that_meet_again():
    image = keras.Input((12, 12, 1))
    x = layers.Conv2D(3, 3)(image)
    flat, mean = layers.Flatten()(x), layers.GlobalAveragePooling2D()(x)
    joined = layers.Concatenate(axis=1)([flat, mean, layers.Dense(3)(flat)])
    total = layers.Add()([layers.Dense(4)(joined), layers.Dense(4)(mean)])
    check_conversion(keras.Model(image, layers.Softmax()(total * 2.0)))


def test_augmentation_in_front_passes_images_on():
    model = keras.Sequential(
        [
            keras.Input((12, 12, 3)),
            *(kind(0.2) for kind in (layers.RandomRotation, layers.RandomZoom)),
            *(layers.RandomFlip(), layers.RandomContrast(0.3), layers.GaussianNoise(1)),
            layers.Rescaling(1 / 127.5, offset=-1),
            layers.Normalization(mean=[0.1, 0.2, 0.3], variance=[1.0, 2.0, 3.0]),
            layers.Conv2D(3, 3),
            layers.Flatten(),
            layers.Dense(2),
        ]
    )
    check_conversion(model)


def test_layers_used_twice_stay_one_layer():
    image = keras.Input((12, 12, 1))
    conv, dense = layers.Conv2D(3, 3), layers.Dense(8, activation="tanh")
    x = layers.Add()([conv(image), layers.ReLU()(conv(image))])
    x = dense(dense(layers.Dense(8)(layers.Flatten()(x))))
    model = keras.Model(image, x)
    fcn = check_conversion(model)
    assert len(fcn.weights) == len(model.weights)


def test_nested_models_with_equal_names_inside():
    def trunk(name):
        return keras.Sequential(
            [layers.Conv2D(3, 3, name="conv"), layers.BatchNormalization(name="norm")],
            name=name,
        )

    image = keras.Input((12, 12, 1))
    x = trunk("first")(image, training=False)
    x = trunk("second")(x)
    model = keras.Model(image, layers.Dense(2)(layers.Flatten()(x)))
    fcn = check_conversion(model, larger_by=(2, 3))
    names = [layer.name for layer in fcn.layers]
    assert {"conv", "norm", "second_conv", "second_norm"} <= set(names)


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
    with pytest.warns(UserWarning, match="whole image"):
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


def test_padding_same_keeps_the_size_of_the_trunk():
    model = randomise(zoo.LeNet5())
    fcn = kerasseg.convert_to_fcn(model, padding="same")
    image = images_for(model, 1, (48, 60))
    scores = fcn.predict_on_batch(image)
    assert scores.shape == (1, 9, 12, 10)  # 48 / 4 - 3, 60 / 4 - 3
    inside = kerasseg.convert_to_fcn(model).predict_on_batch(image)
    assert relative_difference(scores[:, 2:-2, 2:-2], inside) <= 1e-6


def test_cam_classifies_each_cell_and_its_mean_is_the_classifier():
    model = randomise(classifier(layers.GlobalAveragePooling2D(), layers.Dense(3)))
    cam = kerasseg.convert_to_fcn(model, global_pooling="cam")
    images = images_for(model)
    cells = cam.predict_on_batch(images)
    assert cells.shape == (2, 4, 3, 3)
    mean = cells.mean(axis=(1, 2))
    assert relative_difference(mean, model.predict_on_batch(images)) <= 1e-5


def test_fixed_image_size_and_names():
    model = zoo.LeNet5()
    fcn = kerasseg.convert_to_fcn(model, (64, 48), name="scanner")
    assert fcn.input_shape == (None, 64, 48, 1)
    assert fcn.output_shape == (None, 9, 5, 10)
    assert fcn.name == "scanner"
    assert kerasseg.convert_to_fcn(model).name == "lenet5_fcn"
    assert kerasseg.convert_to_fcn(model).input_shape == (None, None, None, 1)


ENDS = {
    "activation of a dense": lambda: [layers.Dense(4, activation="softmax")],
    "activation layer": lambda: [layers.Dense(4), layers.Activation("softmax")],
    "softmax layer": lambda: [layers.Dense(4), layers.Softmax()],
    "in float32 at the end": lambda: [
        layers.Dense(4),
        layers.Activation("softmax"),
        layers.Activation("linear", dtype="float32"),
    ],
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_logits_and_other_activations(end):
    model = randomise(classifier(layers.Flatten(), *end()))
    images = images_for(model)
    logits = kerasseg.convert_to_fcn(model, classifier_activation=None)
    logits = logits.predict_on_batch(images)[:, 0, 0]
    probabilities = keras.ops.convert_to_numpy(keras.ops.softmax(logits))
    assert relative_difference(probabilities, model.predict_on_batch(images)) <= 1e-6
    assert np.abs(logits.sum(-1) - 1).min() > 1e-3
    sigmoid = kerasseg.convert_to_fcn(model, classifier_activation="sigmoid")
    expected = 1 / (1 + np.exp(-logits))
    actual = sigmoid.predict_on_batch(images)[:, 0, 0]
    assert relative_difference(actual, expected) <= 1e-6


def test_logits_of_a_head_without_activation_are_its_own_scores():
    model = classifier(layers.Flatten(), layers.Dense(3))
    check_native(model, kerasseg.convert_to_fcn(model, classifier_activation=None))


def test_open_sizes_need_the_native_one():
    model = keras.Sequential(
        [
            keras.Input((None, None, 1)),
            layers.Conv2D(3, 3),
            layers.GlobalAveragePooling2D(name="pool"),
            layers.Dense(2),
        ]
    )
    with pytest.raises(ConversionError, match=r"'pool'.*native_size"):
        kerasseg.convert_to_fcn(model)
    fcn = kerasseg.convert_to_fcn(randomise(model), native_size=(9, 8))
    images = images_for(model, size=(9, 8))
    actual = fcn.predict_on_batch(images)
    assert actual.shape == (2, 1, 1, 2)
    assert relative_difference(actual[:, 0, 0], model.predict_on_batch(images)) <= 1e-6


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16", "float64"])
def test_dtype_policies_carry_over(policy):
    keras.config.set_dtype_policy(policy)
    model = classifier(
        layers.Flatten(), layers.Dense(4), layers.Activation("softmax", dtype="float32")
    )
    keras.config.set_dtype_policy("float32")
    fcn = kerasseg.convert_to_fcn(randomise(model))
    policies = {layer.name: layer.dtype_policy.name for layer in model.layers}
    for layer in fcn.layers[1:]:
        assert layer.dtype_policy.name == policies[layer.name]
    half = policy.startswith("mixed")
    check_native(model, fcn, tolerance=1e-2 if half else 1e-6)


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("padding", "SAME"),
        ("global_pooling", "none"),
        ("classifier_activation", "softmx"),
    ],
)
def test_wrong_arguments_are_refused(argument, value):
    with pytest.raises(ArgumentError, match=rf"{argument}.*{value}"):
        kerasseg.convert_to_fcn(zoo.LeNet5(), **{argument: value})
