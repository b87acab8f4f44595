import keras
import numpy as np
import pytest
from checks.exactness import images_for, randomise
from keras import layers

from kerasseg.errors import ArgumentError
from kerasseg.inference import predict_sliding


def mean_of_window(size=(4, 5)):
    """A 'classifier' whose answers are known: mean and top-left pixel of its window."""
    image = keras.Input((*size, 1))
    mean = layers.GlobalAveragePooling2D()(image)
    corner = layers.Flatten()(image)[:, :1]
    return keras.Model(image, layers.Concatenate()([mean, corner]))


def test_windows_are_taken_where_they_should_be():
    image = np.arange(9 * 12, dtype="float32").reshape(9, 12, 1)
    scores = predict_sliding(mean_of_window(), image, stride=(2, 3), batch_size=4)
    assert scores.shape == (3, 3, 2)
    for row, column in np.ndindex(3, 3):
        window = image[2 * row : 2 * row + 4, 3 * column : 3 * column + 5]
        expected = window.mean(), window[0, 0, 0]
        np.testing.assert_allclose(scores[row, column], expected, rtol=1e-6)


@pytest.mark.parametrize("batch_size", [1, 5, 6, 7, 1000])
def test_batches_change_nothing(batch_size):
    image = np.random.default_rng(0).uniform(size=(5, 7, 1)).astype("float32")
    model = mean_of_window()
    expected = predict_sliding(model, image, 1, batch_size=6)
    assert expected.shape == (2, 3, 2)
    scores = predict_sliding(model, image, 1, batch_size=batch_size)
    np.testing.assert_allclose(scores, expected, rtol=1e-6)


def test_stride_is_that_of_the_receptive_field_unless_given():
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.MaxPooling2D((2, 4)),
            layers.Flatten(),
            layers.Dense(3),
        ]
    )
    image = images_for(model, 1, (12, 16))[0]
    assert predict_sliding(model, image).shape == (3, 3, 3)
    assert predict_sliding(model, image, stride=1).shape == (5, 9, 3)


def test_several_outputs_keep_their_structure():
    image = keras.Input((4, 4, 1))
    flat = layers.Flatten()(image)
    heads = {"a": layers.Dense(2, name="a")(flat), "b": layers.Dense(1, name="b")(flat)}
    model = randomise(keras.Model(image, heads))
    scores = predict_sliding(model, np.ones((6, 5, 1)), stride=1)
    assert {k: v.shape for k, v in scores.items()} == {"a": (3, 2, 2), "b": (3, 2, 1)}


def test_one_window_and_grey_images_without_channel_axis():
    image = np.ones((4, 5), "uint8")
    scores = predict_sliding(mean_of_window(), image, 1)
    np.testing.assert_array_equal(scores, [[[1, 1]]])


@pytest.mark.parametrize(
    ("image", "arguments", "reason"),
    [
        (np.ones((3, 9, 1)), {}, r"smaller than the classifier's window of 4×5"),
        (np.ones((9, 9, 3)), {}, r"takes 1 channel: .*grayscale.*\(9, 9, 3\)"),
        (np.ones((1, 9, 9, 1)), {}, r"one image of shape.*\(1, 9, 9, 1\)"),
        (np.ones((0, 9, 1)), {}, "one image"),
        (np.ones((9, 9, 1)), {"stride": 0}, "stride=0"),
        (np.ones((9, 9, 1)), {"stride": 1.5}, "stride=1.5"),
        (np.ones((9, 9, 1)), {"batch_size": 0}, "batch_size=0"),
    ],
)
def test_wrong_arguments_are_refused(image, arguments, reason):
    with pytest.raises(ArgumentError, match=reason):
        predict_sliding(mean_of_window(), image, **{"stride": 1, **arguments})


def test_nets_of_any_size_have_no_window():
    net = keras.Sequential([keras.Input((None, None, 1)), layers.Conv2D(1, 3)])
    with pytest.raises(ArgumentError, match="no window to slide"):
        predict_sliding(net, np.ones((9, 9, 1)))
