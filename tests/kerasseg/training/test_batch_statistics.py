import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

import zoo
from kerasseg.errors import ArgumentError
from kerasseg.training.batch_statistics import refresh_batch_statistics


def net():
    x = inputs = keras.Input((None, None, 3))
    for index in (1, 2):
        x = layers.Conv2D(4, 3, padding="valid", name=f"conv{index}")(x)
        x = layers.BatchNormalization(name=f"bn{index}")(x)
        x = layers.Dropout(0.5)(x)
    return keras.Model(inputs, x)


def batches(sizes=(4, 4, 2)):
    random = np.random.default_rng(0)
    return [random.normal(1, 2, (n, 9, 8, 3)).astype("float32") for n in sizes]


def conv(x, layer):
    """A valid 3×3 convolution in float64, by its definition."""
    kernel, bias = (w.astype(float) for w in layer.get_weights())
    height, width = x.shape[1] - 2, x.shape[2] - 2
    return bias + sum(
        np.einsum("bhwc,cd->bhwd", x[:, i : i + height, j : j + width], kernel[i, j])
        for i in range(3)
        for j in range(3)
    )


def by_hand(model, data):
    """Statistics of both layers; the second sees batches normalised by themselves."""
    first = [conv(batch.astype(float), model.get_layer("conv1")) for batch in data]
    gamma, beta = (w.astype(float) for w in model.get_layer("bn1").get_weights()[:2])
    epsilon = model.get_layer("bn1").epsilon
    axes = (0, 1, 2)
    normal = [
        gamma * (x - x.mean(axes)) / np.sqrt(x.var(axes) + epsilon) + beta
        for x in first
    ]
    second = [conv(x, model.get_layer("conv2")) for x in normal]
    for maps in (first, second):
        everything = np.concatenate(maps)  # (B, H, W, C)
        yield everything.mean(axes), everything.var(axes)


def test_statistics_are_those_of_all_values():
    model, data = net(), batches()
    model.get_layer("bn1").set_weights(
        [np.r_[1.0, 2, 3, 4], np.ones(4), *np.ones((2, 4))]
    )
    weights = [w for layer in model.layers for w in layer.trainable_weights]
    before = [keras.ops.convert_to_numpy(w) for w in weights]
    assert refresh_batch_statistics(model, data) == 2
    for name, (mean, variance) in zip(
        ("bn1", "bn2"), by_hand(model, data), strict=True
    ):
        _, _, moving_mean, moving_variance = model.get_layer(name).get_weights()
        np.testing.assert_allclose(moving_mean, mean, rtol=1e-5, atol=1e-5)
        np.testing.assert_allclose(moving_variance, variance, rtol=1e-5)
    for weight, old in zip(weights, before, strict=True):
        np.testing.assert_array_equal(keras.ops.convert_to_numpy(weight), old)
    assert model.get_layer("bn1").momentum == 0.99
    assert [x.rate for x in model.layers if isinstance(x, layers.Dropout)] == [0.5, 0.5]


def test_datasets_with_masks_are_read_and_steps_are_counted():
    model, data = net(), batches((2, 2, 2))
    dataset = tf.data.Dataset.from_tensor_slices(
        (np.concatenate(data), np.zeros((6, 5, 4), "int32"))
    ).batch(2)
    refresh_batch_statistics(model, dataset, steps=2)
    mean, _ = next(by_hand(model, data[:2]))
    found = model.get_layer("bn1").get_weights()[2]
    np.testing.assert_allclose(found, mean, rtol=1e-5, atol=1e-5)


