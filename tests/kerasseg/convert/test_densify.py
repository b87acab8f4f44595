import keras
import pytest
from checks.exactness import (
    check_native,
    images_for,
    randomise,
    relative_difference,
)
from checks.saved_model import check_same_bits_elsewhere
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import layers

import kerasseg
import zoo
from kerasseg.errors import ArgumentError, ConversionError
from kerasseg.inference import predict_shift_and_stitch, predict_sliding

TRUNKS = {
    "pools": lambda: [
        layers.Conv2D(3, 3, activation="relu"),
        layers.MaxPooling2D(2),
        layers.Conv2D(4, 3, activation="tanh"),
        layers.AveragePooling2D(3, 2),
        layers.Conv2D(4, 2),
    ],
    "strided convolutions": lambda: [
        layers.Conv2D(3, 3, strides=2, activation="relu"),
        layers.DepthwiseConv2D(3, strides=2),
        layers.SeparableConv2D(4, 2, activation="relu"),
    ],
    "unequal strides and dilations": lambda: [
        layers.Conv2D(3, 3, strides=(1, 3)),
        layers.MaxPooling2D((3, 2), (2, 1)),
        layers.Conv2D(3, 2, dilation_rate=2),
        layers.MaxPooling2D(2, (2, 1)),
    ],
    "cropped": lambda: [
        layers.MaxPooling2D(2),
        layers.Cropping2D(((1, 0), (0, 2))),
        layers.Conv2D(3, 3, strides=2),
        layers.BatchNormalization(),
    ],
}
# What a stride and a dilation at once needs: a pool of 3 in front of a stride of 2.
AT_ONCE = {
    "strided convolution": lambda: [
        layers.MaxPooling2D(3),
        layers.Conv2D(3, 2, strides=2, activation="relu", name="both"),
        layers.Conv2D(3, 2),
    ],
    "strided depthwise": lambda: [
        layers.AveragePooling2D(3),
        layers.DepthwiseConv2D(2, strides=2, activation="relu"),
        layers.Conv2D(2, 1),
    ],
    "strided separable": lambda: [
        layers.Conv2D(3, 3, strides=3),
        layers.SeparableConv2D(4, 2, strides=2, padding="valid"),
    ],
    "one after the other": lambda: [
        layers.Conv2D(3, 2, strides=3),
        layers.Conv2D(3, 2, strides=(2, 1), activation="tanh"),
        layers.MaxPooling2D(2, (1, 2)),
    ],
}
HEADS = {
    "dense": lambda: [layers.Flatten(), layers.Dense(3, activation="softmax")],
    "normalised": lambda: [
        layers.Flatten(),
        layers.LayerNormalization(),
        layers.Dense(3),
    ],
    "mean": lambda: [layers.GlobalAveragePooling2D(), layers.Dense(3)],
    "maximum": lambda: [layers.GlobalMaxPooling2D(), layers.Dense(3)],
}


def classifier(trunk, head, size=(22, 20)):
    return randomise(keras.Sequential([keras.Input((*size, 2)), *trunk(), *head()]))


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


PADDED = st.lists(
    st.tuples(
        st.sampled_from(["conv", "max", "mean", "zeros"]),
        st.integers(1, 4),
        st.integers(1, 2),
        st.sampled_from(["same", "valid"]),
    ),
    min_size=1,
    max_size=4,
)


def layer(kind, size, stride, padding):
    if kind == "zeros":
        return layers.ZeroPadding2D(((size, 0), (1, stride)))
    if kind == "conv":
        return layers.Conv2D(3, size, strides=stride, padding=padding)
    pooling = layers.MaxPooling2D if kind == "max" else layers.AveragePooling2D
    return pooling(size, stride, padding)


@settings(max_examples=30, deadline=None)
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


def two_heads(joined):
    """One head on a map of stride 2, one on a map of stride 4; or both in one."""
    image = keras.Input((16, 18, 2))
    fine = layers.Conv2D(4, 3, strides=2, activation="relu")(image)
    coarse = layers.Conv2D(3, 2)(layers.MaxPooling2D(2)(fine))
    pooled = [
        layers.GlobalAveragePooling2D()(fine),
        layers.GlobalMaxPooling2D()(coarse),
    ]
    if joined:
        scores = layers.Dense(3)(layers.Concatenate(name="join")(pooled))
    else:
        scores = [layers.Dense(3)(x) for x in pooled]
    return randomise(keras.Model(image, scores))


