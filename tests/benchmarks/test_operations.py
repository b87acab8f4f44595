"""The counting of operations, against TensorFlow's profiler and by hand."""

import importlib.util
import sys
from pathlib import Path

import keras
import pytest
from keras import layers

import zoo
from kerasseg import convert_to_fcn

FILE = Path(__file__).parents[2] / "benchmarks" / "operations.py"
COUNTED_BY_PROFILER = {"Conv2D", "MatMul"}


@pytest.fixture(scope="module")
def count_operations():
    spec = importlib.util.spec_from_file_location("benchmark_operations", FILE)
    module = importlib.util.module_from_spec(spec)
    # A dataclass looks its module up while the class is made.
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, spec.name, module)
        spec.loader.exec_module(module)
        yield module.count_operations


def profiled_multiply_adds(tensorflow, model):
    """Half the floating-point operations that TensorFlow counts in the graph."""
    signature = tensorflow.TensorSpec((1, *model.input_shape[1:]), "float32")
    graph = tensorflow.function(model).get_concrete_function(signature).graph
    options = tensorflow.compat.v1.profiler.ProfileOptionBuilder.float_operation()
    options["output"] = "none"
    options["account_type_regexes"] = ["|".join(COUNTED_BY_PROFILER)]
    profile = tensorflow.compat.v1.profiler.profile(graph, options=options)
    return profile.total_float_ops / 2


@pytest.mark.parametrize("size", [32, 61])
def test_lenet5_as_the_profiler_counts(count_operations, tensorflow, size):
    fcn = convert_to_fcn(zoo.LeNet5(), (size, size))
    counted = count_operations(fcn).multiply_adds
    assert counted == profiled_multiply_adds(tensorflow, fcn)


def test_classifier_as_the_profiler_counts(count_operations, tensorflow):
    model = zoo.LeNet5()
    counted = count_operations(model).multiply_adds
    assert counted == profiled_multiply_adds(tensorflow, model)


def test_converted_net_at_its_own_size_does_the_same_work(count_operations):
    model = zoo.VGG16(input_shape=(64, 64, 3), hidden_units=16)
    fcn = convert_to_fcn(model, (64, 64))
    assert count_operations(fcn) == count_operations(model)


def test_groups_strides_and_values_by_hand(count_operations):
    model = keras.Sequential(
        [
            keras.Input((9, 11, 4)),
            layers.Conv2D(6, (3, 5), strides=2, groups=2),  # a map of 4×4×6
            layers.MaxPooling2D(2),  # 2×2×6
            layers.Flatten(),
            layers.Dense(5),
        ]
    )
    work = count_operations(model)
    assert work.multiply_adds == 4 * 4 * 6 * (3 * 5 * 2) + 24 * 5
    assert work.values == 4 * 4 * 6 + 2 * 2 * 6 + 5


def test_what_is_not_counted_is_refused(count_operations):
    model = keras.Sequential([keras.Input((9, 9, 4)), layers.DepthwiseConv2D(3)])
    with pytest.raises(ValueError, match="not counted"):
        count_operations(model)


def test_open_sizes_are_refused(count_operations):
    with pytest.raises(ValueError, match="open"):
        count_operations(convert_to_fcn(zoo.LeNet5()))
