import keras
import numpy as np
import pytest
from checks.exports import check_exports
from checks.layers import check_layer

from kerasseg.layers import SpreadOverMap2D


@pytest.mark.parametrize("shape", [(2, 3), (2, 1, 1, 3)])
def test_every_place_gets_the_vector_of_its_image(shape, fresh_process):
    random = np.random.default_rng(0)
    vector = random.normal(size=shape).astype("float32")
    places = random.normal(size=(2, 4, 5, 7)).astype("float32")
    spread = keras.ops.convert_to_numpy(SpreadOverMap2D()([vector, places]))
    assert spread.shape == (2, 4, 5, 3)
    for image in range(2):
        wanted = np.tile(vector[image].reshape(1, 1, 3), (4, 5, 1))
        np.testing.assert_array_equal(spread[image], wanted)
    check_layer(
        SpreadOverMap2D,
        {},
        inputs=[vector, places],
        fresh_process=fresh_process,
        sizes_may_be_unknown=len(shape) == 4,
        jit=(False,),
    )


def test_exports():
    random = np.random.default_rng(0)
    examples = [
        [random.normal(size=shape).astype("float32") for shape in shapes]
        for shapes in [((1, 1, 1, 3), (1, 4, 5, 2)), ((2, 1, 1, 3), (2, 1, 6, 2))]
    ]
    check_exports(SpreadOverMap2D(), *examples)
