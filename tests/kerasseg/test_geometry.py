import keras
import numpy as np
import pytest
from checks.seen_pixels import make_monotone, seen_boxes
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import layers

import kerasseg
import zoo
from kerasseg.errors import ArgumentError, GeometryError
from kerasseg.geometry import output_fields, padded_layers
from kerasseg.layers import CheckSize2D, MaxPoolingWithIndices2D, PadToMultiple2D


def sequential(*stack, size=(None, None)):
    return keras.Sequential([keras.Input((*size, 1)), *stack])


@pytest.mark.parametrize(
    ("layer", "size", "stride"),
    # Sizes by the recurrence of Araujo et al. from the papers' layer tables.
    [("block5_pool", 212, 32), ("fc1", 404, 32), ("predictions", 404, 32)],
)
def test_vgg16_by_the_published_recurrence(layer, size, stride):
    model = keras.applications.VGG16(weights=None, classes=2)
    field = kerasseg.receptive_field(model, layer)
    assert (field.size, field.stride) == ((size, size), (stride, stride))
    assert field.offset == (-90, -90)


def test_alexnet_to_fc6():
    field = kerasseg.receptive_field(zoo.AlexNet(classes=2), "fc1")
    assert field.size == (355, 355)
    assert field.stride == (32, 32)


def test_resnet50_to_its_last_map_is_483_behind_seven_cells_of_pooling():
    # Araujo et al., table of networks: 483 for ResNet-50 to the last map.
    model = keras.applications.ResNet50(weights=None, classes=2)
    field = kerasseg.receptive_field(model, "conv5_block3_out")
    assert field.size == (483, 483)
    pooled = kerasseg.receptive_field(model)
    assert pooled.size == (483 + 6 * 32,) * 2


def test_lenet5_and_its_converted_net_have_the_same_geometry():
    model = zoo.LeNet5()
    field = kerasseg.receptive_field(model)
    assert field == kerasseg.receptive_field(kerasseg.convert_to_fcn(model))
    assert field.size == (32, 32)
    assert field.stride == (4, 4)
    assert field.offset == (0, 0)
    assert field.box(2, 3) == (8, 12, 40, 44)
    assert field.center(2, 3) == (24.0, 28.0)


def test_boxes_say_by_how_much_they_leave_the_image():
    field = kerasseg.receptive_field(
        sequential(layers.Conv2D(1, 5, padding="same"), layers.MaxPooling2D(2))
    )
    assert field.box(0, 0) == (-2, -2, 4, 4)
    assert field.outside(0, 0, (8, 8)) == (2, 2, 0, 0)
    assert field.outside(3, 3, (8, 8)) == (0, 0, 2, 2)
    assert field.outside(1, 1, (8, 8)) == (0, 0, 0, 0)


PAIR = st.tuples(st.integers(1, 3), st.integers(1, 3))
PADDING = st.sampled_from(["valid", "same"])
STRIDE = st.integers(1, 2)
# Layers are made inside the test: their names and seeds would disturb the drawing.
WINDOWED = st.one_of(
    st.tuples(
        st.just(layers.Conv2D),
        st.fixed_dictionaries(
            {"kernel_size": PAIR, "strides": STRIDE, "padding": PADDING}
        ),
    ),
    st.tuples(
        st.just(layers.Conv2D),
        st.fixed_dictionaries(
            {"kernel_size": PAIR, "dilation_rate": STRIDE, "padding": PADDING}
        ),
    ),
    st.tuples(
        st.sampled_from([layers.MaxPooling2D, layers.AveragePooling2D]),
        st.fixed_dictionaries(
            {"pool_size": PAIR, "strides": STRIDE, "padding": PADDING}
        ),
    ),
    st.just((layers.ZeroPadding2D, {"padding": ((1, 2), (0, 3))})),
    st.just((layers.Cropping2D, {"cropping": ((1, 0), (0, 2))})),
    st.tuples(
        st.just(layers.DepthwiseConv2D),
        st.fixed_dictionaries({"kernel_size": PAIR, "strides": STRIDE}),
    ),
)


def made(kind, arguments):
    return kind(**arguments, **({"filters": 1} if kind is layers.Conv2D else {}))


