import keras
import pytest
from checks.dense_classifiers import (
    AT_ONCE,
    HEADS,
    PADDED,
    TRUNKS,
    VALID,
    classifier,
    layer,
)
from checks.exactness import (
    check_native,
    images_for,
    randomise,
    relative_difference,
)
from checks.examples import examples
from checks.saved_model import check_same_bits_elsewhere
from hypothesis import given
from hypothesis import strategies as st
from keras import layers

import kerasseg
import zoo
from kerasseg.errors import ConversionError
from kerasseg.inference import predict_shift_and_stitch, predict_sliding


@pytest.mark.parametrize("trunk", TRUNKS.values(), ids=TRUNKS)
@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
def test_every_stride_equals_the_sliding_window(trunk, head):
    model = classifier(trunk, head)
    native = kerasseg.receptive_field(model).stride
    image = images_for(model, 1, (29, 28))[0]
    for wanted in {(1, 1), (2, 1), native}:
        fcn = kerasseg.convert_to_fcn(model, output_stride=wanted)
        assert kerasseg.receptive_field(fcn).stride == wanted
        actual = fcn.predict_on_batch(image[None])[0]
        expected = predict_sliding(model, image, stride=wanted)
        # A window that a stride or a crop leaves unread at its end needs less room.
        rows, columns = expected.shape[:2]
        assert actual.shape[0] >= rows
        assert actual.shape[1] >= columns
        assert relative_difference(actual[:rows, :columns], expected) <= 1e-5
        check_native_cell(model, fcn)


@pytest.mark.parametrize("trunk", AT_ONCE.values(), ids=AT_ONCE)
@pytest.mark.parametrize("wanted", [1, 2, (2, 1), (1, 2), 3, (2, 3), (3, 6), 6])
def test_a_stride_that_stays_behind_one_that_goes(trunk, wanted):
    model = classifier(trunk, HEADS["dense"])
    image = images_for(model, 1, (32, 29))[0]
    fcn = kerasseg.convert_to_fcn(model, output_stride=wanted)
    field = kerasseg.receptive_field(fcn)
    expected = predict_sliding(model, image, stride=field.stride)
    assert field.stride == (wanted if isinstance(wanted, tuple) else (wanted, wanted))
    actual = fcn.predict_on_batch(image[None])[0]
    rows, columns = expected.shape[:2]
    assert relative_difference(actual[:rows, :columns], expected) <= 1e-5
    check_native_cell(model, fcn)


def test_only_what_needs_it_computes_cells_that_are_left_out():
    model = classifier(AT_ONCE["strided convolution"], HEADS["dense"])
    names = {
        wanted: [
            layer.name
            for layer in kerasseg.convert_to_fcn(model, output_stride=wanted).layers
        ]
        for wanted in (1, 2, 3, 6)
    }
    assert [w for w in names if "both_stride" in names[w]] == [2]


def check_native_cell(model, fcn):
    images = images_for(model)
    actual = fcn.predict_on_batch(images)[:, 0, 0]
    assert relative_difference(actual, model.predict_on_batch(images)) <= 1e-6


def test_lenet5_pixel_by_pixel():
    model = randomise(zoo.LeNet5())
    fcn = kerasseg.convert_to_fcn(model, output_stride=1)
    check_native(model, fcn)
    image = images_for(model, 1, (41, 38))[0]
    expected = predict_sliding(model, image, stride=1)
    actual = fcn.predict_on_batch(image[None])[0]
    assert actual.shape == expected.shape == (10, 7, 10)
    assert relative_difference(actual, expected) <= 1e-5


@examples(30)
@given(specs=PADDED, more=st.tuples(st.integers(0, 2), st.integers(0, 2)))
def test_padded_trunks_keep_the_cells_of_the_native_stride(specs, more):
    """The definition of what is equal where layers pad (see `densify`)."""
    size = (64, 61)
    trunk = [layer(*spec) for spec in specs]
    model = classifier(lambda: trunk, HEADS["mean"], size)
    coarse = kerasseg.convert_to_fcn(model)
    dense = kerasseg.convert_to_fcn(model, output_stride=1)
    stride = kerasseg.receptive_field(model).stride
    larger = tuple(n + s * m for n, s, m in zip(size, stride, more, strict=True))
    image = images_for(model, 1, larger)
    expected = coarse.predict_on_batch(image)
    actual = dense.predict_on_batch(image)[:, :: stride[0], :: stride[1]]
    rows, columns = expected.shape[1:3]
    assert relative_difference(actual[:, :rows, :columns], expected) <= 1e-5


@pytest.mark.skipif(keras.backend.backend() != "torch", reason="Keras is right there")
def test_averages_that_keras_pads_by_copies_are_refused():
    pooling = [layers.MaxPooling2D(2), layers.AveragePooling2D(3, 2, padding="same")]
    model = classifier(lambda: pooling, HEADS["mean"], (16, 16))
    with pytest.raises(ConversionError, match="counts copies of the border"):
        kerasseg.convert_to_fcn(model, output_stride=1)
    kerasseg.convert_to_fcn(model)  # as it stands it stays right