def test_nested_and_frozen_normalisations():
    inner = net()
    inner.get_layer("bn2").trainable = False
    before = inner.get_layer("bn2").get_weights()
    x = inputs = keras.Input((None, None, 3))
    outer = keras.Model(inputs, inner(x))
    assert refresh_batch_statistics(outer, batches()) == 1
    for old, new in zip(before, inner.get_layer("bn2").get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


@keras.saving.register_keras_serializable(package="tests")
class Block(layers.Layer):
    """A layer made of others, one of which is never called."""

    def __init__(self, **options):
        super().__init__(**options)
        self.parts = {"bn": layers.BatchNormalization(), "drop": layers.Dropout(0.9)}
        self.unused = layers.BatchNormalization()

    def build(self, shape):
        self.parts["bn"].build(shape)
        self.unused.build(shape)

    def call(self, x, training=None):
        for part in self.parts.values():
            x = part(x, training=training)
        return x


def test_normalisations_inside_of_layers():
    net = keras.Sequential(
        [keras.Input((1,)), Block(), layers.BatchNormalization(name="outer")]
    )
    unused = [w.copy() for w in net.layers[0].unused.get_weights()]
    values = np.array([[1.0, 3.0], [5.0, 7.0], [2.0, 8.0]])
    assert refresh_batch_statistics(net, [batch[:, None] for batch in values]) == 2
    inner = net.layers[0].parts["bn"]
    normal = (values - values.mean(1, keepdims=True)) / np.sqrt(
        values.var(1, keepdims=True) + inner.epsilon
    )
    for layer, seen in ((inner, values), (net.get_layer("outer"), normal)):
        mean, variance = (float(x[0]) for x in layer.get_weights()[2:])
        assert mean == pytest.approx(seen.mean(), abs=1e-6)
        assert variance == pytest.approx(seen.var(), rel=1e-5)
    assert net.layers[0].parts["drop"].rate == 0.9
    for old, new in zip(unused, net.layers[0].unused.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    assert "call" not in vars(inner)


def test_every_call_of_one_normalisation_counts():
    """Over time, and where a net calls a layer twice."""
    shared = layers.BatchNormalization()
    inputs = keras.Input((3, 2))
    times = layers.TimeDistributed(shared)(inputs)
    net = keras.Model(inputs, [times, shared(10 * inputs[:, 0])])
    data = np.random.default_rng(2).normal(1, 2, (2, 5, 3, 2)).astype("float32")
    assert refresh_batch_statistics(net, list(data)) == 1
    seen = np.concatenate([data.reshape(-1, 2), 10 * data[:, :, 0].reshape(-1, 2)])
    _, _, mean, variance = shared.get_weights()
    np.testing.assert_allclose(mean, seen.mean(0, dtype=float), rtol=1e-5)
    np.testing.assert_allclose(variance, seen.var(0, dtype=float), rtol=1e-5)


def test_spectral_normalisation_keeps_its_kernel():
    conv = layers.Conv2D(2, 1, use_bias=False)
    net = keras.Sequential(
        [
            keras.Input((None, None, 3)),
            layers.SpectralNormalization(conv),
            layers.BatchNormalization(),
        ]
    )
    before = [w.copy() for w in net.layers[0].get_weights()]
    data = batches()
    refresh_batch_statistics(net, data)
    for old, new in zip(before, net.layers[0].get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    kernel = conv.get_weights()[0][0, 0].astype(float)
    seen = np.concatenate(data).astype(float) @ kernel
    _, _, mean, variance = net.layers[1].get_weights()
    np.testing.assert_allclose(mean, seen.mean((0, 1, 2)), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(variance, seen.var((0, 1, 2)), rtol=1e-5)


def test_segnet_basic_scores_alike_in_both_modes_afterwards():
    """With one batch, its own statistics are those of the data."""
    model = zoo.SegNetBasic((None, None, 3), 3, base_filters=4)
    images = np.random.default_rng(1).random((2, 16, 24, 3)).astype("float32")
    refresh_batch_statistics(model, [images])
    modes = [model(images, training=mode) for mode in (False, True)]
    np.testing.assert_allclose(*map(keras.ops.convert_to_numpy, modes), atol=1e-4)


def test_an_error_leaves_the_statistics_as_they_were():
    model = net()
    before = model.get_layer("bn1").get_weights()
    bad = [batches()[0], np.zeros((2, 9, 8, 5), "float32")]
    with pytest.raises(ValueError):
        refresh_batch_statistics(model, bad)
    for old, new in zip(before, model.get_layer("bn1").get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_nothing_to_refresh_is_refused():
    plain = keras.Sequential([keras.Input((2,)), layers.Dense(1)])
    with pytest.raises(ArgumentError, match="no BatchNormalization"):
        refresh_batch_statistics(plain, batches())
    with pytest.raises(ArgumentError, match="no batch"):
        refresh_batch_statistics(net(), [])
