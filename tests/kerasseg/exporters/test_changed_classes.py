"""Oracle: a file that is wrong at places which are known beforehand."""

import keras
import numpy as np
import pytest
from keras import layers

from kerasseg.exporters.changed_classes import (
    MOST_EXAMPLES,
    share_of_changed_classes,
)


def net(classes, activation=None):
    """Its scores are its input."""
    image = keras.Input((None, None, classes), name="image")
    return keras.Model(image, layers.Activation(activation or "linear")(image))


def two_images(classes):
    """Of different sizes: 4 places, and 12."""
    random = np.random.default_rng(0)
    sizes = [(1, 2, 2, classes), (1, 3, 4, classes)]
    return [{"image": random.normal(size=size).astype("float32")} for size in sizes]


def test_counts_places_of_all_images_alike():
    def wrong_in_the_first_row(inputs):
        scores = inputs["image"].copy()
        scores[:, 0] = -scores[:, 0]  # of three, the greatest is now the least
        return [scores]

    share = share_of_changed_classes(net(3), wrong_in_the_first_row, two_images(3))
    assert share == (2 + 4) / 16


def test_other_scores_of_the_same_class_are_no_change():
    def run(inputs):
        return [inputs["image"] / 7]

    assert share_of_changed_classes(net(3), run, two_images(3)) == 0


@pytest.mark.parametrize(("activation", "other"), [("sigmoid", 0.4), (None, -0.1)])
def test_a_single_score_changes_where_it_crosses_its_threshold(activation, other):
    model, examples = net(1, activation), two_images(1)
    positive = np.mean(np.concatenate([x["image"].ravel() for x in examples]) > 0)
    share = share_of_changed_classes(
        model, lambda x: [np.full_like(x["image"], other)], examples
    )
    assert 0 < share == positive


def test_looks_at_some_examples_only():
    seen = []

    def run(inputs):
        seen.append(inputs)
        return [inputs["image"]]

    share_of_changed_classes(net(2), run, two_images(2) * MOST_EXAMPLES)
    assert len(seen) == MOST_EXAMPLES


def test_several_outputs_have_no_class():
    image = keras.Input((2, 2, 2), name="image")
    model = keras.Model(image, [layers.Activation("relu")(image) for _ in range(2)])
    assert share_of_changed_classes(model, None, []) is None
