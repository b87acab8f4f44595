"""Oracle: PyTorch's `interpolate`."""

import keras
import numpy as np
import pytest
from checks.layers import check_layer
from hypothesis import given, settings
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
        torch.tensor(x).permute(0, 3, 1, 2),
        size=size,
        mode="nearest-exact" if nearest else "bilinear",
        align_corners=None if nearest else align_corners,
    )
    return y.permute(0, 2, 3, 1).numpy()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_is_a_good_layer(kind, way, fresh_process):
    check_layer(Resize2D, way | kind, (2, 7, 6, 3), fresh_process=fresh_process)


@pytest.mark.parametrize("kind", KINDS)
def test_is_a_good_layer_like_another_map(kind, fresh_process):
    inputs = [random(2, 5, 4, 3), random(2, 8, 3, 1)]
    check_layer(Resize2D, kind, inputs=inputs, fresh_process=fresh_process)


@settings(max_examples=40, deadline=None)
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
