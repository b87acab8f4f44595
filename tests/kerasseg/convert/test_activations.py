import keras
import pytest
from checks.exactness import check_conversion
from keras import layers, ops

import kerasseg
from kerasseg.errors import ConversionError


@keras.saving.register_keras_serializable(package="kerasseg_tests")
class Centred(layers.ReLU):
    """Reads the whole map, unlike the layer that it is made from."""

    def call(self, inputs):
        return inputs - ops.mean(inputs, axis=(1, 2), keepdims=True)


def activated(activation):
    return keras.Sequential(
        [
            keras.Input((6, 6, 2)),
            layers.Conv2D(3, 3, activation=activation, name="conv"),
            layers.Flatten(),
            layers.Dense(4),
        ]
    )


def test_a_subclass_as_activation_is_unknown():
    with pytest.raises(ConversionError, match=r"'conv'.*'Centred'"):
        kerasseg.convert_to_fcn(activated(Centred()))


@pytest.mark.parametrize("kind", [layers.ReLU, layers.ELU, layers.LeakyReLU])
def test_layers_of_keras_as_activation_are_known(kind):
    check_conversion(activated(kind(0.3)))
