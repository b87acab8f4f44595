"""Oracle: PyTorch's `interpolate`."""

import keras
import numpy as np
import pytest
from checks.examples import examples
from checks.exports import check_exports
from checks.layers import check_layer
from hypothesis import given
from hypothesis import strategies as st

from kerasseg.errors import ArgumentError
from kerasseg.layers import Resize2D

KINDS = [
    {},
    {"align_corners": True},
    {"interpolation": "nearest"},
]
WAYS = {
    "twice": {"scale": 2},
    "by a fraction": {"scale": (0.5, 1.7)},
    "to a size": {"size": (5, 9)},
    "to a pixel": {"size": (1, 1)},
}


def random(*shape):
    return np.random.default_rng(0).normal(size=shape).astype("float32")


def resized(x, **arguments):
    return keras.ops.convert_to_numpy(Resize2D(**arguments)(x))


def by_torch(x, size, interpolation="bilinear", align_corners=False):
    torch = pytest.importorskip("torch")
    nearest = interpolation == "nearest"
    y = torch.nn.functional.interpolate(
        torch.as_tensor(x).permute(0, 3, 1, 2),
        size=size,
        mode="nearest-exact" if nearest else "bilinear",
        align_corners=None if nearest else align_corners,
    )
    return y.permute(0, 2, 3, 1)


@pytest.mark.parametrize(
    ("kind", "way"), [(0, "twice"), (1, "by a fraction"), (2, "to a size")]
)
def test_is_a_good_layer(kind, way, fresh_process):
    arguments = WAYS[way] | KINDS[kind]
    check_layer(Resize2D, arguments, (2, 7, 6, 3), fresh_process=fresh_process)


@pytest.mark.parametrize("kind", KINDS)
def test_is_a_good_layer_like_another_map(kind, fresh_process):
    inputs = [random(2, 5, 4, 3), random(2, 8, 3, 1)]
    check_layer(Resize2D, kind, inputs=inputs, fresh_process=fresh_process)


def by_hand(x, size, **kind):
    """In float64, from the centres of the squares."""
    axes = [
        axis_by_hand(old, new, **kind)
        for old, new in zip(x.shape[1:3], size, strict=True)
    ]
    return np.einsum("ho,wp,bopc->bhwc", *axes, x.astype("float64"))


def axis_by_hand(old, new, interpolation="bilinear", align_corners=False):
    """The share that each old place has in each new one, `(new, old)`."""
    if align_corners:
        at = np.arange(new) * (old - 1) / max(new - 1, 1)
    else:
        at = (np.arange(new) + 0.5) * old / new - 0.5
    if interpolation == "nearest":
        at = np.floor(at + 0.5)  # between two places, the later
    distance = np.clip(at, 0, old - 1)[:, None] - np.arange(old)
    return np.maximum(1 - np.abs(distance), 0)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("old", "new"), [((7, 5), (14, 13)), ((9, 8), (4, 3)), ((1, 2), (50, 25))]
)
def test_equals_the_formula(kind, old, new):
    x = random(2, *old, 3)
    expected = by_hand(x, new, **kind)
    np.testing.assert_allclose(
        resized(x, size=new, **kind), expected, rtol=1e-5, atol=2e-6
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("old", "new"), [((7, 5), (14, 13)), ((9, 8), (4, 3)), ((1, 2), (50, 25))]
)
def test_learns_by_the_gradient_of_the_formula(kind, old, new):
    class Weights(keras.layers.Layer):
        def build(self, shape):
            self.map = self.add_weight(shape=shape[1:], initializer="zeros")

        def call(self, x):
            return x + self.map

    image = keras.Input((*old, 1))
    model = keras.Model(image, Resize2D(size=new, **kind)(Weights()(image)))
    compiles = keras.backend.backend() != "torch"
    model.compile(keras.optimizers.SGD(1.0), "mse", jit_compile=compiles)
    target = random(1, *new, 1)
    model.train_on_batch(np.zeros((1, *old, 1), "float32"), target)
    (learned,) = model.get_weights()
    rows, columns = (axis_by_hand(n, m, **kind) for n, m in zip(old, new, strict=True))
    wanted = rows.T @ target[0, ..., 0] @ columns * 2 / target.size
    np.testing.assert_allclose(learned[..., 0], wanted, rtol=1e-5, atol=1e-6)


