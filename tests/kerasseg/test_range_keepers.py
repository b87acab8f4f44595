"""Oracle: a list by hand of the layers that make other numbers."""

import keras
import pytest

import kerasseg.layers
from kerasseg import range_keepers

# They weigh or standardise: what they give may lie anywhere.
OTHERS = {
    "DilatedConv2D",
    "InstanceNormalization",
    "LocalResponseNormalization",
}
LAYERS = [
    name
    for name in kerasseg.layers.__all__
    if isinstance(getattr(kerasseg.layers, name), type)
]


@pytest.mark.parametrize("name", LAYERS)
def test_of_every_layer_it_is_known_whether_it_keeps_the_range(name):
    kind = getattr(kerasseg.layers, name)
    assert issubclass(kind, keras.layers.Layer)
    keeps = kind in range_keepers._IN_RANGE
    assert keeps != (name in OTHERS), f"add {name} to range_keepers.py or to OTHERS"


def test_the_list_of_others_is_of_layers():
    assert set(LAYERS) >= OTHERS
