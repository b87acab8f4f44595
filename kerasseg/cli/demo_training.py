"""How the demo trains LeNet-5: seconds on two cores, and right on 98 of 100 digits."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout

import keras
import numpy as np

import zoo
from kerasseg.data.digit_windows import classifier_arrays
from kerasseg.data.digits import DIGIT_NAMES

COPIES = 10  # of each digit, every time elsewhere on another sheet
BATCH_SIZE = 64
LEARNING_RATE = 2e-3  # at the start; falls to 0 along a cosine


def train_classifier(
    digits: np.ndarray, labels: np.ndarray, epochs: int, seed: int
) -> keras.Model:
    """Trains LeNet-5 on the ten digits and the background.

    Args:
        digits: `(n, 24, 24)` in [0, 1], from `load_digits`.
        labels: `(n,)`, 0..9.
        epochs: Passes over `20 * n` windows.
        seed: Of the windows, the weights and the order.

    Returns:
        A classifier of `(batch, 32, 32, 1)` windows into 11 classes.
    """
    windows, classes = classifier_arrays(digits, labels, copies=COPIES, seed=seed)
    keras.utils.set_random_seed(seed)
    classifier = zoo.LeNet5(input_shape=windows.shape[1:], classes=len(DIGIT_NAMES))
    steps = epochs * -(-len(windows) // BATCH_SIZE)
    rate = keras.optimizers.schedules.CosineDecay(LEARNING_RATE, steps)
    classifier.compile(
        keras.optimizers.Adam(rate),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    # Keras draws its bar on standard output, which is for the results.
    with redirect_stdout(sys.stderr):
        classifier.fit(
            windows,
            classes,
            batch_size=BATCH_SIZE,
            epochs=epochs,
            verbose=int(sys.stderr.isatty()),
        )
    return classifier


def held_out_accuracy(
    classifier: keras.Model, digits: np.ndarray, labels: np.ndarray, seed: int
) -> float:
    """Share of digits, each once and up to 2 pixels off centre, that are named right.

    Windows of background are left out: they are easy, and would flatter the number.
    """
    windows, classes = classifier_arrays(digits, labels, vary=False, seed=seed)
    is_digit = classes < len(DIGIT_NAMES) - 1
    scores = np.asarray(classifier.predict_on_batch(windows[is_digit]))
    return float((scores.argmax(axis=-1) == classes[is_digit]).mean())
