"""Classifiers with one layer that no exact net has, called "bad"."""

from __future__ import annotations

from dataclasses import replace

from checks.random_classifiers.recipe import Recipe, Size, step
from checks.random_classifiers.trunks import trunks
from hypothesis import strategies as st

# Each works on any map of more than one row and column, and ties it to its size.
ON_MAPS = [
    step("BatchNormalization", axis=1),
    step("CenterCrop", height=2, width=2),
    step("Conv2DTranspose", filters=2, kernel_size=3, strides=2),
    step("GroupNormalization", groups=1),
    step("LayerNormalization", axis=[1, 2, 3]),
    step("LayerNormalization", axis=2),
    step("PReLU"),
    step("RandomCrop", height=2, width=2),
    step("Resizing", height=5, width=4),
    step("Softmax", axis=1),
    step("Softmax", axis=[1, 2]),
    step("SpectralNormalization", [step("Conv2D", filters=2, kernel_size=1)]),
    step("UnitNormalization", axis=2),
    step("UpSampling2D", interpolation="bilinear"),
    step("UpSampling2D"),
    step("Concatenate", [], [], axis=1),
]
SEQUENCES = [
    step("GRU", units=2),
    step("Conv1D", filters=2, kernel_size=1),
    step("GlobalAveragePooling1D"),
    step("MultiHeadAttention", num_heads=1, key_dim=2),
    step("Dense", units=3),
    step("LayerNormalization"),
]


@st.composite
def refused_recipes(draw):
    """Draws a `Recipe` that convert_to_fcn must refuse, naming its layer "bad"."""
    size = Size(draw(st.integers(9, 12)), draw(st.integers(9, 12)), 3)
    trunk, after = draw(trunks(size, may_pad=True, most=2))
    if min(after.places) < 3:
        trunk, after = [], size
    if draw(st.booleans()):
        bad = [draw(st.sampled_from(ON_MAPS))]
    else:  # the places in a row, read as a sequence
        row = step("Reshape", target_shape=(-1, after.channels))
        bad = [row, draw(st.sampled_from(SEQUENCES))]
    bad[-1] = replace(bad[-1], settings={**bad[-1].settings, "name": "bad"})
    return Recipe(
        size=size,
        policy="float32",
        front=(),
        trunk=(*trunk, *bad),
        heads=((step("Flatten"), step("Dense", units=2)),),
        wrapper=draw(st.sampled_from(["functional", "trunk in a sequential"])),
        outputs="one",
        extra=(0, 0),
    )