@examples(40)
@given(
    old=st.tuples(st.integers(1, 12), st.integers(1, 12)),
    new=st.tuples(st.integers(1, 30), st.integers(1, 30)),
    kind=st.sampled_from(KINDS),
)
def test_equals_pytorch(old, new, kind):
    x = random(2, *old, 3)
    expected = by_torch(x, new, **kind)
    np.testing.assert_allclose(
        resized(x, size=new, **kind), expected, rtol=1e-5, atol=2e-6
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("way", list(WAYS.values())[1:], ids=list(WAYS)[1:])
def test_exports_with_unknown_sizes(kind, way):
    check_exports(Resize2D(**way, **kind), [random(1, 7, 6, 3)], [random(2, 5, 1, 3)])


@pytest.mark.parametrize("kind", KINDS)
def test_exports_like_another_map(kind):
    first = [random(1, 5, 4, 3), random(1, 8, 3, 1)]
    second = [random(2, 1, 6, 3), random(2, 7, 9, 1)]
    check_exports(Resize2D(**kind), first, second)


@pytest.mark.parametrize("kind", KINDS)
def test_compiled_is_what_runs_plainly(kind, tensorflow):
    """TensorFlow's own bilinear kernel is wrong under XLA where corners align."""
    layer = Resize2D(size=(33, 29), **kind)
    compiled = tensorflow.function(layer, jit_compile=True)
    x = random(2, 7, 9, 3)
    np.testing.assert_allclose(compiled(x), layer(x), rtol=1e-5, atol=5e-6)


def test_centres_between_two_pixels_round_alike(tensorflow):
    for old, new in [(2, 41), (4, 47), (6, 37), (8, 55), (3, 9)]:
        x = np.arange(old, dtype="float32").reshape(1, 1, old, 1)
        layer = Resize2D(size=(1, new), interpolation="nearest")
        compiled = tensorflow.function(layer, jit_compile=True)
        np.testing.assert_array_equal(layer(x), by_torch(x, (1, new), "nearest"))
        np.testing.assert_array_equal(compiled(x), layer(x))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("sizes", [((7, 5), (14, 13)), ((9, 8), (4, 3)), ((1, 2), 50)])
@pytest.mark.parametrize("jit_compile", [False, True])
def test_gradient_equals_pytorch(kind, sizes, jit_compile, tensorflow):
    torch = pytest.importorskip("torch")
    old, new = sizes
    new = new if isinstance(new, tuple) else (new, new)
    x, upstream = random(2, *old, 3), random(2, *new, 3)

    @tensorflow.function(jit_compile=jit_compile)
    def gradient(x):
        with tensorflow.GradientTape() as tape:
            tape.watch(x)
            y = Resize2D(size=new, **kind)(x)
        return tape.gradient(y, x, upstream)

    twin = torch.tensor(x, requires_grad=True)
    by_torch(twin, new, **kind).backward(torch.tensor(upstream))
    ours = gradient(tensorflow.constant(x))
    largest = np.abs(twin.grad).max()
    np.testing.assert_allclose(ours, twin.grad, rtol=1e-5, atol=1e-5 * float(largest))


@pytest.mark.parametrize(
    ("scale", "old", "new"),
    [(1 / 3, 9, 3), (0.29, 100, 29), (0.7, 10, 7), (1.5, 5, 7), (0.1, 3, 1)],
)
def test_a_scale_is_a_fraction(scale, old, new):
    told = Resize2D(scale=scale).compute_output_shape((None, old, None, 3))
    assert told == (None, new, None, 3)
    assert resized(random(1, old, 1, 3), scale=(scale, 2)).shape == (1, new, 2, 3)


def test_nearest_keeps_labels():
    labels = np.array([[0, 255], [3, 7]], "uint8")[None, ..., None]
    layer = Resize2D(scale=2, interpolation="nearest")
    symbol = layer(keras.Input((2, 2, 1), dtype="uint8"))
    result = layer(labels)
    assert keras.backend.standardize_dtype(result.dtype) == symbol.dtype == "uint8"
    wanted = labels.repeat(2, axis=1).repeat(2, axis=2)
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(result), wanted)


@pytest.mark.parametrize("dtype", ["bool", "int8", "int32", "int64", "uint16"])
def test_nearest_keeps_integers_of_any_type(dtype):
    x = np.random.default_rng(0).integers(0, 120, (2, 5, 6, 2)).astype(dtype)
    x = keras.ops.convert_to_tensor(x)  # not every backend has every type
    y = Resize2D(size=(8, 4), interpolation="nearest")(x)
    assert y.dtype == x.dtype
    rows, columns = (
        ((np.arange(new) + 0.5) * old / new).astype(int)
        for new, old in ((8, 5), (4, 6))
    )
    wanted = keras.ops.convert_to_numpy(x)[:, rows][:, :, columns]
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(y), wanted)


def test_half_floats_come_back_as_they_went_in():
    x = random(1, 3, 3, 2).astype("float16")
    result = Resize2D(scale=2, dtype="float16")(x)
    assert keras.backend.standardize_dtype(result.dtype) == "float16"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"scale": 0}, "scale must be"),
        ({"scale": (1, 2, 3)}, "scale must be"),
        ({"scale": "2"}, "scale must be"),
        ({"size": 4}, "size must be"),
        ({"size": (4, 0)}, "size must be"),
        ({"size": (4, 2), "scale": 2}, "not both"),
        ({"interpolation": "bicubic"}, "interpolation must be"),
        ({"interpolation": "nearest", "align_corners": True}, "align_corners"),
    ],
)
def test_wrong_arguments_are_refused(wrong, message):
    with pytest.raises(ArgumentError, match=message):
        Resize2D(**wrong)


def test_wrong_calls_are_refused():
    x = random(1, 2, 2, 1)
    for layer, inputs in [
        (Resize2D(), x),
        (Resize2D(), [x, x, x]),
        (Resize2D(scale=2), [x, x]),
    ]:
        with pytest.raises(ArgumentError, match="call it with one map"):
            layer(inputs)
    with pytest.raises(ArgumentError, match="a map is"):
        Resize2D(scale=2)(x[0])
