import keras
import numpy as np
import pytest
from keras import layers

import kerasseg
from kerasseg.errors import (
    ArgumentError,
    ExportError,
    FileError,
    KerasSegWarning,
    MissingPackageError,
)
from kerasseg.exporters import export, exporting, saved_model
from kerasseg.exporters.report import ExportReport

SUFFIXES = {"tf_saved_model": "", "onnx": ".onnx", "litert": ".tflite"}
SUFFIXES["openvino"] = ".xml"


def export_or_skip(model, folder, format, **options):
    try:
        return export(model, folder / f"net{SUFFIXES[format]}", format, **options)
    except MissingPackageError as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("format", SUFFIXES)
def test_equals_the_model_at_two_sizes(small_net, tmp_path, format):
    report = export_or_skip(small_net, tmp_path, format)
    assert list(report.differences) == ["1×32×32×3", "1×40×36×3"]
    assert report.largest_difference <= 1e-5
    assert report.path.exists() and report.bytes > 1000
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("format", SUFFIXES)
def test_inputs_and_outputs_keep_their_order(two_inputs_and_outputs, tmp_path, format):
    report = export_or_skip(two_inputs_and_outputs, tmp_path, format)
    assert report.largest_difference <= 1e-5
    assert next(iter(report.differences)) == "1×32×32×3, 1×4, 1×4"


def test_a_net_of_fixed_size_is_tried_at_that(tmp_path):
    image = keras.Input((9, 7, 1))
    model = keras.Model(image, layers.Dense(2)(layers.Flatten()(image)))
    report = export(model, tmp_path / "net")
    assert list(report.differences) == ["1×9×7×1"]
    assert any("predict_mask" in remark for remark in report.remarks)


def test_another_result_is_refused_and_leaves_what_was(
    small_net, tmp_path, monkeypatch
):
    path = tmp_path / "net"
    export(small_net, path)
    before = (path / "saved_model.pb").read_bytes()

    def opens_another(path, model):
        return lambda inputs: [np.asarray(model(inputs["image"])) + 1e-3]

    monkeypatch.setattr(saved_model, "open_file", opens_another)
    with pytest.raises(ExportError, match=r"small_net.*differs by.*nothing was"):
        export(small_net, path)
    assert (path / "saved_model.pb").read_bytes() == before
    assert [child.name for child in tmp_path.iterdir()] == ["net"]


@pytest.mark.parametrize("values", [np.nan, np.inf])
def test_values_that_are_no_numbers_are_refused(
    small_net, tmp_path, monkeypatch, values
):
    def opens_another(path, model):
        return lambda inputs: [np.full_like(model(inputs["image"]), values)]

    monkeypatch.setattr(saved_model, "open_file", opens_another)
    with pytest.raises(ExportError, match="differs by nan"):
        export(small_net, tmp_path / "net")
    assert not list(tmp_path.iterdir())


def test_what_tensorflow_cannot_write_is_refused_by_name(small_net, tmp_path):
    class Stubborn(layers.Layer):
        def call(self, x):
            raise TypeError("numbers? never")

        def compute_output_spec(self, x):
            return keras.KerasTensor(x.shape)

    image = keras.Input((None, None, 3))
    model = keras.Model(image, Stubborn()(image), name="stubborn")
    message = r"'stubborn' cannot be written as litert: TypeError.*numbers"
    with pytest.raises(ExportError, match=message):
        export(model, tmp_path / "net.tflite", "litert")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"format": "caffe"}, "format must be one of"),
        ({"format": "onnx"}, "must end in .onnx"),
        ({"quantization": "float16"}, "must be one of None for"),
        ({"quantization": "int8"}, "must be one of None for"),
        ({"sizes": [(32, 32), (0, 32)]}, r"sizes must suit.*0×32"),
        ({"preprocess": "mine"}, "preprocess must be one of"),
        ({"class_names": "cat"}, "class_names must be a list of names.*'cat'"),
        ({"representative_data": []}, "representative_data must be given for"),
    ],
)
def test_wrong_arguments_are_refused(small_net, tmp_path, options, message):
    if options.get("format") == "onnx":
        pytest.importorskip("tf2onnx")
    with pytest.raises(ArgumentError, match=message):
        export(small_net, tmp_path / "net", **options)
    assert not list(tmp_path.iterdir())


def test_the_ending_tells_the_format(small_net, tmp_path):
    assert export(small_net, tmp_path / "net.tflite").format == "litert"
    assert (tmp_path / "net.tflite").is_file()
    assert export(small_net, tmp_path / "net").format == "tf_saved_model"
    with pytest.raises(ArgumentError, match=r"tells no format.*mean \.onnx"):
        export(small_net, tmp_path / "net.onx")
    with pytest.raises(ArgumentError, match=r"ends in \.pb, which tells no format"):
        export(small_net, tmp_path / "net.pb")
    with pytest.raises(ArgumentError, match=r"must not end in \.onnx.*SavedModel"):
        export(small_net, tmp_path / "net.onnx", "tf_saved_model")
    assert export(small_net, tmp_path / "net.v2").format == "tf_saved_model"


def test_class_names_may_be_an_array(small_net, tmp_path):
    export(small_net, tmp_path / "net", class_names=[])  # none
    names = np.array(list("abcdef")[: small_net.outputs[0].shape[-1]])
    export(small_net, tmp_path / "net", class_names=names)
    import tensorflow as tf

    loaded = tf.saved_model.load(str(tmp_path / "net"))
    assert [name.decode() for name in loaded.class_names().numpy()] == list(names)


def test_folders_of_other_things_are_never_replaced(small_net, tmp_path):
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "to_mother.txt").write_text("Dear mother")
    with pytest.raises(FileError, match="folder of other things"):
        export(small_net, tmp_path / "letters")
    with pytest.raises(FileError, match="does not exist"):
        export(small_net, tmp_path / "nowhere" / "net")


def test_an_existing_export_is_replaced_only_if_allowed(small_net, tmp_path):
    export(small_net, tmp_path / "net")
    with pytest.raises(FileError, match=r"exists already; .* overwrite=True"):
        export(small_net, tmp_path / "net", overwrite=False)
    report = export(small_net, tmp_path / "net")
    assert report.largest_difference <= 1e-5


def test_is_a_public_name():
    assert kerasseg.export is export


def test_what_fails_on_the_examples_is_not_laid_to_the_file(
    small_net, tmp_path, monkeypatch
):
    def fails(model, run, examples):
        raise ValueError("too dark")

    monkeypatch.setattr(exporting, "share_of_changed_classes", fails)
    options = {"quantization": "int8", "tolerance": 1.0}
    options["representative_data"] = np.zeros((1, 32, 32, 3))
    words = r"representative_data are not known: ValueError: too dark\. Nothing"
    with pytest.raises(ExportError, match=words):
        export(small_net, tmp_path / "net.tflite", "litert", **options)
    assert not list(tmp_path.iterdir())


def test_the_report_keeps_the_order_that_it_had():
    report = ExportReport("net", "onnx", None, 1, {"1×2": 0.5}, 1.0, ["a remark"])
    assert (report.remarks, report.changed_classes) == (["a remark"], None)


def test_of_several_scores_nobody_asks_whether_they_are_probabilities(
    tmp_path, recwarn
):
    image = keras.Input((None, None, 1))
    scores = layers.Conv2D(3, 1, activation="sigmoid")(image)
    sums = keras.ops.sum(scores, axis=-1, keepdims=True)
    export(keras.Model(image, scores / sums), tmp_path / "net")
    assert not [one for one in recwarn if one.category is KerasSegWarning]
