import keras
import numpy as np
import pytest
from keras import layers

from kerasseg.data.augmentation import Augmentation, KerasLayer
from kerasseg.data.augmentation.keras_layer import LAYERS
from kerasseg.errors import ArgumentError

IMAGE = np.random.default_rng(0).integers(0, 256, (12, 10, 3)).astype(np.float32)
OPTIONS = {
    "AutoContrast": {},
    "Equalization": {},
    "RandomGrayscale": {"factor": 0.5},
    "RandomPosterization": {"factor": 4},
    "Solarization": {"addition_factor": 0.3},
}
COLORED = (
    *("RandomColorDegeneration", "RandomGrayscale", "RandomHue", "RandomSaturation"),
)


def made(name):
    return getattr(layers, name)(**OPTIONS.get(name, {"factor": 0.5}))


@pytest.mark.parametrize("name", LAYERS)
def test_the_seed_alone_decides(name):
    one, two = (Augmentation([KerasLayer(made(name))]) for _ in range(2))
    first = [one(IMAGE, seed=s).image for s in range(6)]
    second = [two(IMAGE, seed=s).image for s in reversed(range(6))][::-1]
    np.testing.assert_array_equal(first, second)
    assert first[0].shape == IMAGE.shape
    assert first[0].dtype == np.float32
    assert any(np.abs(image - IMAGE).max() > 1 for image in first)
    if name not in ("AutoContrast", "Equalization", "RandomPosterization"):
        assert len({image.tobytes() for image in first}) > 1


@pytest.mark.parametrize("name", LAYERS)
def test_no_pixel_is_moved(name):
    image = np.full((9, 9, 3), 40, np.float32)
    image[2, 6] = 210, 180, 90
    for seed in range(4):
        changed = Augmentation([KerasLayer(made(name))])(image, seed=seed).image
        unlike = np.abs(changed - changed[0, 0]).sum(-1) > 1e-3
        assert set(map(tuple, np.argwhere(unlike).tolist())) <= {(2, 6)}


@pytest.mark.parametrize(
    "make",
    [
        lambda: layers.RandomRotation(0.1),
        lambda: layers.RandomElasticTransform(),
        lambda: layers.Dense(3),
        lambda: "RandomHue",
    ],
)
def test_layers_that_move_are_refused(make):
    with pytest.raises(ArgumentError, match="RandomHue"):
        KerasLayer(make())


@pytest.mark.parametrize("channels", [1, 2, 4, 5])
@pytest.mark.parametrize("name", LAYERS)
def test_images_without_three_colours_are_changed_or_refused(name, channels):
    image = np.resize(IMAGE, (6, 5, channels))
    change = Augmentation([KerasLayer(made(name))])
    if name not in COLORED:
        assert change(image, seed=1).image.shape == image.shape
        return
    with pytest.raises(ArgumentError, match=rf"{name} .*an image of {channels}"):
        change(image, seed=1)


def test_masks_are_left_alone():
    mask = np.arange(120).reshape(12, 10)
    keras.utils.set_random_seed(0)
    result = Augmentation([KerasLayer(made("RandomHue"))])(IMAGE, mask, seed=3)
    np.testing.assert_array_equal(result.mask, mask)
