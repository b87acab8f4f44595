"""What docs/exports.md says of nets that keep places, in int8: by Keras alone."""

import keras
import numpy as np
import pytest
from checks.export_table import ROWS
from keras import ops

from kerasseg.layers import MaxUnpooling2D


@pytest.mark.parametrize("row", ["SegNet", "SegNetBasic"])
def test_int8_costs_little_where_maxima_keep_their_places(row, tensorflow):
    net = ROWS[row]()
    images = np.random.default_rng(0).random((4, 32, 32, 3), "float32")
    scores = ops.convert_to_numpy(net(images))

    def difference(rounded_net):
        error = np.abs(ops.convert_to_numpy(rounded_net(images)) - scores)
        return error.max() / np.abs(scores).max()

    moved, kept = difference(rounded(net)), difference(rounded(net, keeps_places=True))
    assert kept < 0.03 and moved > 5 * kept


def rounded(net, keeps_places=False):
    """The net with the numbers behind every layer rounded to 256 steps."""

    def call(layer, inputs, **arguments):
        if keeps_places and isinstance(layer, MaxUnpooling2D):
            inputs = [inputs[0], layer.input[1], *inputs[2:]]  # those of the float net
        return keras.tree.map_structure(in_256_steps, layer(inputs, **arguments))

    return keras.models.clone_model(
        net,
        input_tensors=net.input,
        clone_function=lambda layer: layer,
        call_function=call,
    )


def in_256_steps(x):
    if not keras.backend.is_float_dtype(x.dtype):
        return x
    step = (ops.maximum(ops.max(x), 0) - ops.minimum(ops.min(x), 0)) / 255
    return ops.round(x / step) * step
