import numpy as np
import pytest

from kerasseg.data import voc_colormap
from kerasseg.visualize.overlay_colors import overlay_colors


@pytest.mark.parametrize("grey", [[0, 255], [255, 0], [0], [0, 60, 255]])
def test_greys_give_way_to_colours(grey):
    colors = np.repeat(np.array(grey, np.uint8)[:, None], 3, axis=1)
    found = overlay_colors(colors)
    assert found.shape == colors.shape
    assert found.dtype == np.uint8
    assert (np.ptp(found.astype(int), axis=1) > 80).all()


def test_colours_stay_what_they_are():
    colors = voc_colormap(5)
    np.testing.assert_array_equal(overlay_colors(colors), colors)
