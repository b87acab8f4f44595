"""A saved model must give the same bits where only kerasseg.layers is known."""

import keras
import numpy as np


def check_same_bits_elsewhere(model, path, inputs, fresh_process):
    """Compares the model here with the file that was saved from it, run elsewhere."""
    outputs = model(inputs if len(inputs) > 1 else inputs[0], training=False)
    here = [
        keras.ops.convert_to_numpy(output) for output in keras.tree.flatten(outputs)
    ]
    elsewhere = fresh_process.outputs(path, inputs)
    assert len(here) == len(elsewhere)
    for mine, theirs in zip(here, elsewhere, strict=True):
        if theirs.dtype.kind == "V":  # a .npy file forgets what bfloat16 is
            theirs = theirs.view(mine.dtype)
        assert mine.dtype == theirs.dtype
        np.testing.assert_array_equal(mine, theirs)
