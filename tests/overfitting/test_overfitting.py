"""Every network can learn eight small images by heart, so none is wired wrongly."""

import keras
import numpy as np
import pytest

import zoo
from kerasseg.losses import CrossEntropy

SEGMENTING = {
    "FCN32s": {
        "variant": "same",
        "base_filters": 8,
        "hidden_units": 32,
        "dropout": 0.0,
    },
    "FCN16s": {
        "variant": "same",
        "base_filters": 8,
        "hidden_units": 32,
        "dropout": 0.0,
    },
    "FCN8s": {"variant": "same", "base_filters": 8, "hidden_units": 32, "dropout": 0.0},
    "UNet": {"padding": "same", "base_filters": 8, "depth": 2, "dropout": 0.0},
    "DeconvNet": {"base_filters": 4, "hidden_units": 32},
    "SegNet": {"base_filters": 8},
    "SegNetBasic": {"base_filters": 8},
    "PSPNet": {"encoder": "MobileNetV2", "base_filters": 32, "dropout": 0.0},
}
CLASSIFYING = {
    "LeNet5": {"input_shape": (32, 32, 3)},
    "AlexNet": {"input_shape": (67, 67, 3), "top": "gap"},
    "NiN": {"input_shape": (32, 32, 3)},
    "VGG16": {"input_shape": (32, 32, 3)},
}
# The rest take minutes together.
QUICK = ("UNet", "SegNetBasic")
STEPS = 400
AT_ONCE = 20  # steps between looks at the accuracy


def scenes(size, count=8):
    """Images of a disc and a bar, whose pixels are to be told from the ground."""
    random = np.random.default_rng(7)
    y, x = np.mgrid[:size, :size] / size
    images, masks = [], []
    for _ in range(count):
        mask = np.zeros((size, size), "int32")
        center = random.uniform(0.3, 0.7, 2)
        mask[np.hypot(y - center[0], x - center[1]) < 0.22] = 1
        mask[int(random.uniform(0, 0.8) * size) :, : int(0.25 * size)] = 2
        colors = np.array([[0.1, 0.2, 0.1], [0.8, 0.3, 0.2], [0.2, 0.4, 0.9]])
        images.append(colors[mask] + random.normal(0, 0.05, (size, size, 3)))
        masks.append(mask)
    return np.stack(images).astype("float32"), np.stack(masks)


def learn(model, images, labels, rate):
    """Steps until the labels are known, and the share that is; in inference mode."""
    model.compile(keras.optimizers.Adam(rate, global_clipnorm=1.0), CrossEntropy())
    if labels.ndim == 1:
        loss = keras.losses.SparseCategoricalCrossentropy()
        model.compile(keras.optimizers.Adam(rate), loss)
    steps, accuracy = 0, 0.0
    while accuracy < 0.95 and steps < STEPS:
        for _ in range(AT_ONCE):
            model.train_on_batch(images, labels)
        scores = keras.ops.convert_to_numpy(model.predict_on_batch(images))
        accuracy = (scores.argmax(axis=-1) == labels).mean()
        steps += AT_ONCE
    return steps, accuracy


@pytest.mark.parametrize(
    "name",
    [n if n in QUICK else pytest.param(n, marks=pytest.mark.long) for n in SEGMENTING],
)
def test_segmentation_nets_learn_eight_images(name):
    keras.utils.set_random_seed(1)
    size = 193 if name == "DeconvNet" else 64 if name in QUICK else 96
    options = {"input_shape": (None, None, 3), "classes": 3} | SEGMENTING[name]
    model = getattr(zoo, name)(**options)
    hasten_statistics(model)
    steps, accuracy = learn(model, *scenes(size), 3e-3)
    print(f"{name}: {accuracy:.1%} of the pixels after {steps} steps")
    assert accuracy >= 0.95


@pytest.mark.long
@pytest.mark.parametrize("name", CLASSIFYING)
def test_classifiers_learn_eight_images(name):
    keras.utils.set_random_seed(1)
    model = getattr(zoo, name)(classes=4, **CLASSIFYING[name])
    keep_the_variance(model)
    images = np.random.default_rng(0).random((8, *model.input_shape[1:]))
    labels = np.arange(8) % 4
    images = (images * 0.5 + labels[:, None, None, None] / 6).astype("float32")
    steps, accuracy = learn(model, images, labels, 3e-4)
    print(f"{name}: {accuracy:.0%} of the images after {steps} steps")
    assert accuracy >= 0.95


def test_every_network_is_here():
    assert {*SEGMENTING, *CLASSIFYING} == set(zoo.list_models())


def keep_the_variance(model):
    """As He et al. start networks as deep as VGG16, which its paper started in parts.

    https://arxiv.org/abs/1502.01852
    """
    for index, layer in enumerate(model.layers):
        if hasattr(layer, "kernel"):
            draw = keras.initializers.HeNormal(seed=index)
            layer.kernel.assign(draw(layer.kernel.shape))


def hasten_statistics(model):
    """So that scores in inference follow those in training within a few steps."""
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.8
        if isinstance(layer, keras.Model):
            hasten_statistics(layer)
