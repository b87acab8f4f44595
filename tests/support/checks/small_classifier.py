"""A classifier small enough to compare every cell of a larger map."""

import keras
from keras import layers


def small_classifier(*head, size=(12, 11), channels=2):
    """A small trunk that pads nothing, stride (2, 3), map 4×3×5 at (12, 11)."""
    return keras.Sequential(
        [
            keras.Input((*size, channels)),
            layers.Conv2D(4, 3, activation="relu", name="conv1"),
            layers.MaxPooling2D((2, 3), name="pool1"),
            layers.Conv2D(5, (2, 1), activation="tanh", name="conv2"),
            *head,
        ],
        name="small",
    )
