import json
import subprocess
import sys

import keras
import numpy as np
import pytest
from checks.masks import IGNORED, scores_of

from kerasseg import layers, losses, metrics
from kerasseg.errors import ArgumentError
from kerasseg.metrics import ConfusionMatrix, Dice, IoU

CLASSES = 4
NAMES = {
    "PixelAccuracy": "pixel_accuracy",
    "MeanAccuracy": "mean_accuracy",
    "MeanIoU": "mean_iou",
    "FrequencyWeightedIoU": "frequency_weighted_iou",
    "Dice": "mean_dice",
}


@pytest.fixture
def batch():
    random = np.random.default_rng(0)
    true = random.choice([0, 1, 3, IGNORED], (3, 4, 5))
    return true, scores_of(random.choice([0, 1, 3], (3, 4, 5)), CLASSES)


@pytest.mark.parametrize("average", ["dataset", "image"])
@pytest.mark.parametrize("name", NAMES)
def test_equals_the_matrix_of_that_name(name, average, batch):
    options = {"ignore_class": IGNORED, "average": average}
    metric = getattr(metrics, name)(CLASSES, **options)
    matrix = ConfusionMatrix(CLASSES, (NAMES[name],), **options)
    value, values = metric(*batch), matrix(*batch)
    assert metric.name == ("dice" if name == "Dice" else NAMES[name])
    assert 0 < float(value) < 1
    assert float(value) == float(values[NAMES[name]])
    assert metric.details() == matrix.details()[NAMES[name]]
    if name != "PixelAccuracy":
        assert metric.details().left_out == ("class_2",)


@pytest.mark.parametrize("metric_class", [IoU, Dice])
def test_one_class_of_each(metric_class, batch):
    matrix = ConfusionMatrix(CLASSES, ("iou", "dice"), ignore_class=IGNORED)
    values = matrix(*batch)
    measure = "iou" if metric_class is IoU else "dice"
    for index in range(CLASSES):
        metric = metric_class(CLASSES, target_class=index, ignore_class=IGNORED)
        assert float(metric(*batch)) == float(values[f"{measure}_class_{index}"])
        details = metric.details()
        assert (details.value is None) == (index == 2)
        assert details.left_out == (("class_2",) if index == 2 else ())


def test_iou_of_each_class_has_its_name(batch):
    metric = IoU(CLASSES, ignore_class=IGNORED, class_names=["a", "b", "c", "d"])
    values = metric(*batch)
    assert list(values) == ["iou_a", "iou_b", "iou_c", "iou_d", "iou_left_out"]
    assert (float(values["iou_c"]), float(values["iou_left_out"])) == (0, 1)
    assert metric.details().per_class["c"] is None


@pytest.mark.parametrize("name", [*NAMES, "IoU"])
def test_config_and_registration(name, batch):
    metric_class = getattr(metrics, name)
    options = {"average": "image", "ignore_class": IGNORED, "threshold": 0.3}
    if name in ("IoU", "Dice"):
        options["target_class"] = 1
    metric = metric_class(CLASSES, name="own", **options)
    written = json.loads(json.dumps(keras.saving.serialize_keras_object(metric)))
    assert written["registered_name"].startswith(f"kerasseg>{name}")
    read = keras.saving.deserialize_keras_object(written)
    assert read.get_config() == metric.get_config()
    assert read.name == "own"
    assert float(read(*batch)) == float(metric(*batch))


def test_no_loss_or_layer_has_the_registered_name_of_another():
    parts = (layers, losses, metrics)
    public = [getattr(part, name) for part in parts for name in part.__all__]
    for thing in public:
        name = keras.saving.get_registered_name(thing)
        if isinstance(thing, type) and name.startswith("kerasseg>"):
            assert keras.saving.get_registered_object(name) is thing
    names = [keras.saving.get_registered_name(thing) for thing in public]
    assert {"kerasseg>Dice", "kerasseg>DiceMetric"} <= set(names)


@pytest.mark.parametrize("target_class", [-1, 4, 1.5])
def test_wrong_target_class(target_class):
    with pytest.raises(ArgumentError, match="Received: target_class="):
        IoU(CLASSES, target_class=target_class)


def test_a_compiled_net_with_metrics_is_saved_and_loaded(tmp_path, batch):
    net = keras.Sequential([keras.Input((None, None, 3)), keras.layers.Conv2D(4, 1)])
    net.compile("sgd", "mse", metrics=[metrics.MeanIoU(CLASSES, ignore_class=IGNORED)])
    net.save(tmp_path / "net.keras")
    loaded = keras.saving.load_model(tmp_path / "net.keras")
    images = np.random.default_rng(1).normal(size=(3, 4, 5, 3)).astype("float32")
    # The loss is of no interest; it wants labels with channels.
    one_hot = np.eye(CLASSES, dtype="float32")[batch[0] % CLASSES]
    found = [m.evaluate(images, one_hot, verbose=0)[1] for m in (net, loaded)]
    assert found[0] == found[1] > 0


def test_keras_knows_the_metrics_once_kerasseg_is_imported_after_it():
    code = (
        "import keras, kerasseg\n"
        "print(keras.saving.get_registered_object('kerasseg>MeanIoU').__name__)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.split()[-1] == "MeanIoU"
