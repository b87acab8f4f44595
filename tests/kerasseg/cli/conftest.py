import keras
import numpy as np
import pytest
from checks.exactness import randomise
from keras import layers
from PIL import Image


@pytest.fixture(scope="session")
def models(tmp_path_factory):
    """A folder of model files: a classifier, and what is not one."""
    folder = tmp_path_factory.mktemp("models")
    trunk = [
        keras.Input((12, 10, 3)),
        layers.Conv2D(4, 3, activation="relu", name="conv"),
        layers.MaxPooling2D(2, name="pool"),
    ]
    head = [layers.Flatten(name="flat"), layers.Dense(3, "softmax", name="scores")]
    classifier = randomise(keras.Sequential([*trunk, *head], name="small"))
    classifier.save(folder / "classifier.keras")
    classifier.save(folder / "classifier.h5")
    keras.Sequential(trunk, name="trunk").save(folder / "trunk.keras")
    keras.Sequential([keras.Input((5,)), layers.Dense(2)], name="words").save(
        folder / "words.keras"
    )
    (folder / "text.keras").write_text("not a model")
    return folder


@pytest.fixture
def photo(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (40, 50, 3), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "photo.png")
    return tmp_path / "photo.png"
