import keras
import numpy as np
import pytest

import zoo
from kerasseg.errors import ArgumentError
from kerasseg.training.frozen_layers import freeze_layers


def test_frozen_layers_keep_weights_and_statistics():
    net = zoo.SegNetBasic((None, None, 3), 2, base_filters=2)
    names = freeze_layers(net, ["block1_*", "block2_conv1"])
    assert names[-1] == "block2_conv1"
    frozen = [net.get_layer(name) for name in names]
    before = [layer.get_weights() for layer in frozen]
    net.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy")
    net.train_on_batch(np.ones((1, 16, 16, 3)), np.ones((1, 16, 16), int))
    for layer, old in zip(frozen, before, strict=True):
        for a, b in zip(layer.get_weights(), old, strict=True):
            np.testing.assert_array_equal(a, b)


def test_a_pattern_without_a_layer_is_refused():
    with pytest.raises(ArgumentError, match=r"Received: 'blok\*'"):
        freeze_layers(zoo.SegNetBasic(base_filters=2), ["blok*"])
