import pytest
from checks.layers import check_layer

from kerasseg.layers import BedOfNailsUpSampling2D


@pytest.mark.parametrize("shape", [(2, 3, 4, 3), (2, 1, 1, 1)])
def test_is_a_good_layer(fresh_process, shape):
    arguments = {"size": (2, 3)}
    check_layer(BedOfNailsUpSampling2D, arguments, shape, fresh_process=fresh_process)
