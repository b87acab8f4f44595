"""Classifiers whose strides can become dilations: trunks, heads, and random ones."""

import keras
from checks.exactness import randomise
from hypothesis import strategies as st
from keras import layers

TRUNKS = {
    "pools": lambda: [
        layers.Conv2D(3, 3, activation="relu"),
        layers.MaxPooling2D(2),
        layers.Conv2D(4, 3, activation="tanh"),
        layers.AveragePooling2D(3, 2),
        layers.Conv2D(4, 2),
    ],
    "strided convolutions": lambda: [
        layers.Conv2D(3, 3, strides=2, activation="relu"),
        layers.DepthwiseConv2D(3, strides=2),
        layers.SeparableConv2D(4, 2, activation="relu"),
    ],
    "unequal strides and dilations": lambda: [
        layers.Conv2D(3, 3, strides=(1, 3)),
        layers.MaxPooling2D((3, 2), (2, 1)),
        layers.Conv2D(3, 2, dilation_rate=2),
        layers.MaxPooling2D(2, (2, 1)),
    ],
    "cropped": lambda: [
        layers.MaxPooling2D(2),
        layers.Cropping2D(((1, 0), (0, 2))),
        layers.Conv2D(3, 3, strides=2),
        layers.BatchNormalization(),
    ],
}
# What a stride and a dilation at once needs: a pool of 3 in front of a stride of 2.
AT_ONCE = {
    "strided convolution": lambda: [
        layers.MaxPooling2D(3),
        layers.Conv2D(3, 2, strides=2, activation="relu", name="both"),
        layers.Conv2D(3, 2),
    ],
    "strided depthwise": lambda: [
        layers.AveragePooling2D(3),
        layers.DepthwiseConv2D(2, strides=2, activation="relu"),
        layers.Conv2D(2, 1),
    ],
    "strided separable": lambda: [
        layers.Conv2D(3, 3, strides=3),
        layers.SeparableConv2D(4, 2, strides=2, padding="valid"),
    ],
    "one after the other": lambda: [
        layers.Conv2D(3, 2, strides=3),
        layers.Conv2D(3, 2, strides=(2, 1), activation="tanh"),
        layers.MaxPooling2D(2, (1, 2)),
    ],
}
HEADS = {
    "dense": lambda: [layers.Flatten(), layers.Dense(3, activation="softmax")],
    "normalised": lambda: [
        layers.Flatten(),
        layers.LayerNormalization(),
        layers.Dense(3),
    ],
    "mean": lambda: [layers.GlobalAveragePooling2D(), layers.Dense(3)],
    "maximum": lambda: [layers.GlobalMaxPooling2D(), layers.Dense(3)],
}


def classifier(trunk, head, size=(22, 20)):
    return randomise(keras.Sequential([keras.Input((*size, 2)), *trunk(), *head()]))


def _is_refused(spec):
    """Averages with padding, which Keras computes in another way under PyTorch."""
    kind, *_, padding = spec
    is_torch = keras.backend.backend() == "torch"
    return is_torch and kind == "mean" and padding == "same"


PADDED = st.lists(
    st.tuples(
        st.sampled_from(["conv", "max", "mean", "zeros"]),
        st.integers(1, 4),
        st.integers(1, 2),
        st.sampled_from(["same", "valid"]),
    ).filter(lambda spec: not _is_refused(spec)),
    min_size=1,
    max_size=4,
)


def _length_after(specs, length):
    """Rows that a trunk without padding leaves; below 1 there is no such trunk."""
    for _, kernel_size, stride, _ in specs:
        length = (length - kernel_size) // stride + 1
    return length


VALID = st.lists(
    st.tuples(
        st.sampled_from(["conv", "max", "mean"]),
        st.integers(1, 4),
        st.integers(1, 2),
        st.just("valid"),
    ),
    min_size=1,
    max_size=4,
).filter(lambda specs: _length_after(specs, 38) >= 1)


def layer(kind, size, stride, padding):
    """The layer that one tuple of these lists says."""
    if kind == "zeros":
        return layers.ZeroPadding2D(((size, 0), (1, stride)))
    if kind == "conv":
        return layers.Conv2D(3, size, strides=stride, padding=padding)
    pooling = layers.MaxPooling2D if kind == "max" else layers.AveragePooling2D
    return pooling(size, stride, padding)
