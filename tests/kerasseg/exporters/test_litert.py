import zipfile

import keras
import numpy as np
import pytest
from checks.exactness import randomise
from keras import layers

from kerasseg.errors import ArgumentError
from kerasseg.exporters import export


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    """The same net in all four precisions."""
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


def test_int8_needs_examples(small_net, tmp_path):
    with pytest.raises(ArgumentError, match="representative_data"):
        export(small_net, tmp_path / "a.tflite", "litert", quantization="int8")