@settings(max_examples=25, deadline=None)
@given(stack=st.lists(WINDOWED, min_size=1, max_size=3), height=st.integers(38, 41))
def test_boxes_are_the_pixels_that_change_a_cell(stack, height):
    image_size = (height, 37)
    model = sequential(*(made(*spec) for spec in stack))
    make_monotone(model)
    field = kerasseg.receptive_field(model, image_size=image_size)
    seen = seen_boxes(model, image_size)
    for (row, column), box in seen.items():
        if box is not None:  # an inner border of zeros may hide what a cell could see
            expected = field.box(row, column)
            assert all(np.array(box[:2]) >= expected[:2])
            assert all(np.array(box[2:]) <= expected[2:])
    exact = list(seen)
    if padded_layers(model):
        rows, columns = max(seen)
        exact = [(rows // 2, columns // 2)]  # far from every border
    for cell in exact:
        assert seen[cell] == field.box(*cell)


def test_gradient_is_zero_outside_the_box_and_not_at_its_corners(tensorflow):
    model = sequential(
        layers.Conv2D(2, 5, strides=2, padding="same", activation="tanh"),
        layers.AveragePooling2D(2),
        layers.Conv2D(1, 3, dilation_rate=2),
    )
    image = tensorflow.random.normal((1, 40, 40, 1), seed=1)
    field = kerasseg.receptive_field(model, image_size=(40, 40))
    with tensorflow.GradientTape() as tape:
        tape.watch(image)
        cell = model(image)[0, 2, 3, 0]
    gradient = np.abs(tape.gradient(cell, image)[0, :, :, 0])
    top, left, bottom, right = field.box(2, 3)
    corners = gradient[[top, top, bottom - 1, bottom - 1], [left, right - 1] * 2]
    assert (corners > 0).all()
    gradient[top:bottom, left:right] = 0
    assert (gradient == 0).all()


def test_separable_convolutions():
    model = sequential(layers.SeparableConv2D(2, (3, 5), strides=2))
    field = kerasseg.receptive_field(model)
    assert (field.size, field.stride) == ((3, 5), (2, 2))


def test_branches_give_the_union():
    image = keras.Input((20, 20, 1))
    low = layers.Conv2D(1, 3, strides=2, padding="same")(image)
    high = layers.MaxPooling2D(2)(layers.Conv2D(1, 5, padding="same")(image))
    model = keras.Model(image, layers.Add()([low, high]))
    # The first box begins at 0 (TensorFlow pads 3x3/2 on an even size behind only).
    assert kerasseg.receptive_field(model).box(0, 0) == (-2, -2, 4, 4)
    make_monotone(model)
    assert seen_boxes(model, (20, 20))[4, 5] == (6, 8, 12, 14)


def test_branches_of_different_strides_are_refused_by_name():
    image = keras.Input((None, None, 1))
    a, b = layers.MaxPooling2D(2)(image), layers.MaxPooling2D(4)(image)
    a = layers.UpSampling2D(2)(a)
    model = keras.Model(image, layers.Concatenate(name="join")([a, b]))
    with pytest.raises(GeometryError, match=r"'join'.*strides \(1, 4 pixels\)"):
        kerasseg.receptive_field(model)


def test_size_open_or_divisible_gives_the_padding_of_divisible_sizes():
    model = sequential(layers.Conv2D(1, 3, strides=2, padding="same"))
    assert kerasseg.receptive_field(model).offset == (0, 0)
    assert kerasseg.receptive_field(model, image_size=(10, 11)).offset == (0, -1)


def test_pooling_that_is_multiplied_back_marks_the_whole_image():
    image = keras.Input((None, None, 1))
    x = layers.Conv2D(2, 3, strides=2)(image)
    gate = layers.GlobalAveragePooling2D(keepdims=True)(x)
    x = layers.Multiply()([x, layers.Conv2D(2, 1, activation="sigmoid")(gate)])
    field = kerasseg.receptive_field(keras.Model(image, x))
    assert field.whole_image
    assert (field.size, field.stride) == ((3, 3), (2, 2))


def test_every_output_has_a_field_of_its_own():
    image = keras.Input((None, None, 1))
    fine = layers.Conv2D(2, 3)(image)
    gate = layers.GlobalAveragePooling2D(keepdims=True)(fine)
    gated = layers.MaxPooling2D(2)(layers.Multiply()([fine, gate]))
    model = keras.Model(image, {"a": fine, "b": gated})
    first, second = output_fields(model)
    assert first == kerasseg.receptive_field(model)
    assert (second.size, second.stride) == ((4, 4), (2, 2))
    assert [first.whole_image, second.whole_image] == [False, True]


def test_global_pooling_needs_the_image_size():
    model = sequential(
        layers.Conv2D(1, 3), layers.GlobalMaxPooling2D(name="pool"), layers.Dense(2)
    )
    with pytest.raises(GeometryError, match="image_size"):
        kerasseg.receptive_field(model)
    assert kerasseg.receptive_field(model, image_size=(9, 12)).size == (9, 12)


@pytest.mark.parametrize(
    ("layer", "stride"),
    [
        (layers.UpSampling2D((2, 3)), (1, 2 / 3)),
        (layers.Conv2DTranspose(1, 4, strides=2, padding="same"), (1, 1)),
        (layers.Conv2DTranspose(1, 3, strides=2), (1, 1)),
    ],
)
def test_enlarged_maps_have_finer_strides_and_boxes_that_hold_what_is_seen(
    layer, stride
):
    model = sequential(layers.Conv2D(1, 3, strides=2), layer)
    make_monotone(model)
    field = kerasseg.receptive_field(model, image_size=(21, 21))
    assert field.stride == pytest.approx(stride)
    slacks = []
    for cell, box in seen_boxes(model, (21, 21)).items():
        expected = field.box(*cell)
        if box is not None:
            slack = np.array(box) - expected
            assert (slack[:2] >= -1e-9).all()
            assert (slack[2:] <= 1e-9).all()
            slacks.append(np.abs(slack))
    # Every side of the box is needed by some cell: it is no larger than it must be.
    assert np.min(slacks, axis=0) == pytest.approx(0)


def test_nested_and_shared_layers():
    conv = layers.Conv2D(1, 3, name="conv")
    inner = keras.Sequential([keras.Input((None, None, 1)), conv], name="inner")
    image = keras.Input((None, None, 1))
    model = keras.Model(image, inner(inner(image)))
    assert kerasseg.receptive_field(model).size == (5, 5)
    assert kerasseg.receptive_field(model, "inner/conv").size == (3, 3)
    assert kerasseg.receptive_field(model, conv).size == (3, 3)


def test_unknown_layers_are_refused_by_name():
    model = sequential(layers.Lambda(lambda x: x[:, ::2], name="mystery"))
    with pytest.raises(GeometryError, match=r"'mystery' \(Lambda\)") as caught:
        kerasseg.receptive_field(model)
    assert caught.value.layer == "mystery"


def test_a_subclass_of_a_known_layer_is_unknown():
    class Mirrored(layers.Conv2D):
        def call(self, inputs):
            return super().call(keras.ops.flip(inputs, axis=1))

    model = sequential(Mirrored(1, 3, name="mirrored"))
    with pytest.raises(GeometryError, match="mirrored"):
        kerasseg.receptive_field(model)


def test_wrong_arguments_are_refused():
    with pytest.raises(ArgumentError, match=r"no layer 'nowhere'.*conv"):
        kerasseg.receptive_field(
            sequential(layers.Conv2D(1, 3, name="conv")), "nowhere"
        )
    with pytest.raises(ArgumentError, match="not built"):
        kerasseg.receptive_field(keras.Sequential([layers.Dense(1)]))
    words = keras.Sequential([keras.Input((7,)), layers.Dense(1)])
    with pytest.raises(GeometryError, match="takes no image"):
        kerasseg.receptive_field(words)


def test_padded_layers_are_those_that_can_add_zeros():
    model = sequential(
        layers.Conv2D(1, 1, padding="same", name="point"),
        layers.ZeroPadding2D(1, name="zeros"),
        layers.Cropping2D(1, name="crop"),
        layers.MaxPooling2D(2, padding="same", name="pool"),
    )
    assert padded_layers(model) == ["zeros", "pool"]


def strip():
    image = keras.Input((12, 12, 1))
    wide = layers.Conv2D(1, (1, 12))(image)
    return keras.Model(image, layers.Multiply()([layers.Conv2D(1, 1)(image), wide]))


def stacked_below():
    image = keras.Input((12, 12, 1))
    return keras.Model(image, layers.Concatenate(axis=1)([image, image]))


@pytest.mark.parametrize(
    "build",
    [
        lambda: sequential(layers.UpSampling2D(2, interpolation="bilinear")),
        lambda: sequential(
            layers.LayerNormalization(axis=(1, 2, 3)), layers.ReLU(), size=(12, 12)
        ),
        lambda: sequential(layers.Softmax(axis=(1, 2)), size=(12, 12)),
        lambda: sequential(
            layers.Conv2DTranspose(1, 3, 2, padding="same", output_padding=0)
        ),
        stacked_below,
        strip,
    ],
)
def test_what_has_no_such_boxes_is_refused(build):
    with pytest.raises(GeometryError):
        kerasseg.receptive_field(build())


def test_several_layers_of_one_name_need_their_path():
    def part(name, size):
        return keras.Sequential([layers.Conv2D(1, size, name="conv")], name=name)

    image = keras.Input((None, None, 1))
    model = keras.Model(image, part("b", 5)(part("a", 3)(image)))
    assert kerasseg.receptive_field(model, "b/conv").size == (7, 7)
    with pytest.raises(ArgumentError, match=r"several layers 'conv': a/conv, b/conv"):
        kerasseg.receptive_field(model, "conv")


def channel_gate_by_convolution():
    """ECA-Net's gate: a convolution along the channels of the pooled vector."""
    image = keras.Input((9, 9, 3))
    x = layers.Conv2D(4, 3)(image)
    gate = layers.GlobalAveragePooling2D()(x)
    gate = layers.Reshape((4, 1))(gate)
    gate = layers.Conv1D(1, 3, padding="same", name="along")(gate)
    gate = layers.Reshape((1, 1, 4), name="gate")(gate)
    x = layers.MaxPooling2D(2, strides=1)(layers.Multiply()([x, gate]))
    return keras.Model(image, x)


def test_gates_may_give_other_shapes_to_what_they_pooled():
    model = channel_gate_by_convolution()
    field = kerasseg.receptive_field(model)
    assert (field.size, field.stride, field.offset) == ((4, 4), (1, 1), (0, 0))
    assert field.whole_image
    assert kerasseg.receptive_field(model, "gate").size == (9, 9)
    # By measuring: a far pixel reaches every cell, through the gate alone.
    model.set_weights([np.ones_like(w) for w in model.get_weights()])
    x = np.ones((2, 9, 9, 3), "float32")
    x[1, 8, 8] = 5
    near, far = model.predict_on_batch(x)[:, 0, 0]
    assert (near != far).all()


def test_cells_spread_from_a_pooled_map_have_no_place():
    model = channel_gate_by_convolution()
    with pytest.raises(GeometryError, match=r"'along' .* enlarges or rearranges"):
        kerasseg.receptive_field(model, "along")


@pytest.mark.parametrize(
    "stack",
    [
        lambda: [
            layers.Flatten(),
            layers.Dense(49),
            layers.Reshape((7, 7, 1), name="spread"),
        ],
        lambda: [layers.Flatten(), layers.Reshape((2, 50, 1), name="spread")],
        lambda: [layers.Reshape((5, 20, 1), name="spread"), layers.ReLU()],
        lambda: [layers.Reshape((20, 5), name="spread")],
        lambda: [layers.Permute((3, 1, 2), name="spread"), layers.ReLU()],
    ],
)
def test_maps_made_of_flat_numbers_have_no_boxes(stack):
    model = sequential(layers.Conv2D(1, 2, strides=2), *stack(), size=(20, 20))
    with pytest.raises(GeometryError, match=r"'spread' .* enlarges or rearranges"):
        kerasseg.receptive_field(model)


@pytest.mark.parametrize(
    ("stack", "size", "stride"),
    [
        (lambda: [layers.Flatten(), layers.Reshape((10, 10, 1))], 2, 2),
        (lambda: [layers.Reshape((100,)), layers.Reshape((1, 1, 100))], 20, 2),
        (lambda: [layers.Reshape((5, 20, 1)), layers.GlobalMaxPooling2D()], 20, 2),
        (lambda: [layers.Reshape((1, 100))], 20, 2),
        (lambda: [layers.Reshape((5, 20)), layers.Reshape((10, 10, 1))], 2, 2),
        (lambda: [layers.Permute((3, 1, 2)), layers.Flatten()], 20, 2),
    ],
)
def test_one_cell_and_the_map_of_before_keep_theirs(stack, size, stride):
    model = sequential(layers.Conv2D(1, 2, strides=2), *stack(), size=(20, 20))
    field = kerasseg.receptive_field(model)
    assert (field.size, field.stride) == ((size, size), (stride, stride))


def test_layers_of_ours_that_keep_places_and_pooling_with_indices():
    image = keras.Input((None, None, 3))
    x = PadToMultiple2D(8)(CheckSize2D(8, 8)(image))
    x = layers.Conv2D(4, 3, padding="same")(x)
    pooled, indices = MaxPoolingWithIndices2D(3, 2, padding="same")(x)
    plain = keras.Sequential(
        [
            keras.Input((None, None, 3)),
            layers.Conv2D(4, 3, padding="same"),
            layers.MaxPooling2D(3, 2, padding="same"),
        ]
    )
    wanted = kerasseg.receptive_field(plain)
    for output in (pooled, indices):
        assert kerasseg.receptive_field(keras.Model(image, output)) == wanted
    assert len(padded_layers(keras.Model(image, pooled))) == 2


def test_the_bottom_of_u_net_by_the_recurrence():
    # Two 3×3 convolutions at strides 1, 2, 4, 8 and 16, 2×2 poolings between them:
    # 1 + 4·(1 + 2 + 4 + 8 + 16) + (1 + 2 + 4 + 8). https://arxiv.org/abs/1505.04597
    model = zoo.UNet((572, 572, 1), 2, base_filters=1)
    bottom = [x for x in model.layers if isinstance(x, layers.Conv2D)][9]
    field = kerasseg.receptive_field(model, bottom.name)
    assert (field.size, field.stride) == ((140, 140), (16, 16))
