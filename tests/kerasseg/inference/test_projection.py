import keras
import numpy as np
import pytest
from keras import layers
from scipy.interpolate import RegularGridInterpolator

import kerasseg
from kerasseg.errors import ArgumentError
from kerasseg.geometry import ReceptiveField
from kerasseg.inference import project_heatmap

FIELD = ReceptiveField(size=(32, 16), stride=(4, 8), offset=(-6, 0))


def test_bilinear_agrees_with_scipy_at_the_centres_of_cells_and_pixels():
    heatmap = np.random.default_rng(0).normal(size=(5, 7))
    rows = [FIELD.center(i, 0)[0] for i in range(5)]
    columns = [FIELD.center(0, j)[1] for j in range(7)]
    inside = RegularGridInterpolator((rows, columns), heatmap)
    pixels = np.stack(np.meshgrid(np.arange(40) + 0.5, np.arange(70) + 0.5), -1)
    pixels = pixels.transpose(1, 0, 2)  # (40, 70, 2) of (y, x)
    pixels = np.clip(pixels, (rows[0], columns[0]), (rows[-1], columns[-1]))
    actual = project_heatmap(heatmap, FIELD, (40, 70))
    np.testing.assert_allclose(actual, inside(pixels), rtol=1e-5, atol=1e-6)


def test_nearest_takes_the_cell_whose_centre_is_nearest():
    heatmap = np.random.default_rng(0).normal(size=(5, 7, 2)).astype("float32")
    actual = project_heatmap(heatmap, FIELD, (40, 70), "nearest")
    rows = np.array([FIELD.center(i, 0)[0] for i in range(5)])
    columns = np.array([FIELD.center(0, j)[1] for j in range(7)])
    for y, x in np.ndindex(40, 70):
        row = np.abs(rows - (y + 0.5)).argmin()
        column = np.abs(columns - (x + 0.5)).argmin()  # argmin takes the first of two
        np.testing.assert_array_equal(actual[y, x], heatmap[row, column])


def test_ties_fall_to_the_first_cell():
    field = ReceptiveField(size=(1, 1), stride=(2, 2), offset=(0, 0))
    cells = np.array([[0.0, 1.0, 2.0, 3.0]])
    # Centres at x = 0.5, 2.5, 4.5, 6.5: pixels 1, 3 and 5 lie half way between.
    row = project_heatmap(cells, field, (1, 7), "nearest")[0]
    np.testing.assert_array_equal(row, [0, 0, 1, 1, 2, 2, 3])


def test_a_cell_without_score_leaves_its_neighbours_their_centres():
    field = ReceptiveField(size=(1, 1), stride=(2, 2), offset=(0, 0))
    row = project_heatmap(np.array([[1.0, np.nan, 3.0]]), field, (1, 5))[0]
    np.testing.assert_array_equal(row, [1, np.nan, np.nan, np.nan, 3])


def test_a_bright_pixel_comes_back_in_its_place():
    # A net whose cells look straight at their pixels: centres 2, 4, 6, … in y and x.
    net = keras.Sequential(
        [keras.Input((None, None, 1)), layers.AveragePooling2D(2, 2, name="pool")]
    )
    image = np.zeros((1, 12, 14, 1), "float32")
    image[0, 4:6, 8:10] = 1
    heatmap = net.predict_on_batch(image)[0, ..., 0]
    field = kerasseg.receptive_field(net)
    back = project_heatmap(heatmap, field, (12, 14), "nearest")
    np.testing.assert_array_equal(back, image[0, ..., 0])
    smooth = project_heatmap(heatmap, field, (12, 14))
    ys, xs = np.mgrid[:12, :14]
    middle = (smooth * ys).sum() / smooth.sum(), (smooth * xs).sum() / smooth.sum()
    assert middle == pytest.approx((4.5, 8.5))


def test_borders_go_on_and_one_cell_fills_the_image():
    field = ReceptiveField(size=(8, 8), stride=(8, 8), offset=(0, 0))
    one = project_heatmap(np.array([[0.25]], "float16"), field, (3, 9))
    assert one.dtype == np.float32
    np.testing.assert_array_equal(one, np.full((3, 9), 0.25))
    two = project_heatmap(np.array([[0.0, 1.0]]), field, (1, 20))
    np.testing.assert_array_equal(two[0, :4], 0)
    np.testing.assert_array_equal(two[0, 12:], 1)


def test_pixels_that_no_cell_looks_at_can_be_left_out():
    field = ReceptiveField(size=(8, 8), stride=(4, 4), offset=(0, 0))  # centres 4, 8
    row = project_heatmap(np.array([[0.0, 1.0]]), field, (9, 14), border="nan")
    assert np.isnan(row[:2]).all()
    assert np.isnan(row[6:]).all()
    # Half a stride beyond the centres at x = 4 and x = 8: pixels 2 to 9.
    np.testing.assert_array_equal(
        np.isnan(row[3]), [True] * 2 + [False] * 8 + [True] * 4
    )
    extended = project_heatmap(np.array([[0.0, 1.0]]), field, (9, 14))
    np.testing.assert_array_equal(row[3, 2:10], extended[3, 2:10])


@pytest.mark.parametrize(
    ("heatmap", "method", "reason"),
    [
        (np.ones(3), "bilinear", r"shape \(3,\)"),
        (np.ones((0, 3)), "bilinear", "at least one cell"),
        (np.ones((3, 3)), "cubic", "cubic"),
    ],
)
def test_wrong_arguments_are_refused(heatmap, method, reason):
    with pytest.raises(ArgumentError, match=reason):
        project_heatmap(heatmap, FIELD, (9, 9), method)
