import keras
import numpy as np
import pytest
from checks.exports import check_exports
from checks.layers import check_layer

from kerasseg.errors import ArgumentError
from kerasseg.layers import CropToMatch2D


def maps(*shapes):
    random = np.random.default_rng(0)
    return [random.normal(size=shape).astype("float32") for shape in shapes]


def cropped(inputs, **arguments):
    return keras.ops.convert_to_numpy(CropToMatch2D(**arguments)(inputs))


@pytest.mark.parametrize("offset", [None, (1, 0)])
def test_is_a_good_layer(offset, fresh_process):
    inputs = maps((2, 7, 6, 3), (2, 4, 5, 2))
    arguments = {"offset": offset}
    check_layer(CropToMatch2D, arguments, inputs=inputs, fresh_process=fresh_process)


@pytest.mark.parametrize(
    ("offset", "old", "new", "top_left"),
    [
        (None, (64, 64), (56, 56), (4, 4)),  # U-Net's lowest copy
        (None, (5, 4), (2, 1), (1, 1)),  # an odd rest goes to the bottom and the right
        (None, (3, 3), (3, 3), (0, 0)),
        (19, (544, 544), (500, 500), (19, 19)),  # FCN-32s
        ((2, 0), (3, 1), (1, 1), (2, 0)),
    ],
)
def test_cuts_where_it_should(offset, old, new, top_left):
    x, like = maps((1, *old, 2), (1, *new, 1))
    top, left = top_left
    wanted = x[:, top : top + new[0], left : left + new[1]]
    np.testing.assert_array_equal(cropped([x, like], offset=offset), wanted)


def test_keeps_labels_as_they_are():
    labels = np.arange(9, dtype="uint8").reshape(1, 3, 3, 1)
    symbols = keras.Input((3, 3, 1), dtype="uint8"), keras.Input((1, 1, 5))
    assert CropToMatch2D()(list(symbols)).dtype == "uint8"
    result = cropped([labels, np.zeros((1, 1, 1, 5), "float32")])
    assert result.dtype == "uint8"
    assert result.item() == 4


def test_exports_with_unknown_sizes():
    first, second = maps((1, 7, 6, 3), (1, 4, 5, 2)), maps((2, 3, 9, 3), (2, 3, 1, 2))
    check_exports(CropToMatch2D(), first, second)
    check_exports(CropToMatch2D(offset=(0, 1)), first, second)


@pytest.mark.parametrize("arguments", [{}, {"offset": (2, 0)}])
def test_a_map_that_is_too_small_is_refused(arguments):
    x, like = maps((1, 3, 3, 1), (1, 4 if not arguments else 2, 2, 1))
    layer = CropToMatch2D(name="crop", **arguments)
    with pytest.raises(ArgumentError, match="crop: a map of"):
        layer([x, like])
    with pytest.raises(ArgumentError, match="crop: a map of"):
        layer([keras.Input(x.shape[1:]), keras.Input(like.shape[1:])])


@pytest.mark.parametrize("arguments", [{}, {"offset": (2, 0)}])
def test_no_smaller_map_comes_out_of_a_graph_of_unknown_sizes(arguments, tensorflow):
    x, like = maps((1, 3, 3, 1), (1, 4 if not arguments else 2, 2, 1))
    layer = CropToMatch2D(**arguments)
    unknown = tensorflow.TensorSpec((None, None, None, 1))
    graph = tensorflow.function(
        lambda *inputs: layer(inputs), input_signature=[unknown, unknown]
    )
    with pytest.raises(tensorflow.errors.InvalidArgumentError, match=r"slice|Slice"):
        graph(x, like)


@pytest.mark.parametrize("wrong", [-1, (1, 2, 3), 0.5])
def test_wrong_offsets_are_refused(wrong):
    with pytest.raises(ArgumentError, match="offset must be"):
        CropToMatch2D(offset=wrong)


def test_wrong_calls_are_refused():
    (x,) = maps((1, 3, 3, 1))
    for inputs in (x, [x], [x, x[0]]):
        with pytest.raises(ArgumentError, match=r"call it with \[map, like\]"):
            CropToMatch2D()(inputs)