def test_residual_branches():
    image = keras.Input((20, 20, 2))
    x = layers.Conv2D(4, 3, padding="same", activation="relu")(image)
    for _ in range(2):
        short = layers.Conv2D(4, 1, strides=2)(x)
        long = layers.Conv2D(4, 3, strides=2, padding="same", activation="relu")(x)
        long = layers.Conv2D(4, 3, padding="same")(long)
        x = layers.ReLU()(layers.Add()([short, long]))
    scores = layers.Dense(3)(layers.GlobalAveragePooling2D()(x))
    model = randomise(keras.Model(image, scores))
    coarse = kerasseg.convert_to_fcn(model)
    image = images_for(model, 1, (28, 36))
    expected = coarse.predict_on_batch(image)
    for wanted in (1, 2):
        dense = kerasseg.convert_to_fcn(model, output_stride=wanted)
        actual = dense.predict_on_batch(image)[:, :: 4 // wanted, :: 4 // wanted]
        rows, columns = expected.shape[1:3]
        assert relative_difference(actual[:, :rows, :columns], expected) <= 1e-5


def test_activation_maps_and_same_padding():
    model = classifier(TRUNKS["pools"], HEADS["mean"])
    cam = kerasseg.convert_to_fcn(model, output_stride=1, global_pooling="cam")
    coarse = kerasseg.convert_to_fcn(model, global_pooling="cam")
    image = images_for(model, 1, (30, 30))
    expected = coarse.predict_on_batch(image)
    actual = cam.predict_on_batch(image)[:, ::4, ::4]
    assert (
        relative_difference(
            actual[:, : expected.shape[1], : expected.shape[2]], expected
        )
        <= 1e-5
    )
    same = kerasseg.convert_to_fcn(model, output_stride=1, padding="same")
    assert (
        same.predict_on_batch(image).shape[1:3]
        == cam.predict_on_batch(image).shape[1:3]
    )


@pytest.mark.slow_elsewhere
@examples(20)
@given(specs=VALID, head=st.sampled_from(list(HEADS)), more=st.integers(0, 5))
def test_three_ways_to_one_score_per_pixel_agree(specs, head, more):
    model = classifier(lambda: [layer(*spec) for spec in specs], HEADS[head], (41, 38))
    image = images_for(model, 1, (41 + more, 40))[0]
    expected = predict_sliding(model, image, stride=1)
    dense = kerasseg.convert_to_fcn(model, output_stride=1).predict_on_batch(
        image[None]
    )[0]
    stitched = predict_shift_and_stitch(kerasseg.convert_to_fcn(model), image)
    rows, columns = expected.shape[:2]
    for actual in (dense, stitched):
        assert relative_difference(actual[:rows, :columns], expected) <= 1e-5
    assert stitched.shape == dense.shape


def test_dilation_stands_only_where_a_window_needs_it():
    net = kerasseg.convert_to_fcn(
        classifier(
            lambda: [
                layers.MaxPooling2D(2),
                layers.Conv2D(3, 1),
                layers.Conv2D(3, (3, 1)),
            ],
            HEADS["dense"],
        ),
        output_stride=1,
    )
    kinds = [(type(x).__name__, x.dilation_rate) for x in net.layers[2:4]]
    assert kinds == [("Conv2D", (1, 1)), ("DilatedConv2D", (2, 1))]


def every_dilated_layer():
    """A dense net of all our layers: convolution, both poolings, unfolded windows."""
    trunk = [
        layers.Conv2D(4, 3, strides=2, activation="relu"),
        layers.Conv2D(4, 2),
        layers.MaxPooling2D(2),
        layers.AveragePooling2D(2),
    ]
    model = classifier(lambda: trunk, HEADS["normalised"])
    net = kerasseg.convert_to_fcn(model, output_stride=1)
    kinds = {type(layer).__name__ for layer in net.layers}
    assert kinds >= {
        "DilatedConv2D",
        "DilatedMaxPooling2D",
        "DilatedAveragePooling2D",
        "UnfoldWindows2D",
    }
    return net


def test_a_dense_net_gives_the_same_bits_in_a_fresh_process(tmp_path, fresh_process):
    net = every_dilated_layer()
    net.save(path := tmp_path / "dense.keras")
    image = images_for(net, 1, (29, 31))
    check_same_bits_elsewhere(net, path, [image], fresh_process)


def test_a_dense_net_as_a_saved_model_needs_nothing_of_ours(tmp_path, tensorflow):
    net = every_dilated_layer()
    net.export(tmp_path / "dense", verbose=False)
    served = tensorflow.saved_model.load(tmp_path / "dense")
    for size in ((22, 20), (29, 31)):
        image = images_for(net, 2, size)
        expected = net.predict_on_batch(image)
        assert relative_difference(served.serve(image), expected) <= 1e-6
