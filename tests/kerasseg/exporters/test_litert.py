import zipfile

import keras
import numpy as np
import pytest
from checks.exactness import randomise
from keras import layers

from kerasseg.errors import ArgumentError, ExportError
from kerasseg.exporters import export
from kerasseg.layers import (
    AdaptiveAveragePooling2D,
    DilatedAveragePooling2D,
    FlatMaxUnpooling2D,
    MaxPoolingWithArgmax2D,
    Resize2D,
    SpatialPyramidPooling2D,
)


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    """The same net in all four precisions."""
    if keras.backend.backend() != "tensorflow":  # asked before the fixtures of a test
        pytest.skip("exports are written by the TensorFlow backend")
    image = keras.Input((None, None, 3), name="image")
    x = layers.Conv2D(8, 3, padding="same", activation="relu")(image)
    scores = layers.Conv2D(3, 3, activation="softmax")(layers.MaxPooling2D()(x))
    net = randomise(keras.Model(image, scores, name="net"))
    folder = tmp_path_factory.mktemp("litert")
    random = np.random.default_rng(0)
    images = [random.random((32, 32, 3), "float32") for _ in range(8)]
    made = {}
    for kind in (None, "float16", "dynamic", "int8"):
        path = folder / f"{kind}.tflite"
        examples = images if kind == "int8" else None
        made[kind] = export(
            net,
            path,
            "litert",
            quantization=kind,
            representative_data=examples,
            class_names=["a", "b", "c d"],
        )
    return made


def test_fewer_bits_differ_more(reports):
    assert reports[None].largest_difference <= 1e-5
    assert 1e-6 < reports["float16"].largest_difference <= 1e-2
    assert reports["float16"].largest_difference < reports["int8"].largest_difference


def test_names_can_be_read_from_the_file(reports):
    for report in reports.values():
        with zipfile.ZipFile(report.path) as attached:
            assert attached.read("labels.txt").decode() == "a\nb\nc d\n"


def test_only_operations_of_litert_itself(reports):
    for report in reports.values():
        assert b"Flex" not in report.path.read_bytes()
        assert not report.remarks


def test_int8_tells_how_many_places_change_their_class(tmp_path, tensorflow):
    keras.utils.set_random_seed(0)
    image = keras.Input((None, None, 3))
    net = keras.Model(image, layers.Conv2D(40, 1)(image))  # many scores are close
    path = tmp_path / "net.tflite"
    images = np.random.default_rng(0).random((2, 60, 80, 3))
    options = {"quantization": "int8", "representative_data": iter(images)}
    told = export(net, path, "litert", **options).changed_classes
    interpreter = tensorflow.lite.Interpreter(str(path))
    served = [
        interpreter.get_signature_runner()(**{image.name: x})
        for x in images[:, None].astype("float32")
    ]
    labels = np.concatenate([y["output_0"] for y in served]).argmax(axis=-1)
    assert told == np.mean(labels != np.argmax(net(images), axis=-1)) > 0


def test_a_refused_int8_tells_it_too(tmp_path):
    image = keras.Input((None, None, 3))
    net = keras.Model(image, layers.Conv2D(3, 3)(image))
    options = {"quantization": "int8", "tolerance": 1e-9}
    options["representative_data"] = np.zeros((2, 16, 16, 3))
    with pytest.raises(
        ExportError, match=r"written. 0.00% of its classes on the first"
    ):
        export(net, tmp_path / "net.tflite", "litert", **options)


def test_no_other_quantization_tells_it(reports):
    told = [kind for kind, report in reports.items() if report.changed_classes is None]
    assert told == [None, "float16", "dynamic"]


def test_int8_needs_examples(small_net, tmp_path):
    with pytest.raises(ArgumentError, match="representative_data"):
        export(small_net, tmp_path / "a.tflite", "litert", quantization="int8")


def _like_the_image(image):
    return Resize2D()([layers.MaxPooling2D(4, padding="same")(image), image])


@pytest.mark.parametrize(
    "layer",
    [
        AdaptiveAveragePooling2D(1),
        AdaptiveAveragePooling2D((3, 6)),
        SpatialPyramidPooling2D(pooling="average", remainder="crop"),
        DilatedAveragePooling2D(3, dilation_rate=2, padding="same"),
        Resize2D(2),
        Resize2D((0.5, 1.7), interpolation="nearest"),
        Resize2D(size=(40, 50)),
        _like_the_image,
    ],
)
def test_int8_takes_other_sizes_than_it_was_calibrated_on(layer, tmp_path):
    image = keras.Input((None, None, 3))
    net = keras.Model(image, layer(image))
    images = np.random.default_rng(0).random((8, 32, 32, 3), "float32")
    images[0], images[1] = 0, 1  # so that no mean of other images is out of range
    report = export(
        net,
        tmp_path / "net.tflite",
        "litert",
        quantization="int8",
        representative_data=images,
        sizes=[(32, 32), (64, 80), (300, 420)],
        tolerance=1,
    )
    assert len(report.differences) == 3 and report.largest_difference <= 0.015


def test_int8_of_scattered_maxima_is_refused(tmp_path):
    """As docs/exports.md says, LiteRT fills up with the byte 0, whatever it means."""
    image = keras.Input((None, None, 3))
    net = keras.Model(image, FlatMaxUnpooling2D()([*MaxPoolingWithArgmax2D()(image)]))
    images = np.random.default_rng(0).random((2, 32, 32, 3))
    options = {"quantization": "int8", "representative_data": images}
    with pytest.raises(ExportError, match="differs by"):
        export(net, tmp_path / "net.tflite", "litert", **options)
