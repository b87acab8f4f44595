"""Kernels of old files, turned as TensorFlow applies them."""

from __future__ import annotations

import keras
import numpy as np

from kerasseg.old_models.reading import OldModel

_KERNELS = ("kernel", "depthwise_kernel", "recurrent_kernel")
_DEPTHWISE = (keras.layers.DepthwiseConv1D, keras.layers.DepthwiseConv2D)
_FIRST = "channels_first"


def kernel_of_today(
    layer: keras.Layer,
    weight: keras.Variable,
    value: np.ndarray,
    old: OldModel,
    exchanged: bool = False,
) -> np.ndarray:
    """A kernel as (height, width, in, out); any other weight as it is.

    Theano turned its kernels by 180 degrees, and Keras 2 those of depthwise
    convolutions before it gave them to Theano, so that the file has them as they are.
    Keras 1 stored kernels for maps with the channels first as (out, in, height, width).

    Args:
        layer: The layer that the weight belongs to.
        weight: The weight to fill.
        value: What the file has for it.
        old: The file.
        exchanged: Whether another kernel of the file `is_exchanged`.
    """
    name = weight.path.rpartition("/")[-1]
    if value.ndim < 3 or name not in _KERNELS:
        return value
    if value.ndim == 4 and _is_of_keras_1(old):
        is_first = exchanged or layer.data_format == _FIRST
        value = _out_in_to_in_out(layer, weight, value, is_first)
    is_depthwise = name == "depthwise_kernel" or isinstance(layer, _DEPTHWISE)
    if old.backend != "theano" or is_depthwise:
        return value
    return value[(slice(None, None, -1),) * (value.ndim - 2)]


def is_exchanged(layer, weight, value: np.ndarray, old: OldModel) -> bool:
    """Whether a kernel is of maps with the channels first, which has them last here.

    Its shape tells, in files of Keras 1 alone.
    """
    if getattr(layer, "data_format", None) != "channels_last" or value.ndim != 4:
        return False
    shape = tuple(weight.shape)
    if not _is_of_keras_1(old) or value.shape == shape:
        return False
    return _out_in_to_in_out(layer, weight, value, True).shape == shape


def _is_of_keras_1(old: OldModel) -> bool:
    return old.keras_version.startswith(("0", "1"))


def _out_in_to_in_out(layer, weight, value: np.ndarray, is_first: bool) -> np.ndarray:
    turned = value.transpose(2, 3, 1, 0)
    shape = tuple(weight.shape)
    if isinstance(layer, keras.layers.Conv2DTranspose):
        value, turned = value.transpose(0, 1, 3, 2), value.transpose(2, 3, 0, 1)
    if value.shape == turned.shape == shape:  # 3 filters of 3x3 on 3 channels, say
        return turned if is_first else value
    return turned if turned.shape == shape else value
