import keras
import numpy as np
import pytest
import tensorflow as tf
from checks.training_runs import SquaresInNoise

import zoo
from kerasseg.losses import CrossEntropy
from kerasseg.training import fit
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
