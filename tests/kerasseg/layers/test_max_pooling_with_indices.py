import pytest
from checks.layers import check_layer

from kerasseg.layers import MaxPoolingWithIndices2D


@pytest.mark.parametrize(
    ("arguments", "shape"),
    [
        ({"pool_size": (2, 2), "strides": (2, 2), "padding": "valid"}, (2, 7, 6, 3)),
        ({"pool_size": (2, 2), "strides": (2, 2), "padding": "same"}, (2, 7, 1, 3)),
        ({"pool_size": (3, 2), "strides": (1, 3), "padding": "valid"}, (2, 7, 6, 3)),
        ({"pool_size": (3, 2), "strides": (2, 1), "padding": "same"}, (2, 6, 5, 2)),
    ],
)
def test_is_a_good_layer(fresh_process, arguments, shape):
    check_layer(MaxPoolingWithIndices2D, arguments, shape, fresh_process=fresh_process)
