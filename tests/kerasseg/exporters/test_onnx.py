import keras
import pytest
from checks.exactness import randomise
from keras import layers

from kerasseg.exporters import export

pytest.importorskip("tf2onnx", reason="writing ONNX needs the extra onnx")


@pytest.mark.parametrize("size", [(None, None), (9, 7)])
def test_a_model_need_not_have_been_called(tmp_path, size):
    image = keras.Input((*size, 3), name="image")
    model = randomise(keras.Model(image, layers.Conv2D(2, 3)(image)))
    report = export(model, tmp_path / "net.onnx", "onnx")
    assert report.largest_difference <= 1e-5


def test_convolutions_in_groups(tmp_path, tensorflow):
    image = keras.Input((None, None, 4), name="image")
    model = randomise(keras.Model(image, layers.Conv2D(6, 3, groups=2)(image)))
    report = export(model, tmp_path / "net.onnx", "onnx")
    assert report.largest_difference <= 1e-5
    assert not tensorflow.config.functions_run_eagerly()


def test_facts_are_in_the_metadata(small_net, tmp_path):
    import onnx

    names = ["sky", "road", "Fußgänger"]
    export(small_net, tmp_path / "net.onnx", "onnx", class_names=names)
    written = onnx.load(tmp_path / "net.onnx").metadata_props
    facts = {pair.key: pair.value for pair in written}
    assert facts["class_names"].split("\n") == names
    assert facts["preprocess"] == "unit"


def axes_of(path):
    import onnx

    graph = onnx.load(path).graph
    return [
        [size.dim_param or size.dim_value for size in value.type.tensor_type.shape.dim]
        for value in (*graph.input, *graph.output)
    ]


def test_open_axes_have_names(small_net, two_inputs_and_outputs, tmp_path):
    export(small_net, tmp_path / "net.onnx")
    assert axes_of(tmp_path / "net.onnx") == [
        ["batch", "height", "width", 3],
        ["batch", "output_height", "output_width", 3],
    ]
    export(two_inputs_and_outputs, tmp_path / "two.onnx")
    first, *_, last = axes_of(tmp_path / "two.onnx")
    assert first == ["batch", "input_0_height", "input_0_width", 3]
    assert last == ["batch", "output_1_height", "output_1_width", 2]
