import keras
import pytest

from kerasseg.errors import KerasSegError
from kerasseg.old_models.arguments import repair_arguments
from kerasseg.old_models.functions import repair_activation, repair_function


def test_activations_that_changed_their_meaning_or_name():
    made = keras.activations.get(repair_activation("hard_sigmoid", "a", "Activation"))
    assert float(made(keras.ops.convert_to_tensor(1.0))) == pytest.approx(0.7)
    assert repair_activation("h_swish", "a", "Activation") == "hard_silu"
    inside = {"class_name": "function", "config": "swish", "module": "builtins"}
    assert repair_activation(inside, "a", "Activation") == "silu"
    old = {"class_name": "LeakyReLU", "config": {"name": "l", "alpha": 0.1}}
    layer = keras.activations.get(repair_activation(old, "a", "Dense"))
    assert layer.negative_slope == 0.1
    assert repair_activation("mine", "a", "Dense", {"mine": abs}) is abs


@pytest.mark.parametrize(
    "code", ["<lambda>", ["4wEA", None, None], {"class_name": "__lambda__"}]
)
def test_code_is_refused_with_the_name_of_the_layer(code):
    with pytest.raises(KerasSegError, match=r"'a' \(Dense\).*Python code"):
        repair_activation(code, "a", "Dense")


def test_what_only_training_needs_is_left_out_where_unknown():
    mine = {"class_name": "MyOwn", "config": {}}
    assert repair_function("kernel_initializer", mine) == "zeros"
    assert repair_function("kernel_regularizer", mine) is None
    assert repair_function("kernel_constraint", "mine") is None
    old = {"name": "WeightRegularizer", "l1": 0.0, "l2": 0.5}
    made = keras.regularizers.get(repair_function("kernel_regularizer", old))
    assert float(made.l2) == 0.5


def test_arguments_of_old_versions():
    config = {"name": "b", "axis": [3], "fused": None, "mode": 0}
    assert repair_arguments("BatchNormalization", config) == {"name": "b", "axis": 3}
    policy = {"class_name": "Policy", "config": {"name": "mixed_float16"}}
    made = repair_arguments("ReLU", {"name": "r", "dtype": policy})
    assert made == {"name": "r", "dtype": "mixed_float16"}
    six = {"type": "ndarray", "value": 6.0}
    assert repair_arguments("ReLU", {"max_value": six}) == {"max_value": 6.0}
    with pytest.raises(KerasSegError, match=r"'b' \(BatchNormalization\).*mode=2"):
        repair_arguments("BatchNormalization", {**config, "mode": 2})
    with pytest.raises(KerasSegError, match=r"axes \[1, 3\]"):
        repair_arguments("BatchNormalization", {**config, "axis": [1, 3]})
