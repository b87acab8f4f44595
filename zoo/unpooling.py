"""Poolings of an encoder and the unpoolings that mirror them in a decoder."""

from __future__ import annotations

import keras

from kerasseg.layers import MaxPoolingWithIndices2D, MaxUnpooling2D


def pool(x: keras.KerasTensor, block: int) -> tuple[keras.KerasTensor, tuple]:
    """Halves a map, `(B, H, W, C)` to `(B, H/2, W/2, C)`.

    Returns:
        The smaller map, and what `unpool` needs: the indices, and a map of the size to
        go back to.
    """
    # "same" rounds up, as the pooling of Caffe does: 45 rows become 23.
    layer = MaxPoolingWithIndices2D(2, padding="same", name=f"block{block}_pool")
    pooled, indices = layer(x)
    return pooled, (indices, x)


def unpool(x: keras.KerasTensor, pooled: tuple, block: int) -> keras.KerasTensor:
    """Brings a map back to the size that it had before the pooling of that block."""
    layer = MaxUnpooling2D(2, padding="same", name=f"decoder{block}_unpool")
    return layer([x, *pooled])
