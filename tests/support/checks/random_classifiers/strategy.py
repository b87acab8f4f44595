"""The strategy of `@given`: whole classifiers, as recipes."""

from __future__ import annotations

from checks.random_classifiers.build import ONE_OUTPUT, WRAPPERS
from checks.random_classifiers.heads import heads
from checks.random_classifiers.recipe import Recipe, Size, step
from checks.random_classifiers.trunks import trunks
from hypothesis import strategies as st

POLICIES = [
    *["float32"] * 8,
    "float64",
    "mixed_float16",
    "mixed_bfloat16",
    "float16",
    "bfloat16",
]
FRONT = [
    step("Rescaling", scale=2.0, offset=-1.0),
    step("affine", scale=1 / 0.7, offset=-1.0),
    step("Normalization", axis=None, mean=0.4, variance=0.3),
    step("RandomFlip"),
    step("RandomRotation", factor=0.2),
    step("RandomContrast", factor=0.3),
    step("RandomTranslation", height_factor=0.1, width_factor=0.2),
    step("GaussianNoise", stddev=0.2),
]
# Both axes by themselves, so that most images are not square.
LENGTHS = st.one_of(st.integers(6, 16), st.integers(6, 16), st.integers(1, 5))


@st.composite
def recipes(draw):
    """Draws a `Recipe` of a classifier that must convert."""
    size = Size(draw(LENGTHS), draw(LENGTHS), draw(st.sampled_from([1, 3, 3, 4])))
    wrapper = draw(st.sampled_from(list(WRAPPERS)))
    if wrapper == "no channel axis":
        size = size._replace(channels=1)
    trunk, after = draw(trunks(size, may_pad=draw(st.booleans())))
    if wrapper == "trunk used twice":  # the wrapper joins both of its maps
        after = after._replace(channels=2 * after.channels)
    outputs = "one"
    if wrapper not in ONE_OUTPUT:
        outputs = draw(st.sampled_from(["one", "one", "list", "dict"]))
    count = 1 if outputs == "one" else draw(st.integers(1, 3))
    return Recipe(
        size=size,
        policy=draw(st.sampled_from(POLICIES)),
        front=tuple(draw(st.lists(st.sampled_from(FRONT), max_size=2))),
        trunk=tuple(trunk),
        heads=tuple(draw(heads(after)) for _ in range(count)),
        wrapper=wrapper,
        outputs=outputs,
        extra=(draw(st.integers(0, 7)), draw(st.integers(0, 7))),
    )
