import tracemalloc

import keras
import numpy as np
import pytest
from checks.exactness import images_for, randomise, relative_difference
from keras import layers
from numpy.lib.stride_tricks import sliding_window_view

import kerasseg
import zoo
from kerasseg.errors import ArgumentError
from kerasseg.inference import predict_shift_and_stitch, predict_sliding


@pytest.mark.parametrize("batch_size", [1, 5, 100])
@pytest.mark.parametrize("size", [(32, 32), (35, 41), (38, 33)])
def test_equals_the_sliding_window_and_the_dense_net(batch_size, size):
    model = randomise(zoo.LeNet5())
    image = images_for(model, 1, size)[0]
    fcn = kerasseg.convert_to_fcn(model)
    actual = predict_shift_and_stitch(fcn, image, batch_size)
    expected = predict_sliding(model, image, stride=1)
    assert actual.shape == expected.shape
    assert relative_difference(actual, expected) <= 1e-5
    dense = kerasseg.convert_to_fcn(model, output_stride=1).predict_on_batch(
        image[None]
    )
    assert relative_difference(actual, dense[0]) <= 1e-5


def test_unequal_strides_and_padded_nets():
    net = keras.Sequential(
        [
            keras.Input((None, None, 2)),
            layers.Conv2D(3, 3, padding="same"),
            layers.MaxPooling2D((1, 2)),
        ]
    )
    image = images_for(net, 1, (6, 8))[0]
    dense = predict_shift_and_stitch(randomise(net), image)
    assert dense.shape == (6, 8, 3)
    moved = np.zeros_like(image)
    moved[:, :-1] = image[:, 1:]
    for start, picture in ((0, image), (1, moved)):
        expected = net.predict_on_batch(picture[None])[0]
        np.testing.assert_allclose(dense[:, start::2], expected, rtol=1e-5)


def test_wrong_arguments_are_refused():
    fcn = kerasseg.convert_to_fcn(zoo.LeNet5())
    with pytest.raises(ArgumentError, match="too small"):
        predict_shift_and_stitch(fcn, np.zeros((31, 40, 1)))
    for name in ("batch_size", "max_pixels"):
        with pytest.raises(ArgumentError, match=f"{name}=0"):
            predict_shift_and_stitch(fcn, np.zeros((40, 40, 1)), **{name: 0})
    finer = keras.Sequential([keras.Input((None, None, 1)), layers.UpSampling2D(2)])
    with pytest.raises(ArgumentError, match="stride"):
        predict_shift_and_stitch(finer, np.zeros((4, 4, 1)))


def test_one_pixel_more_gives_one_row_more():
    model = randomise(zoo.LeNet5())
    fcn = kerasseg.convert_to_fcn(model)
    image = images_for(model, 1, (40, 37))[0]
    large = predict_shift_and_stitch(fcn, image)
    small = predict_shift_and_stitch(fcn, image[:-1])
    assert (large.shape[:2], small.shape[:2]) == ((9, 6), (8, 6))
    assert relative_difference(large[:-1], small) <= 1e-5


def test_several_outputs_are_refused():
    image = keras.Input((None, None, 1))
    net = keras.Model(image, [layers.Conv2D(1, 3)(image), layers.Conv2D(2, 3)(image)])
    with pytest.raises(ArgumentError, match="2 outputs"):
        predict_shift_and_stitch(net, np.zeros((9, 9, 1)))


def padded_net(stride):
    net = keras.Sequential(
        [
            keras.Input((None, None, 1)),
            layers.Conv2D(2, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(stride),
            layers.Conv2D(3, 3, padding="same"),
        ]
    )
    return randomise(net)


@pytest.mark.parametrize("max_pixels", [400, 1200, 3000])
@pytest.mark.parametrize("padded", [False, True])
def test_small_pieces_give_the_same_map(max_pixels, padded, monkeypatch):
    """Whole images of 45×51 are 2295 pixels: tiles of one, one or several at once."""
    fcn = padded_net(4) if padded else kerasseg.convert_to_fcn(randomise(zoo.LeNet5()))
    limit = max_pixels + 1600  # a tile is no smaller than the window of a cell
    seen = watch(monkeypatch)
    image = images_for(fcn, 1, (45, 51))[0]
    expected = predict_shift_and_stitch(fcn, image, max_pixels=10**9)
    del seen[:]
    actual = predict_shift_and_stitch(fcn, image, max_pixels=max_pixels)
    assert max(batch * height * width for batch, height, width, _ in seen) <= limit
    assert relative_difference(actual, expected) <= 1e-6


def watch(monkeypatch):
    """The shapes of all batches that models are asked to predict."""
    shapes, predict = [], keras.Model.predict_on_batch

    def watched(model, x):
        shapes.append(np.shape(x))
        return predict(model, x)

    monkeypatch.setattr(keras.Model, "predict_on_batch", watched)
    return shapes


def test_never_holds_all_shifted_images_at_once():
    """A stride of 8 makes 64 shifts of 4 MB each; two of them are run at a time."""
    net = keras.Sequential([keras.Input((None, None, 1)), layers.MaxPooling2D(8)])
    image = np.random.default_rng(0).normal(size=(1024, 1024, 1)).astype("float32")
    predict_shift_and_stitch(net, image[:64, :64])  # what is loaded once and stays
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    dense = predict_shift_and_stitch(net, image, max_pixels=2 * image.size)
    peak = tracemalloc.get_traced_memory()[1] - before
    tracemalloc.stop()
    assert dense.shape == (1017, 1017, 1)
    # The result, two shifted images and what a backend copies of them: not all 64.
    copies = 32 if keras.backend.backend() == "torch" else 16
    assert peak <= copies * image.nbytes
    expected = sliding_window_view(image[..., 0], (8, 8)).max(axis=(2, 3))
    np.testing.assert_array_equal(dense[..., 0], expected)


def test_nets_whose_cells_depend_on_the_whole_image_are_refused():
    image = keras.Input((None, None, 1))
    x = layers.MaxPooling2D(2)(image)
    gate = layers.GlobalAveragePooling2D(keepdims=True)(x)
    net = keras.Model(image, layers.Multiply()([x, gate]), name="gated")
    with pytest.raises(ArgumentError, match="'gated' depend on the whole image"):
        predict_shift_and_stitch(net, np.zeros((6, 8, 1)))
