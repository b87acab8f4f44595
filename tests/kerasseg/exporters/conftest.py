import keras
import pytest
from checks.exactness import randomise
from keras import layers

from kerasseg.layers import MaxPoolingWithIndices2D, MaxUnpooling2D


@pytest.fixture(autouse=True)
def only_tensorflow(tensorflow):
    """Exports are written by the TensorFlow backend."""


@pytest.fixture(scope="module")
def small_net():
    """From an image of any size to a map of three classes, with pooling by index."""
    image = keras.Input((None, None, 3), name="image")
    x = layers.Conv2D(4, 3, padding="same", activation="relu")(image)
    x, indices = MaxPoolingWithIndices2D(padding="same")(x)
    x = layers.Conv2D(4, 3, padding="same")(x)
    x = MaxUnpooling2D(padding="same")([x, indices, image])
    scores = layers.Conv2D(3, 1, activation="softmax")(x)
    return randomise(keras.Model(image, scores, name="small_net"))


@pytest.fixture(scope="module")
def two_inputs_and_outputs():
    """Names out of alphabetical order, since files sort what they take."""
    image = keras.Input((None, None, 3), name="z_image")
    plus = keras.Input((4,), name="b_plus")
    minus = keras.Input((4,), name="a_minus")
    vector = layers.Reshape((1, 1, 4))(layers.Subtract()([plus, minus]))
    first = layers.Add()([layers.Conv2D(4, 3)(image), vector])
    second = layers.Conv2D(2, 1)(first)
    model = keras.Model([image, plus, minus], [first, second], name="two")
    return randomise(model)
