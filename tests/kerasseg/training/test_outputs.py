import keras
import numpy as np
import pytest
import tensorflow as tf
from checks.training_runs import SquaresInNoise

import zoo
from kerasseg.errors import ArgumentError
from kerasseg.losses import CrossEntropy
from kerasseg.training import fit
from kerasseg.training.batches import as_batches
from kerasseg.training.outputs import fit_to_outputs


def test_masks_are_cropped_about_the_centre():
    model = zoo.UNet((44, 44, 3), 2, base_filters=2, depth=2)
    data = SquaresInNoise(steps=2, size=44)
    adapted = fit_to_outputs(model, data)
    (_, cropped), (_, whole) = (next(iter(x.epoch(0))) for x in (adapted, data))
    np.testing.assert_array_equal(cropped, whole[:, 20:-20, 20:-20])
    assert model.output_shape[1:3] == tuple(cropped.shape[1:3])


@pytest.mark.parametrize("heads", [1, 2])
def test_weights_of_whole_images_are_not_cropped(heads):
    image = keras.Input((8, 8, 1))
    scores = [keras.layers.Conv2D(2, 3)(image) for _ in range(heads)]
    model = keras.Model(image, scores[0] if heads == 1 else scores)
    random = np.random.default_rng(0)
    images = random.random((4, 8, 8, 1), "float32")
    masks = random.integers(0, 2, (4, 8, 8))
    weights = np.array([0.5, 2.0, 0.0, 1.0], "float32")
    # By hand: the cross-entropy of each pixel, weighted by that of its image.
    logits = keras.ops.convert_to_numpy(keras.tree.flatten(model(images))[0])
    likely = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
    true = masks[:, 1:-1, 1:-1, None]
    losses = -np.take_along_axis(likely, true, -1)[..., 0]  # (4, 6, 6)
    wanted = (losses * weights[:, None, None]).mean()
    data = tf.data.Dataset.from_tensor_slices((images, masks, weights)).batch(4)
    history = fit(
        *(model, data),
        epochs=1,
        optimizer=keras.optimizers.SGD(0.0),
        loss=CrossEntropy(from_logits=True),
        loss_weights=[1.0] + [0.0] * (heads - 1),
        verbose=0,
    )
    np.testing.assert_allclose(history.history["loss"][0], wanted, rtol=1e-5)


def maps(layer, **options):
    image = keras.Input((16, 16, 1), **options)
    return keras.Model(image, layer(image))


def masks_of(size):
    images, masks = np.zeros((2, 16, 16, 1), "float32"), np.zeros((2, size, size))
    return as_batches(tf.data.Dataset.from_tensor_slices((images, masks)).batch(2))


class Halved(keras.Model):
    """A net that no graph tells of."""

    def __init__(self):
        super().__init__()
        self.halve = keras.layers.Conv2D(2, 3, strides=2, padding="same")

    def call(self, images):
        return self.halve(images)


class OfOneSize(keras.Model):
    """A net that no graph tells of, and which fails as PyTorch does."""

    def __init__(self):
        super().__init__()
        self.shrink = keras.layers.Conv2D(2, 3)

    def call(self, images):
        if images.shape[1] != 16:
            raise RuntimeError("shapes cannot be multiplied")
        return self.shrink(images)


def test_centres_of_code_for_one_size_are_taken():
    _, masks = next(iter(fit_to_outputs(OfOneSize(), masks_of(16)).epoch(0)))
    assert masks.shape[1:] == (14, 14)


@pytest.mark.parametrize(
    ("model", "words"),
    [
        # 8×8 of 16×16: no centre, but a score for 2×2 pixels.
        (lambda: maps(keras.layers.Conv2D(2, 2, strides=2)), "8×8.*every 2 pixels"),
        (lambda: maps(keras.layers.MaxPooling2D(8)), "2×2.*every 8 pixels"),
        (lambda: maps(keras.layers.Resizing(8, 8)), "8×8.*any size"),
        (Halved, "8×8.*every 2 pixels"),
        (lambda: maps(keras.layers.Conv2D(2, 2)), "15×15.*evenly"),
        (lambda: maps(keras.layers.ZeroPadding2D(1)), "18×18.*evenly"),
    ],
)
def test_maps_that_are_no_centre_are_refused(model, words):
    with pytest.raises(ArgumentError, match=f"{words}.*Received: model="):
        fit_to_outputs(model(), masks_of(16))


def test_none_may_stand_for_weights():
    arrays = np.zeros((2, 16, 16, 1), "float32"), np.zeros((2, 16, 16))
    data = tf.data.Dataset.from_tensors(arrays)
    data = as_batches(data.map(lambda images, masks: (images, masks, None)))
    net = maps(keras.layers.Conv2D(2, 3))
    _, masks = next(iter(fit_to_outputs(net, data).epoch(0)))
    assert masks.shape == (2, 14, 14)


def test_masks_of_the_size_of_the_scores_stay():
    data = masks_of(8)
    net = maps(keras.layers.Conv2D(2, 2, strides=2))
    assert fit_to_outputs(net, data) is data
    with pytest.raises(ArgumentError, match="masks of 6×6"):
        fit_to_outputs(net, masks_of(6))


@pytest.mark.parametrize("margin", [1, 4])
def test_centres_of_nets_for_one_size_are_taken(margin):
    # Half the image, but a score for every pixel.
    net = maps(keras.layers.Conv2D(2, 2 * margin + 1), batch_size=2)
    _, masks = next(iter(fit_to_outputs(net, masks_of(16)).epoch(0)))
    assert masks.shape == (2, 16 - 2 * margin, 16 - 2 * margin)


@pytest.mark.parametrize("channels", [3, 4])
def test_images_of_other_channels_are_refused(channels):
    image = keras.Input((None, None, channels))
    net = keras.Model(image, keras.layers.Conv2D(2, 1)(image))
    with pytest.raises(ArgumentError, match=f"H×W×{channels}, .* H×W×1"):
        fit_to_outputs(net, masks_of(16))
