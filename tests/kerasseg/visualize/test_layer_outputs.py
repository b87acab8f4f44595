import keras
import numpy as np
import pytest
from keras import layers

from kerasseg.errors import ArgumentError
from kerasseg.visualize.layer_outputs import layer_outputs, route_to


def nested_model():
    """A trunk in a trunk, behind an augmentation, with a shared layer and a head."""
    keras.utils.set_random_seed(1)
    inner = keras.Sequential(
        [
            keras.Input((None, None, 4)),
            layers.Conv2D(5, 3, activation="relu", name="conv"),
            layers.BatchNormalization(name="norm"),
        ],
        name="inner",
    )
    image = keras.Input((None, None, 1))
    shared = layers.Activation("tanh", name="shared")
    x = layers.RandomFlip(name="flip")(image)
    x = layers.Conv2D(4, 3, name="conv")(x)
    x = shared(inner(layers.Dropout(0.5)(shared(x)) * 2.0))
    outer = keras.Model(image, x, name="outer")
    image = keras.Input((12, 14, 1))
    x = layers.GlobalAveragePooling2D(name="gap")(outer(image))
    return keras.Model(image, layers.Dense(3, name="scores")(x))


IMAGES = np.random.default_rng(0).normal(size=(2, 12, 14, 1)).astype("float32")


def output_of(model, layer, images=IMAGES):
    return layer_outputs(route_to(model, layer, images.shape[1:3]), images)


def test_the_last_layer_puts_out_what_prediction_gives():
    model = nested_model()
    expected = np.asarray(keras.ops.convert_to_numpy(model.predict_on_batch(IMAGES)))
    np.testing.assert_allclose(output_of(model, "scores"), expected, rtol=1e-5)


def test_layers_deep_inside_follow_the_formula_of_the_net():
    model = nested_model()
    outer = model.get_layer("outer")
    first = np.asarray(output_of(model, "outer/conv"))
    kernel, bias = map(np.asarray, outer.get_layer("conv").get_weights())
    windows = np.lib.stride_tricks.sliding_window_view(IMAGES[..., 0], (3, 3), (1, 2))
    expected = np.einsum("brcyx,yxo->brco", windows, kernel[:, :, 0]) + bias
    np.testing.assert_allclose(first, expected, rtol=1e-5, atol=1e-6)
    # A shared layer shows its first call.
    np.testing.assert_allclose(output_of(model, "shared"), np.tanh(first), rtol=1e-5)
    # The inner convolution, by its path: on the doubled tanh, without dropout.
    kernel, bias = map(np.asarray, outer.get_layer("inner").layers[0].get_weights())
    maps = 2 * np.tanh(first)
    windows = np.lib.stride_tricks.sliding_window_view(maps, (3, 3), (1, 2))
    expected = np.einsum("brciyx,yxio->brco", windows, kernel) + bias
    inner = output_of(model, "outer/inner/conv")
    np.testing.assert_allclose(inner, np.maximum(expected, 0), rtol=1e-4, atol=1e-5)
    layer = outer.get_layer("inner").layers[0]
    np.testing.assert_array_equal(output_of(model, layer), inner)


def test_by_default_the_last_map_is_meant():
    assert route_to(nested_model(), None).path == "outer/shared"


def test_what_stands_behind_the_layer_never_runs_so_the_image_may_be_larger():
    model = keras.Sequential(
        [
            keras.Input((6, 6, 1)),
            layers.Conv2D(2, 3, name="conv"),
            layers.Flatten(),
            layers.Dense(2, name="dense"),
        ]
    )
    route = route_to(model, "conv", (12, 14))
    assert len(route.calls) == 1
    maps = layer_outputs(route, IMAGES)
    assert maps.shape == (2, 10, 12, 2)
    crops = keras.ops.convert_to_numpy(model.layers[0](IMAGES[:, 3:9, 5:11]))
    np.testing.assert_allclose(maps[:, 3:7, 5:9], crops, rtol=1e-5, atol=1e-6)
    with pytest.raises(ArgumentError, match=r"'dense' cannot take.*of 12×14"):
        output_of(model, "dense")


def test_the_model_stays_as_it_was():
    model = nested_model()
    before, nodes = model.get_config(), len(model.get_layer("outer")._inbound_nodes)
    output_of(model, "shared")
    assert model.get_config() == before
    assert len(model.get_layer("outer")._inbound_nodes) == nodes


def test_numbers_of_half_precision_come_out_as_float32():
    model = keras.Sequential(
        [keras.Input((4, 4, 1)), layers.Conv2D(2, 3, dtype="mixed_float16", name="c")]
    )
    assert output_of(model, "c", IMAGES[:, :4, :4]).dtype == np.float32


def two_inputs():
    pair = [keras.Input((4, 4, 1)), keras.Input((4, 4, 1))]
    return keras.Model(pair, layers.Add()(pair))


def channels_first():
    shape = keras.Input((1, 4, 4))
    x = layers.AveragePooling2D(2, data_format="channels_first", name="pool")(shape)
    return keras.Model(shape, x)


@pytest.mark.parametrize(
    ("model", "layer", "message"),
    [
        (nested_model, "nothing", r"no layer 'nothing'.*outer/inner/conv"),
        (nested_model, "conv", r"several layers 'conv': outer/conv, outer/inner/conv"),
        (nested_model, layers.ReLU(name="mine"), "no layer 'mine'"),
        (two_inputs, "add", "must take one image"),
        (channels_first, "pool", "'pool' has its channels first"),
    ],
)
def test_refusals_name_the_layer(model, layer, message):
    with pytest.raises(ArgumentError, match=message):
        route_to(model(), layer)


def test_numbers_that_are_not_finite_are_refused():
    images = IMAGES.copy()
    images[0, 0, 0] = np.nan
    with pytest.raises(ArgumentError, match=r"'outer/conv'.* not finite"):
        output_of(nested_model(), "outer/conv", images)
