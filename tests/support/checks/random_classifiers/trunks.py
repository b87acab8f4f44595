"""Trunks: chains of steps on maps, none of which leaves a map without cells."""

from __future__ import annotations

from operator import gt

from checks.random_classifiers.recipe import Size, step
from hypothesis import strategies as st

ACTIVATIONS = st.sampled_from(
    ("linear", "relu", "tanh", "sigmoid", "elu", "gelu", "silu", "leaky_relu", "relu6")
)
SMALL = st.integers(1, 4)  # channels
JOINS = (
    *("Add", "Average", "Maximum", "Minimum", "Multiply", "Subtract"),
    *("ops.add", "ops.maximum", "ops.multiply"),
)
POINTWISE = [
    step("BatchNormalization"),
    step("BatchNormalization", axis=3, scale=False),
    step("LayerNormalization"),
    step("LayerNormalization", axis=[3]),
    step("RMSNormalization"),
    step("UnitNormalization"),
    step("PReLU", shared_axes=[1, 2]),
    step("LeakyReLU", negative_slope=0.2),
    step("ELU", alpha=0.7),
    step("Activation", activation="hard_sigmoid"),
    step("ReLU", max_value=1.0, negative_slope=0.1),
    step("Softmax"),
    step("SpatialDropout2D", rate=0.3),
    step("Dropout", rate=0.3),
    step("GaussianNoise", stddev=0.5),
    step("GaussianDropout", rate=0.3),
    step("Identity"),
    step("Rescaling", scale=2.0, offset=-0.5),
    step("Dense", units=3, activation="relu"),
    step("ops.relu"),
    step("ops.leaky_relu", negative_slope=0.3),
    step("ops.clip", x_min=-1.0, x_max=0.8),
    step("ops.softmax", axis=-1),
    step("affine", scale=1.7, offset=-0.2),
]


@st.composite
def trunks(draw, size, may_pad, most=4):
    """Draws `(steps, size)`: a trunk, and the size of the map it gives."""
    steps = []
    for _ in range(draw(st.integers(0, most))):
        part = draw(st.sampled_from(PARTS))
        made, size = part(draw, size, may_pad)
        steps += made
    return steps, size


def pointwise(draw, size, may_pad):
    """A step that keeps the places apart."""
    one = draw(st.sampled_from(POINTWISE))
    units = one.settings.get("units", size.channels)
    return [one], size._replace(channels=units)


def convolution(draw, size, may_pad):
    """Any convolution; its activation is its own, as in most nets."""
    kind = draw(st.sampled_from(["Conv2D", "Conv2D", "DepthwiseConv2D", "Separable"]))
    settings, places = window(draw, size, may_pad, "kernel_size", (1, 2, 3, 5))
    strides = settings["strides"]
    if kind != "Conv2D" and strides[0] != strides[1]:
        # TensorFlow's depthwise kernel knows only equal strides.
        return pooling(draw, size, may_pad)
    padded = settings["padding"] == "same"
    if padded and any(map(gt, strides, settings["kernel_size"])):
        # oneDNN's kernel then reads memory that nobody wrote, now and then, of maps as
        # small as its window: 2×2 with strides (1, 3) on 2×3 and one channel.
        return pooling(draw, size, may_pad)
    settings |= {"activation": draw(ACTIVATIONS), "use_bias": draw(st.booleans())}
    if kind == "DepthwiseConv2D":
        times = draw(st.integers(1, 2))
        return [step(kind, depth_multiplier=times, **settings)], Size(
            *places, size.channels * times
        )
    filters = draw(SMALL)
    if kind == "Separable":
        return [step("SeparableConv2D", filters=filters, **settings)], Size(
            *places, filters
        )
    groups = draw(st.sampled_from([1, 1, size.channels]))
    if groups > 1:
        settings["groups"] = groups
    made = step("Conv2D", filters=filters * groups, **settings)
    return [made], Size(*places, filters * groups)


def pooling(draw, size, may_pad):
    """Windows of 1, 2, 3 and 5, square or not, as far apart as they like."""
    kind = draw(st.sampled_from(["AveragePooling2D", "MaxPooling2D"]))
    lengths = (1, 2, 3, 5)
    settings, places = window(draw, size, may_pad, "pool_size", lengths, rates=[1])
    del settings["dilation_rate"]
    return [step(kind, **settings)], Size(*places, size.channels)


