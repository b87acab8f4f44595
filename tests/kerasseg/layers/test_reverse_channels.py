import keras
import numpy as np
from checks.layers import check_layer

from kerasseg.layers import ReverseChannels


def test_is_a_good_layer(fresh_process):
    check_layer(ReverseChannels, {}, (2, 4, 5, 3), fresh_process=fresh_process)


def test_equals_a_slice_of_numpy():
    image = np.random.default_rng(0).normal(size=(2, 4, 5, 3)).astype("float32")
    made = keras.ops.convert_to_numpy(ReverseChannels()(image))
    np.testing.assert_array_equal(made, image[..., ::-1])