def check_every_head(model, wanted, strides):
    fcn = kerasseg.convert_to_fcn(model, output_stride=wanted)
    image = images_for(model, 1, (25, 24))[0]
    heads = zip(model.outputs, fcn.outputs, strides, strict=True)
    for old, new, stride in heads:
        dense, head = keras.Model(fcn.inputs, new), keras.Model(model.inputs, old)
        assert kerasseg.receptive_field(dense).stride == (stride, stride)
        expected = predict_sliding(head, image, stride)
        actual = dense.predict_on_batch(image[None])[0]
        rows, columns = expected.shape[:2]
        assert relative_difference(actual[:rows, :columns], expected) <= 1e-5


@pytest.mark.parametrize(
    ("wanted", "strides"), [(1, (1, 1)), (2, (2, 2)), (4, (2, 4)), (None, (2, 4))]
)
def test_heads_at_different_strides(wanted, strides):
    check_every_head(two_heads(joined=False), wanted, strides)


@pytest.mark.parametrize("wanted", [1, 2])
def test_heads_at_different_strides_that_are_joined(wanted):
    check_every_head(two_heads(joined=True), wanted, [wanted])


@pytest.mark.parametrize("wanted", [None, 4])
def test_joined_heads_at_different_strides_need_one_for_both(wanted):
    with pytest.raises(ConversionError, match=r"'join'.*Pass output_stride=\(2, 2\)"):
        kerasseg.convert_to_fcn(two_heads(joined=True), output_stride=wanted)


@pytest.mark.parametrize("wanted", [None, 1])
def test_maps_that_stand_at_different_strides_are_never_joined(wanted):
    """At stride 1 they meet, but each cell with another than in the classifier."""
    image = keras.Input((8, 8, 2))
    maps = [layers.Cropping2D(2)(image), layers.MaxPooling2D(2)(image)]
    x = layers.Flatten()(layers.Concatenate(name="join")(maps))
    model = keras.Model(image, layers.Dense(3)(x))
    with pytest.raises(ConversionError, match=r"'join'.*\(1, 1\) and \(2, 2\)"):
        kerasseg.convert_to_fcn(model, output_stride=wanted)


@pytest.mark.parametrize("wanted", [8, 3])
def test_a_stride_that_no_head_has_is_refused(wanted):
    with pytest.raises(ArgumentError, match="which is 2 and 4 pixels down"):
        kerasseg.convert_to_fcn(two_heads(joined=False), output_stride=wanted)


@pytest.mark.parametrize("wanted", [0, -1, 1.5, (1, 2, 3)])
def test_wrong_strides_are_refused(wanted):
    with pytest.raises(ArgumentError, match="output_stride"):
        kerasseg.convert_to_fcn(zoo.LeNet5(), output_stride=wanted)


@pytest.mark.parametrize("wanted", [3, 8])
def test_strides_that_cannot_be_reached_are_refused(wanted):
    with pytest.raises(ArgumentError, match="own stride, which is 4 pixels"):
        kerasseg.convert_to_fcn(zoo.LeNet5(), output_stride=wanted)


def test_squeeze_and_excite_is_refused():
    image = keras.Input((8, 8, 2))
    gate = layers.GlobalAveragePooling2D(keepdims=True, name="squeeze")(image)
    x = layers.Conv2D(2, 3, strides=2)(layers.Multiply()([image, gate]))
    model = keras.Model(image, layers.Dense(2)(layers.GlobalAveragePooling2D()(x)))
    with pytest.raises(ConversionError, match=r"'squeeze'.*output_stride"):
        kerasseg.convert_to_fcn(model, output_stride=1)


def _length_after(specs, length):
    """Rows that a trunk without padding leaves; below 1 there is no such trunk."""
    for _, kernel_size, stride, _ in specs:
        length = (length - kernel_size) // stride + 1
    return length


VALID = st.lists(
    st.tuples(
        st.sampled_from(["conv", "max", "mean"]),
        st.integers(1, 4),
        st.integers(1, 2),
        st.just("valid"),
    ),
    min_size=1,
    max_size=4,
).filter(lambda specs: _length_after(specs, 38) >= 1)


@settings(max_examples=20, deadline=None)
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
