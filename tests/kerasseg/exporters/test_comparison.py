import keras
import numpy as np
import pytest
from keras import layers, ops

from kerasseg.exporters.comparison import compare, difference
from kerasseg.exporters.trial_inputs import random_inputs

IMAGE = {"image": np.linspace(0, 1, 12, dtype="float32").reshape(1, 2, 2, 3)}


@pytest.fixture
def doubling():
    image = keras.Input((None, None, 3), name="image")
    return keras.Model(image, layers.Rescaling(2.0)(image))


def test_is_over_the_largest_output(doubling):
    off_by = 2 * IMAGE["image"] + np.float32(0.02)
    assert difference(doubling, lambda _: [off_by], IMAGE) == pytest.approx(0.01, 1e-3)


def test_other_shapes_are_infinitely_far(doubling):
    assert difference(doubling, lambda _: [np.zeros((1, 2, 2, 1))], IMAGE) == np.inf
    assert difference(doubling, lambda _: [], IMAGE) == np.inf


def test_nan_never_passes(doubling):
    worst = 2 * IMAGE["image"]
    worst[0, 0, 0, 0] = np.nan
    assert np.isnan(difference(doubling, lambda _: [worst], IMAGE))


@pytest.mark.parametrize("place", [0, 1])
def test_nan_in_one_output_of_several_never_passes(place):
    image = keras.Input((None, None, 3), name="image")
    model = keras.Model(image, [image, image])
    found = [IMAGE["image"]] * 2
    found[place] = np.full_like(IMAGE["image"], np.nan)
    assert np.isnan(difference(model, lambda _: found, IMAGE))


class Sign(layers.Layer):
    """Jumps at 0."""

    def call(self, x):
        return ops.sign(x)


def test_inputs_on_which_the_model_itself_jumps_are_drawn_again():
    image = keras.Input((None, None, 1), name="image")
    first = random_inputs(keras.Model(image, image), (8, 8), seed=0)["image"]
    edge = first[0, 3, 3, 0]  # a value of the first draw, and of no other
    jumping = keras.Model(image, Sign()(image - edge))
    draws = []

    def run(inputs):  # rounds the other way on the very edge
        draws.append(inputs["image"])
        return [np.where(inputs["image"] >= edge, 1.0, -1.0)]

    shapes, found = compare(jumping, run, (8, 8), 1e-5)
    assert (shapes, found, len(draws)) == ("1×8×8×1", 0, 2)


def test_a_fault_of_the_file_is_not_drawn_again(doubling):
    draws = []

    def run(inputs):
        draws.append(inputs)
        return [2.1 * inputs["image"]]

    _, found = compare(doubling, run, (8, 8), 1e-5)
    assert found == pytest.approx(0.05, 1e-3)
    assert len(draws) == 1
