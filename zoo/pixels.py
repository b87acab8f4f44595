"""Pixels as the published networks want them."""

from __future__ import annotations

from typing import Any

from keras import ops


def centred(images: Any, means: tuple[float, ...]) -> Any:
    """Subtracts a mean from each channel, in float32.

    As the `preprocess_input` of `keras.applications`, it gives an array for an array
    and a tensor for a tensor, within the graph of a `tf.data.Dataset` too.
    """
    result = ops.cast(images, "float32") - ops.convert_to_tensor(means, "float32")
    return result if ops.is_tensor(images) else ops.convert_to_numpy(result)
