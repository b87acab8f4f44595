import keras
import numpy as np
import pytest
from checks.exports import check_exports
from checks.layers import check_layer

from kerasseg.errors import ArgumentError
from kerasseg.layers import SpatialPyramidPooling2D

BINS = [(1, 1), (2, 2), (3, 4)]


def random(*shape):
    return np.random.default_rng(0).normal(size=shape).astype("float32")


@pytest.mark.parametrize(("pooling", "size"), [("max", (7, 6)), ("average", (1, 1))])
def test_is_a_good_layer(pooling, size, fresh_process):
    arguments = {"bins": BINS, "pooling": pooling}
    shape = (2, *size, 3)
    check_layer(SpatialPyramidPooling2D, arguments, shape, fresh_process=fresh_process)


@pytest.mark.parametrize("pooling", ["max", "average"])
@pytest.mark.parametrize("size", [(13, 13), (12, 9), (3, 10), (1, 1)])
def test_is_each_bin_by_hand(pooling, size):
    x = random(2, *size, 3)
    combine = np.max if pooling == "max" else np.mean
    wanted = []
    for rows, columns in BINS:
        for i, j in np.ndindex(rows, columns):
            top, bottom = i * size[0] // rows, -(-(i + 1) * size[0] // rows)
            left, right = j * size[1] // columns, -(-(j + 1) * size[1] // columns)
            wanted.append(combine(x[:, top:bottom, left:right], axis=(1, 2)))
    result = keras.ops.convert_to_numpy(SpatialPyramidPooling2D(BINS, pooling)(x))
    np.testing.assert_allclose(
        result, np.concatenate(wanted, axis=1), rtol=1e-5, atol=1e-6
    )


def test_the_papers_length_for_any_image():
    """He et al., section 2.2: bins of 6, 3, 2 and 1 with 256 filters give 12 800."""
    layer = SpatialPyramidPooling2D((6, 3, 2, 1))
    assert layer.compute_output_shape((None, None, None, 256)) == (None, 12800)
    assert layer(np.zeros((1, 13, 17, 256), "float32")).shape == (1, 12800)


def test_a_classifier_of_any_size_behind_it():
    image = keras.Input((None, None, 3))
    x = keras.layers.Conv2D(4, 3)(image)
    x = SpatialPyramidPooling2D()(x)
    model = keras.Model(image, keras.layers.Dense(2)(x))
    model.compile("sgd", "mse")
    for size in (3, 9, 16):
        images, targets = random(2, size, size + 1, 3), random(2, 2)
        assert np.isfinite(model.train_on_batch(images, targets))


@pytest.mark.parametrize("pooling", ["max", "average"])
def test_exports_with_unknown_sizes(pooling):
    layer = SpatialPyramidPooling2D(BINS, pooling)
    check_exports(layer, [random(1, 7, 5, 3)], [random(2, 2, 9, 3)])


@pytest.mark.parametrize(
    ("wrong", "message"),
    [({"bins": ()}, "bins"), ({"bins": (0,)}, "bins"), ({"pooling": "avg"}, "pooling")],
)
def test_wrong_arguments_are_refused(wrong, message):
    with pytest.raises(ArgumentError, match=message):
        SpatialPyramidPooling2D(**wrong)


def test_addons_cropped_what_its_grids_left_over():
    x = random(2, 5, 7, 3)
    layer = SpatialPyramidPooling2D((1, (2, 3)), "average", "crop", flatten=False)
    y = keras.ops.convert_to_numpy(layer(x))
    assert y.shape == layer.compute_output_shape(x.shape) == (2, 7, 3)
    np.testing.assert_allclose(y[:, 0], x.mean(axis=(1, 2)), rtol=1e-5, atol=1e-6)
    for number in range(6):
        row, column = divmod(number, 3)
        part = x[:, 2 * row : 2 * row + 2, 2 * column : 2 * column + 2]
        wanted = part.mean(axis=(1, 2))
        np.testing.assert_allclose(y[:, 1 + number], wanted, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("pooling", ["max", "average"])
def test_grids_finer_than_the_map_share_its_pixels(pooling):
    x = random(2, 2, 7, 3)
    crop = SpatialPyramidPooling2D(((3, 2),), pooling, "crop")
    share = SpatialPyramidPooling2D(((3, 2),), pooling)
    np.testing.assert_array_equal(crop(x), share(x[:, :, :6]))


def test_means_of_integers_are_floats():
    x = np.array([1, 2], "int32").reshape(1, 1, 2, 1)
    layer = SpatialPyramidPooling2D((1,), "average")
    assert keras.ops.convert_to_numpy(layer(x)).item() == 1.5
    symbol = layer(keras.Input((1, 2, 1), dtype="int32"))
    assert symbol.dtype == keras.backend.standardize_dtype(layer(x).dtype) == "float32"
