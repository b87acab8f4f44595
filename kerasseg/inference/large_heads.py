"""Large head convolutions as matrix products, where TensorFlow is faster that way."""

from __future__ import annotations

import weakref

import keras
from keras import layers, ops

from kerasseg.graph import flatten_model
from kerasseg.layers import UnfoldWindows2D

# Below this many inputs to one output the convolution is as fast.
LEAST_INPUTS = 4096

_FASTER: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()


def with_fast_heads(fcn: keras.Model) -> keras.Model:
    """The same net with its one large head convolution as unfolding and a product.

    The convolution that VGG16's first Dense layer becomes has 7×7×512 inputs to each of
    4096 outputs and few cells. With oneDNN, which newer CPUs switch on, TensorFlow's
    convolution takes up to three times as long for it as a matrix product over the
    unfolded windows, and without it as long. The weights are those of the net: nothing
    is copied, and training goes on to show in both.

    Args:
        fcn: Any net.

    Returns:
        The faster net, or `fcn` itself where there is nothing to gain: on other
        backends, with a GPU, and without such a layer.
    """
    if fcn not in _FASTER:
        conv = _large_head(fcn)
        # A strong reference to the net from its own entry would keep both for ever.
        _FASTER[fcn] = None if conv is None else _rebuilt(fcn, conv)
    return _FASTER[fcn] or fcn


def _large_head(fcn: keras.Model) -> layers.Conv2D | None:
    if keras.backend.backend() != "tensorflow" or _has_gpu():
        return None
    for call in flatten_model(fcn).calls:
        layer = call.operation
        if (
            type(layer) is layers.Conv2D
            and _is_large(layer)
            and call.path == layer.name
        ):
            return layer
    return None


def _is_large(conv: layers.Conv2D) -> bool:
    height, width, channels, _ = conv.kernel.shape
    is_plain = (
        conv.padding == "valid"
        and conv.data_format == "channels_last"
        and max(*conv.strides, *conv.dilation_rate, conv.groups) == 1
    )
    return is_plain and height * width > 9 and height * width * channels > LEAST_INPUTS


def _has_gpu() -> bool:
    import tensorflow as tf

    return bool(tf.config.list_logical_devices("GPU"))


def _rebuilt(fcn: keras.Model, conv: layers.Conv2D) -> keras.Model:
    if len(conv._inbound_nodes) != 1:  # called twice: rare, and then left as it is
        return None
    unfold = UnfoldWindows2D(conv.kernel_size, dtype=conv.dtype_policy)
    product = _KernelProduct(conv, dtype=conv.dtype_policy)
    rest = keras.Model(conv.output, fcn.outputs[0])
    return keras.Model(fcn.inputs[0], rest(product(unfold(conv.input))))


class _KernelProduct(layers.Layer):
    """A convolution's kernel, bias and activation on windows that are unfolded."""

    def __init__(self, conv: layers.Conv2D, **kwargs):
        super().__init__(**kwargs)
        self.conv = conv

    def call(self, windows):  # (B, H, W, h*w*C)
        kernel = ops.reshape(self.conv.kernel, (-1, self.conv.filters))
        scores = ops.matmul(windows, ops.cast(kernel, windows.dtype))
        if self.conv.use_bias:
            scores = scores + ops.cast(self.conv.bias, windows.dtype)
        return self.conv.activation(scores)  # (B, H, W, filters)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.conv.filters)
