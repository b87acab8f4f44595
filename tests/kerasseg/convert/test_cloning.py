import keras
import numpy as np
from checks.exactness import images_for, randomise
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
