import keras
import numpy as np
import pytest
from checks.exports import check_exports
from checks.layers import check_layer

from kerasseg.errors import ArgumentError
from kerasseg.layers import PadToMultiple2D


def images(*shape):
    return np.random.default_rng(0).normal(size=shape).astype("float32")


@pytest.mark.parametrize("rest", [0, 1])
def test_is_a_good_layer(rest, fresh_process):
    arguments = {"multiple": 4, "rest": rest}
    check_layer(PadToMultiple2D, arguments, (2, 6, 9, 3), fresh_process=fresh_process)


@pytest.mark.parametrize("rest", [0, 1])
@pytest.mark.parametrize("multiple", [1, 2, 8])
@pytest.mark.parametrize("size", [(1, 1), (2, 3), (8, 9), (17, 16)])
def test_repeats_the_edges_as_numpy_does(size, multiple, rest):
    x = images(1, *size, 2)
    y = keras.ops.convert_to_numpy(PadToMultiple2D(multiple, rest)(x))
    missing = [new - old for new, old in zip(y.shape[1:3], size, strict=True)]
    assert all(0 <= n < multiple for n in missing)
    assert all(n % multiple == rest % multiple for n in y.shape[1:3])
    wanted = np.pad(x, [(0, 0), *((0, n) for n in missing), (0, 0)], mode="edge")
    np.testing.assert_array_equal(y, wanted)


def test_exports_with_unknown_sizes():
    for rest in (0, 1):
        first, second = [images(1, 6, 9, 3)], [images(2, 1, 8, 3)]
        check_exports(PadToMultiple2D(8, rest), first, second)


@pytest.mark.parametrize(
    "arguments", [{"multiple": 0}, {"multiple": 2.0}, {"multiple": 8, "rest": 8}]
)
def test_bad_arguments_are_refused(arguments):
    *_, name = arguments
    with pytest.raises(ArgumentError, match=f"Received: {name}="):
        PadToMultiple2D(**arguments)