def window(draw, size, may_pad, name, lengths, rates=(1, 1, 2)):
    """The settings of a window that fits a map, and the places it leaves."""
    padding = draw(st.sampled_from(["valid", "same"])) if may_pad else "valid"
    kernel, strides = [], []
    for n in size.places:
        fitting = [k for k in lengths if padding == "same" or k <= n]
        kernel.append(draw(st.sampled_from(fitting)))
        strides.append(draw(st.sampled_from([s for s in (1, 1, 2, 3) if s <= n])))
    rate = draw(st.sampled_from(rates)) if max(strides) == 1 else 1
    spans = [(k - 1) * rate + 1 for k in kernel]
    if padding == "valid" and any(
        s > n for s, n in zip(spans, size.places, strict=True)
    ):
        rate, spans = 1, kernel
    settings = {
        name: tuple(kernel),
        "strides": tuple(strides),
        "dilation_rate": rate,
        "padding": padding,
    }
    if padding == "same":
        after = [-(-n // s) for n, s in zip(size.places, strides, strict=True)]
    else:
        triples = zip(size.places, spans, strides, strict=True)
        after = [(n - k) // s + 1 for n, k, s in triples]
    return settings, after


def border(draw, size, may_pad):
    """Zeros around the map, or cells cut off it."""
    if may_pad and draw(st.booleans()):
        pads = [(draw(st.integers(0, 2)), draw(st.integers(0, 2))) for _ in "yx"]
        places = [n + sum(p) for n, p in zip(size.places, pads, strict=True)]
        return [step("ZeroPadding2D", padding=tuple(pads))], Size(
            *places, size.channels
        )
    cuts = []
    for n in size.places:
        before = draw(st.integers(0, min(2, n - 1)))
        cuts.append((before, draw(st.integers(0, min(2, n - 1 - before)))))
    places = [n - sum(c) for n, c in zip(size.places, cuts, strict=True)]
    return [step("Cropping2D", cropping=tuple(cuts))], Size(*places, size.channels)


def residual(draw, size, may_pad):
    """Branches of equal windows, joined number by number."""
    join = draw(st.sampled_from(JOINS))
    filters = draw(SMALL)
    body, after = _branch(draw, size, may_pad, filters)
    settings = {"kernel_size": 1, "filters": filters}
    skip = [step("Conv2D", **settings)]
    if after.places == size.places and filters == size.channels:
        skip = draw(st.sampled_from([skip, []]))
    elif after.places != size.places:
        skip = _cut_or_repeated(draw, size, after, body, skip)
    return [step(join, body, skip)], after


def _cut_or_repeated(draw, size, after, body, skip):
    """A second branch as large as the first: cropped, or behind the same window."""
    strides = body[-1].settings["strides"]
    if strides != (1, 1) or draw(st.booleans()):
        return [step("Conv2D", **{**body[-1].settings, "activation": "tanh"})]
    cuts = [n - m for n, m in zip(size.places, after.places, strict=True)]
    cropping = tuple((cut // 2, cut - cut // 2) for cut in cuts)
    return [step("Cropping2D", cropping=cropping), *skip]


def _branch(draw, size, may_pad, filters):
    settings, places = window(draw, size, may_pad, "kernel_size", (1, 2, 3))
    body = [step("Conv2D", filters=filters, **settings)]
    if draw(st.booleans()):
        body.insert(0, step("Conv2D", filters=draw(SMALL), kernel_size=1))
        body.insert(1, step("BatchNormalization"))
    return body, Size(*places, filters)


def inception(draw, size, may_pad):
    """Convolutions and poolings side by side, their channels joined."""
    settings, places = window(draw, size, may_pad, "kernel_size", (1, 2, 3))
    branches, channels = [], 0
    for _ in range(draw(st.integers(2, 3))):
        if draw(st.booleans()) and settings["dilation_rate"] == 1:
            kind = draw(st.sampled_from(["AveragePooling2D", "MaxPooling2D"]))
            pool = dict(settings, pool_size=settings["kernel_size"])
            del pool["kernel_size"], pool["dilation_rate"]
            branches.append([step(kind, **pool)])
            channels += size.channels
            continue
        filters = draw(SMALL)
        other = _other_kernel(draw, size, settings)
        branches.append([step("Conv2D", filters=filters, **{**settings, **other})])
        channels += filters
    join = draw(st.sampled_from(["Concatenate", "Concatenate", "ops.concatenate"]))
    return [step(join, *branches, axis=-1)], Size(*places, channels)


def _other_kernel(draw, size, settings):
    """A smaller window that gives a map of the same size on this image, not on all."""
    if settings["padding"] == "same" or settings["dilation_rate"] != 1:
        return {}
    kernel = []
    for n, k, s in zip(
        size.places, settings["kernel_size"], settings["strides"], strict=True
    ):
        alike = [m for m in range(1, k + 1) if (n - m) // s == (n - k) // s]
        kernel.append(draw(st.sampled_from(alike)))
    return {"kernel_size": tuple(kernel)}


def densely_connected(draw, size, may_pad):
    """A map joined with what a convolution makes of it (DenseNet)."""
    growth = draw(SMALL)
    body = [step("BatchNormalization"), step("ReLU")]
    body.append(step("Conv2D", filters=growth, kernel_size=1))
    if may_pad:
        body.append(step("Conv2D", filters=growth, kernel_size=3, padding="same"))
    return [step("Concatenate", [], body)], size._replace(
        channels=size.channels + growth
    )


def squeeze_and_excite(draw, size, may_pad):
    """Channels weighed by what the whole map holds."""
    if not may_pad:  # no cell depends on its window alone then
        return pointwise(draw, size, may_pad)
    inner = [step("Dense", units=2, activation="relu")]
    inner.append(step("Dense", units=size.channels, activation="sigmoid"))
    pool = draw(
        st.sampled_from(
            [
                [step("GlobalAveragePooling2D", keepdims=True), *inner],
                [step("GlobalMaxPooling2D", keepdims=True), *inner],
                [step("ops.mean", axis=(1, 2), keepdims=True), *inner],
                [
                    step("GlobalAveragePooling2D"),
                    *inner,
                    step("Reshape", target_shape=(1, 1, size.channels)),
                ],
                [
                    step("GlobalAveragePooling2D"),
                    step("Reshape", target_shape=(1, 1, -1)),
                    step("Conv2D", filters=2, kernel_size=1, activation="silu"),
                    step("Conv2D", filters=size.channels, kernel_size=1),
                    step("Activation", activation="hard_sigmoid"),
                ],
            ]
        )
    )
    return [step("gate", [], pool)], size


def used_twice(draw, size, may_pad):
    """One convolution with the same kernel, twice in a row."""
    conv = step("Conv2D", filters=size.channels, kernel_size=1, activation="tanh")
    return [step("twice", [conv])], size


PARTS = [
    convolution,
    convolution,
    convolution,
    pooling,
    pooling,
    pointwise,
    pointwise,
    border,
    residual,
    inception,
    densely_connected,
    squeeze_and_excite,
    used_twice,
]
