from functools import partial

import keras
import pytest

import kerasseg
from kerasseg.errors import ArgumentError
from kerasseg.own_layers import is_declared


def test_a_class_or_function_is_declared_and_nothing_else():
    @kerasseg.elementwise
    class Mine(keras.layers.Layer):
        def call(self, x):
            return -x

    class Child(Mine):
        pass

    def cube(x):
        return x**3

    assert kerasseg.elementwise(cube) is cube
    assert kerasseg.elementwise(cube) is cube  # again
    assert is_declared(Mine) and is_declared(Mine()) and is_declared(cube)
    assert not is_declared(Child()) and not is_declared(keras.layers.Flatten())
    assert not is_declared(keras.layers.Activation(cube))
    assert not is_declared(None)


@pytest.mark.parametrize("wrong", ["Swish", None, 3, dict, partial(abs), keras.Layer()])
def test_what_is_neither_is_refused(wrong):
    with pytest.raises(ArgumentError, match=r"subclass of keras\.layers\.Layer"):
        kerasseg.elementwise(wrong)


@pytest.mark.parametrize(
    "known", [keras.layers.Conv2D, keras.layers.Layer, keras.activations.softmax]
)
def test_what_keras_has_is_not_declared(known):
    with pytest.raises(ArgumentError, match="is known already"):
        kerasseg.elementwise(known)
    assert not is_declared(known)
