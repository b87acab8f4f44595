"""Heads: from a map to one vector of scores, in every way that people found."""

from __future__ import annotations

from itertools import permutations

from checks.random_classifiers.recipe import step
from hypothesis import strategies as st

FLATTEN = step("Flatten")
CONV = step("Conv2D", filters=3, kernel_size=1)
ON_VECTORS = [
    step("Activation", activation="gelu"),
    step("Activation", activation="softmax"),
    step("BatchNormalization"),
    step("BatchNormalization", axis=1),
    step("Dropout", rate=0.5),
    step("AlphaDropout", rate=0.2),
    step("ELU"),
    step("Flatten"),
    step("GaussianNoise", stddev=0.1),
    step("LayerNormalization"),
    step("LayerNormalization", axis=1),
    step("LeakyReLU"),
    step("Normalization", axis=None, mean=0.1, variance=2.0),
    step("PReLU"),
    step("RMSNormalization"),
    step("ReLU", threshold=0.1),
    step("Rescaling", scale=0.5, offset=0.1),
    step("Reshape", target_shape=(-1,)),
    step("Softmax"),
    step("Softmax", axis=1),
    step("UnitNormalization"),
    step("affine", scale=-0.5, offset=0.3),
    step("ops.relu"),
    step("ops.softmax", axis=1),
    step("ops.tanh"),
    step("Dense", units=4, activation="relu"),
    step("Dense", units=3, use_bias=False),
    [step("Dense", units=4), step("twice", [step("Dense", units=4)])],
    [step("Reshape", target_shape=(1, 1, -1)), step("Flatten")],
    step("Add", [step("Dense", units=3)], [step("Dense", units=3, activation="elu")]),
    step("Multiply", [step("Dense", units=3)], [step("Dense", units=3)]),
    step("Concatenate", [], [step("Dense", units=2)]),
    step("Concatenate", [step("Dense", units=2)], [], axis=1),
    step("ops.concatenate", [step("Dropout", rate=0.1)], [step("Softmax")], axis=1),
    step(
        "shared", [step("ReLU")], [step("Dropout", rate=0.5)], [step("Dense", units=3)]
    ),
]
MEAN_AND_MAX = [step("GlobalAveragePooling2D")], [step("ops.max", axis=(1, 2))]
ENDS = [
    [],
    [step("Dense", units=5)],
    [step("Dense", units=5, activation="softmax")],
    [step("Dense", units=1, activation="sigmoid")],
    [step("Dense", units=4), step("Softmax")],
    [step("Dense", units=4), step("Activation", activation="softmax", dtype="float32")],
    [step("Dense", units=3, activation="log_softmax")],
    [step("Dense", units=3), step("ops.softmax", axis=-1)],
    [step("Dense", units=2), step("affine", scale=2.0, offset=0.5)],
    [step("Dense", units=2), step("Reshape", target_shape=(2,))],
]


@st.composite
def heads(draw, size):
    """Draws the steps of a head on a map of some size."""
    way = draw(st.sampled_from(WAYS))
    steps = [*way(draw, size)]
    for chain in draw(st.lists(st.sampled_from(ON_VECTORS), max_size=3)):
        steps += chain if isinstance(chain, list) else [chain]
    # A flattened map is no score: only a pooled one may end a net.
    return (*steps, *draw(st.sampled_from(ENDS if way is pool else ENDS[1:])))


def flatten(draw, size):
    """All numbers of the map in one vector."""
    cell = step("Reshape", target_shape=(1, 1, size.numbers))
    back = step("Reshape", target_shape=tuple(size))
    ways = [
        [FLATTEN],
        [FLATTEN, FLATTEN],
        [step("Reshape", target_shape=(-1,))],
        [step("Reshape", target_shape=(size.numbers,))],
        [step("ops.reshape", newshape=(-1, size.numbers))],
        [step("Flatten", data_format="channels_first")],
        [FLATTEN, cell, CONV, FLATTEN],
        [cell, CONV, FLATTEN],
        [step("Dense", units=2), FLATTEN],
        [step("Reshape", target_shape=(size.numbers, 1)), step("ReLU"), FLATTEN],
        [step("Reshape", target_shape=(-1, size.channels)), FLATTEN],
        [FLATTEN, back, CONV, FLATTEN],
    ]
    return draw(st.sampled_from(ways))


def exchange_and_flatten(draw, size):
    """The axes exchanged first, once or twice."""
    orders = st.sampled_from(list(permutations((1, 2, 3))))
    dims = draw(orders)
    steps = [step("Permute", dims=dims), *draw(st.sampled_from(_between(dims)))]
    if draw(st.booleans()):
        steps.append(step("Permute", dims=draw(orders)))
    elif dims[0] == 3 and draw(st.booleans()):  # channels first
        return [*steps, step("GlobalAveragePooling2D", data_format="channels_first")]
    return [*steps, step("Flatten")]


def _between(dims):
    """What may stand where the axes are exchanged, the channels being among them."""
    channels = dims.index(3) + 1
    return [
        [],
        [step("ReLU")],
        [step("BatchNormalization", axis=channels)],
        [step("LayerNormalization", axis=channels)],
        [step("Softmax", axis=channels)],
        [step("Concatenate", [], [step("LeakyReLU")], axis=channels)],
        [step("Add", [], [step("BatchNormalization", axis=channels)])],
    ]


def pool(draw, size):
    """The mean or the maximum of the map."""
    kind = draw(st.sampled_from(["GlobalAveragePooling2D", "GlobalMaxPooling2D"]))
    softmax = step("Conv2D", filters=3, kernel_size=1, activation="softmax")
    cell = step("Reshape", target_shape=(1, 1, size.channels))
    one_cell = step("ops.max", axis=(1, 2), keepdims=True)
    ways = [
        [step(kind)],
        [CONV, step(kind)],
        [softmax, step(kind)],
        [step("Dense", units=3, activation="softmax"), step(kind)],
        [step(kind, keepdims=True), FLATTEN],
        [step(kind, keepdims=True), CONV, step("Reshape", target_shape=(3,))],
        [step(kind), cell, step("Dropout", rate=0.1), CONV, FLATTEN],
        [step("ops.mean", axis=(1, 2))],
        [step("ops.mean", axis=[-3, -2])],
        [one_cell, step("ops.squeeze", axis=(1, 2))],
        [step("Concatenate", *MEAN_AND_MAX)],
        [step("Add", *MEAN_AND_MAX)],
    ]
    return draw(st.sampled_from(ways))


def shrink_to_one_cell(draw, size):
    """A window over the whole map, then a Flatten."""
    kind = draw(st.sampled_from(["AveragePooling2D", "MaxPooling2D"]))
    one_cell = draw(
        st.sampled_from(
            [
                step(kind, pool_size=size.places),
                step(kind, pool_size=size.places, strides=1),
                step("Conv2D", filters=4, kernel_size=size.places, activation="relu"),
                step("DepthwiseConv2D", kernel_size=size.places),
            ]
        )
    )
    after = draw(st.sampled_from([[], [step("Conv2D", filters=3, kernel_size=1)]]))
    return [one_cell, *after, step("Flatten")]


def both(draw, size):
    """Flattened and pooled, side by side."""
    flat = draw(st.sampled_from([[], [step("Dense", units=3)]]))
    return [
        step(
            "Concatenate",
            [step("Flatten"), *flat],
            [step("GlobalAveragePooling2D")],
            axis=draw(st.sampled_from([-1, 1])),
        )
    ]


WAYS = [flatten, flatten, exchange_and_flatten, pool, pool, shrink_to_one_cell, both]
