import keras
import numpy as np
import pytest
from checks.exactness import check_conversion, check_native, images_for, randomise
from checks.small_classifier import small_classifier
from keras import layers

import kerasseg


def full_model():
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(2, 3, name="conv", trainable=False),
            layers.BatchNormalization(name="norm"),
            layers.Flatten(),
            layers.Dense(
                4,
                name="fc",
                kernel_initializer="he_normal",
                kernel_regularizer=keras.regularizers.L2(1e-3),
                bias_regularizer=keras.regularizers.L1(1e-4),
                kernel_constraint=keras.constraints.MaxNorm(1.5, axis=0),
                bias_constraint="non_neg",
            ),
            layers.Dense(2, name="scores", trainable=False),
        ]
    )
    return randomise(model)


def test_settings_for_further_training_carry_over():
    model = full_model()
    fcn = kerasseg.convert_to_fcn(model)
    new = fcn.get_layer("fc")
    assert type(new) is layers.Conv2D
    assert isinstance(new.kernel_initializer, keras.initializers.HeNormal)
    assert new.kernel_regularizer.l2 == model.get_layer("fc").kernel_regularizer.l2
    assert isinstance(new.bias_regularizer, keras.regularizers.L1)
    assert new.kernel_constraint.axis == [0, 1, 2]
    assert isinstance(new.bias_constraint, keras.constraints.NonNeg)
    trainable = {layer.name: layer.trainable for layer in model.layers}
    for layer in fcn.layers[1:]:
        assert layer.trainable == trainable[layer.name]
    losses = [float(sum(m.losses)) for m in (model, fcn)]
    assert losses[0] > 0
    np.testing.assert_allclose(losses[1], losses[0], rtol=1e-6)


def test_poolings_of_the_head_keep_their_policy_and_flag():
    pool = layers.GlobalAveragePooling2D(dtype="mixed_float16", trainable=False)
    model = keras.Sequential([keras.Input((6, 6, 1)), pool, layers.Dense(2)])
    new = kerasseg.convert_to_fcn(model).get_layer(pool.name)
    assert new.dtype_policy.name == "mixed_float16"
    assert not new.trainable


def test_constraint_acts_on_the_kernel_as_it_did():
    model = full_model()
    old, new = model.get_layer("fc"), kerasseg.convert_to_fcn(model).get_layer("fc")
    expected = keras.ops.convert_to_numpy(old.kernel_constraint(old.kernel * 9))
    actual = keras.ops.convert_to_numpy(new.kernel_constraint(new.kernel * 9))
    np.testing.assert_allclose(actual.reshape(expected.shape), expected, rtol=1e-6)


def test_training_one_leaves_the_other_as_it_was():
    model = full_model()
    fcn = kerasseg.convert_to_fcn(model)
    images = images_for(model, 4)
    before = model.predict_on_batch(images)
    fcn.compile("sgd", "mse")
    fcn.fit(images, np.ones((4, 1, 1, 2)), epochs=3, verbose=0)
    np.testing.assert_array_equal(model.predict_on_batch(images), before)
    moved = fcn.predict_on_batch(images)
    model.compile("sgd", "mse")
    model.fit(images, np.zeros((4, 2)), epochs=3, verbose=0)
    np.testing.assert_array_equal(fcn.predict_on_batch(images), moved)
    assert np.abs(moved[:, 0, 0] - before).max() > 1e-4


def test_conversion_adds_nothing_to_the_graph_of_the_source():
    image = keras.Input((8, 8, 1))
    x = layers.Flatten()(keras.ops.relu(layers.Conv2D(2, 3)(image)) + 1.0)
    model = keras.Model(image, layers.Dense(2)(x))
    nodes = [len(op._inbound_nodes) for op in model.operations]
    kerasseg.convert_to_fcn(model)
    assert [len(op._inbound_nodes) for op in model.operations] == nodes


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


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16", "float64"])
def test_dtype_policies_carry_over(policy):
    keras.config.set_dtype_policy(policy)
    model = small_classifier(
        layers.Flatten(), layers.Dense(4), layers.Activation("softmax", dtype="float32")
    )
    keras.config.set_dtype_policy("float32")
    fcn = kerasseg.convert_to_fcn(randomise(model))
    policies = {layer.name: layer.dtype_policy.name for layer in model.layers}
    for layer in fcn.layers[1:]:
        assert layer.dtype_policy.name == policies[layer.name]
    half = policy.startswith("mixed")
    check_native(model, fcn, tolerance=1e-2 if half else 1e-6)
