import json
import os
import subprocess
import sys

import keras
import numpy as np
import pytest
from checks.commands import check_refused, run_command
from keras import layers
from PIL import Image

from kerasseg.metrics import (
    average_precision,
    boundary_f1,
    count_confusion,
    label_objects,
    measure_confusion,
    seg_measure,
)

NAMES = ["sky", "road", "car"]
IGNORED = 255


def write_dataset(folder, masks, images):
    for name in ("images", "masks"):
        (folder / name).mkdir(parents=True)
    for index, (mask, image) in enumerate(zip(masks, images, strict=True)):
        Image.fromarray(image).save(folder / "images" / f"{index}.png")
        Image.fromarray(mask).save(folder / "masks" / f"{index}.png")
    (folder / "classes.txt").write_text("\n".join(NAMES) + "\n")
    return folder


def brightest_channel(classes=3):
    """A net that takes the class from the brightest channel, in a 1×1 convolution."""
    net = keras.Sequential(
        [keras.Input((None, None, 3)), layers.Conv2D(classes, 1, activation="softmax")]
    )
    net.set_weights([np.eye(3, classes)[None, None] * 9, np.zeros(classes)])
    return net


@pytest.fixture
def scene(tmp_path):
    """A data set whose images show the right class, apart from mistakes."""
    random = np.random.default_rng(0)
    masks = random.integers(0, 2, (4, 12, 16)).astype(np.uint8)
    masks[:, 2:6, 3:7] = 2
    masks[1, 0] = IGNORED
    masks[3] = IGNORED
    shown = np.where(masks == IGNORED, 0, masks)
    wrong = random.random(masks.shape) < np.reshape([0, 0.1, 0.4, 0], (4, 1, 1))
    shown = np.where(wrong, 1 - shown.clip(0, 1), shown)
    images = (np.eye(3)[shown] * 200 + 20).astype(np.uint8)
    folder = write_dataset(tmp_path / "scene", masks, images)
    brightest_channel().save(tmp_path / "net.keras")
    return tmp_path / "net.keras", folder, masks, shown


def test_reports_what_the_masks_say(capsys, scene):
    net, folder, masks, shown = scene
    facts = run_command(capsys, "evaluate", net, folder, "--json").json
    each = [count_confusion(*pair, 3, IGNORED) for pair in zip(masks, shown)]  # noqa: B905
    total = sum(each)
    for name, values in facts["measures"].items():
        assert values["dataset"] == pytest.approx(measure_confusion(total, name).value)
        of_images = [measure_confusion(matrix, name).value for matrix in each[:3]]
        assert values["image"] == pytest.approx(np.mean(of_images))
    assert [found["class"] for found in facts["classes"]] == NAMES
    assert [found["pixels"] for found in facts["classes"]] == total.sum(1).tolist()
    iou = measure_confusion(total, "iou").per_class.values()
    assert [found["iou"] for found in facts["classes"]] == pytest.approx(list(iou))
    assert facts["pixels_ignored"] == 16 + 12 * 16
    assert facts["images_left_out"] == 1
    assert [found["image"] for found in facts["worst"]] == ["2", "1", "0"]
    assert facts["each_image"][3]["mean_iou"] is None
    assert (facts["format"], facts["preprocess"]) == ("folders", "unit")


def test_table_and_files(capsys, scene, tmp_path):
    net, folder, *_ = scene
    out = tmp_path / "new" / "out"
    command = ["evaluate", net, folder, "-o", out, "--worst", 2]
    result = run_command(capsys, *command)
    assert result.code == 0
    assert result.out.startswith("Pixels are read as 0…1; say --preprocess if")
    assert "mean iou" in result.out
    assert "car" in result.out
    assert "all is ignored: 1 images" in result.out
    assert result.err == ""
    written = {path.name for path in out.iterdir()}
    assert written == {"evaluation.json", "confusion.png", "worst.png"}
    for name in written:
        assert str(out / name) in result.out
    report = json.loads((out / "evaluation.json").read_text())
    assert [found["image"] for found in report["worst"]] == ["2", "1"]
    for name in ("confusion.png", "worst.png"):
        with Image.open(out / name) as picture:
            assert min(picture.size) > 200
    check_refused(run_command(capsys, *command), "evaluation.json", "--overwrite")
    assert run_command(capsys, *command, "--overwrite").code == 0


def test_no_pictures_of_an_earlier_report_stay(capsys, scene, tmp_path):
    net, folder, *_ = scene
    command = ["evaluate", net, folder, "-o", tmp_path / "out", "--overwrite"]
    assert run_command(capsys, *command).code == 0
    assert (tmp_path / "out" / "worst.png").exists()
    assert run_command(capsys, *command, "--worst", 0).code == 0
    left = {path.name for path in (tmp_path / "out").iterdir()}
    assert left == {"evaluation.json", "confusion.png"}


def test_names_of_classes_are_written_where_the_system_speaks_ascii(scene, tmp_path):
    net, folder, *_ = scene
    (folder / "classes.txt").write_text("Wände\nroad\ncar\n", encoding="utf-8")
    locale = {"LC_ALL": "POSIX", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **locale}
    environment.pop("PYTHONIOENCODING", None)
    command = [sys.executable, "-m", "kerasseg", "evaluate", net, folder]
    result = subprocess.run(
        [*command, "-o", tmp_path / "out"], env=environment, capture_output=True
    )
    assert result.returncode == 0, result.stderr
    assert b"W\\xe4nde" in result.stdout
    text = (tmp_path / "out" / "evaluation.json").read_text(encoding="utf-8")
    assert json.loads(text)["classes"][0]["class"] == "Wände"


def test_boundaries(capsys, scene):
    net, folder, masks, shown = scene
    facts = run_command(capsys, "evaluate", net, folder, "--json", "--boundaries").json
    expected = [
        boundary_f1(*pair, ignore_class=IGNORED).mean
        for pair in zip(masks, shown)  # noqa: B905
    ]
    found = facts["boundaries"]
    assert found["boundary_f1"] == pytest.approx(np.mean(expected[:3]))
    assert found["images_left_out"] == 1
    near, *_, far = found["accuracy_within_pixels"].values()
    assert near == pytest.approx(far, abs=0.2)
    assert far == pytest.approx(facts["measures"]["pixel_accuracy"]["dataset"])
    assert (
        "boundary F1"
        in run_command(capsys, "evaluate", net, folder, "--boundaries").out
    )


def test_objects_are_connected_parts(capsys, scene):
    net, folder, masks, shown = scene
    command = ["evaluate", net, folder, "--instances", "--class", "car"]
    facts = run_command(capsys, *command, "--min-size", 2, "--json").json["objects"]
    shown = np.where(masks == IGNORED, 0, shown)
    pairs = [
        (label_objects(mask == 2), label_objects(found == 2, min_size=2))
        for mask, found in zip(masks, shown, strict=True)
    ]
    precisions = [average_precision(*pair) for pair in pairs]
    assert facts["true"] == sum(true.max() for true, _ in pairs) == 3
    assert facts["found"] == sum(found.max() for _, found in pairs)
    assert facts["mean_count_error"] == pytest.approx(
        np.mean([abs(true.max() - found.max()) for true, found in pairs])
    )
    assert facts["average_precision"]["image"] == pytest.approx(np.mean(precisions))
    assert facts["seg"] == pytest.approx(
        np.mean([seg_measure(*pair) for pair in pairs[:3]])  # one object in each
    )
    assert facts["images_without_objects"] == 1
    assert "average precision" in run_command(capsys, *command).out


def test_instances_of_the_data_set_are_the_true_objects(capsys, tmp_path):
    """Two touching cells are two objects, though one connected part."""
    instances = np.zeros((10, 12), np.uint8)
    instances[2:8, 2:5], instances[2:8, 5:9] = 1, 2
    folder = tmp_path / "cells" / "a"
    for name in ("images", "masks"):
        (folder / name).mkdir(parents=True)
    cells = (instances > 0).astype(np.uint8)
    Image.fromarray(np.stack([255 - cells * 255, cells * 255, cells], -1)).save(
        folder / "images" / "a.png"
    )
    for label in (1, 2):
        Image.fromarray((instances == label).astype(np.uint8) * 255).save(
            folder / "masks" / f"{label}.png"
        )
    net = brightest_channel(2)
    net.save(tmp_path / "net.keras")
    facts = run_command(
        capsys,
        *("evaluate", tmp_path / "net.keras", tmp_path / "cells"),
        *("--instances", "--format", "instances", "--json"),
    ).json
    assert facts["measures"]["mean_iou"]["dataset"] == 1
    found = facts["objects"]
    assert (found["true"], found["found"], found["mean_count_error"]) == (2, 1, 1)
    assert found["seg"] == pytest.approx((0 + 4 / 7 + 3 / 7) / 2)


def test_tiles_give_the_same(capsys, scene):
    net, folder, *_ = scene
    whole = run_command(capsys, "evaluate", net, folder, "--json").json
    tiled = run_command(capsys, "evaluate", net, folder, "--json", "--tile", "5x7").json
    assert tiled["measures"] == whole["measures"]


def test_at_a_scale_masks_are_met_at_their_own_size(capsys, scene):
    net, folder, masks, shown = scene

    def resized(plane, size):
        picture = Image.fromarray(np.float32(plane)).resize(size, Image.BILINEAR)
        return np.asarray(picture)

    labels = []
    for image in np.moveaxis(np.eye(3)[shown] * 200 + 20, -1, 1):
        small = [np.rint(resized(plane.astype(np.uint8), (8, 6))) for plane in image]
        powers = np.exp(9 * np.stack(small) / 255)
        large = [resized(scores, (16, 12)) for scores in powers / powers.sum(0)]
        labels.append(np.argmax(large, 0))
    pairs = zip(masks, labels, strict=True)
    total = sum(count_confusion(*pair, 3, IGNORED) for pair in pairs)
    command = ["evaluate", net, folder, "--json", "--scale", 0.5]
    for more in ([], ["--tile", "5x7"]):
        facts = run_command(capsys, *command, *more).json
        assert facts["scale"] == 0.5
        for name, values in facts["measures"].items():
            value = measure_confusion(total, name).value
            assert values["dataset"] == pytest.approx(value)
        assert [c["pixels"] for c in facts["classes"]] == total.sum(1).tolist()


def test_a_single_score_and_grey_images(capsys, tmp_path):
    masks = np.zeros((1, 6, 8), np.uint8)
    masks[0, :3] = 1
    images = np.repeat((masks * 200)[..., None], 3, axis=-1)
    folder = tmp_path / "two"
    write_dataset(folder, masks, images)
    (folder / "classes.txt").write_text("no\nyes\n")
    net = keras.Sequential([keras.Input((None, None, 1)), layers.Conv2D(1, 1)])
    net.set_weights([np.ones((1, 1, 1, 1)), np.array([-0.1])])  # logits -0.1 and 0.68
    net.save(tmp_path / "net.keras")
    found = []
    for threshold in (0, 0.9):
        facts = run_command(
            capsys,
            *("evaluate", tmp_path / "net.keras", folder, "--json"),
            *("--threshold", threshold),
        ).json
        found.append(facts["measures"]["pixel_accuracy"]["dataset"])
    assert found == [1, 0.5]


@pytest.mark.parametrize(
    ("options", "words", "code"),
    [
        (["--format", "nothing"], ["--format", "camvid"], 2),
        (["--format", "Folder"], ["--format", "Did you mean folders?"], 2),
        (["--split", "night"], ["night"], 2),
        (["--worst", "-1"], ["--worst"], 2),
        (["--min-size", "0"], ["--min-size"], 2),
        (["--class", "car"], ["--instances"], 2),
        (["--instances", "--class", "cra"], ["cra", "car"], 2),
        (["--labels", "none.txt"], ["none.txt", "no such file"], 1),
    ],
)
def test_wrong_options(capsys, scene, tmp_path, options, words, code):
    net, folder, *_ = scene
    out = tmp_path / "out"
    result = run_command(capsys, "evaluate", net, folder, "-o", out, *options)
    check_refused(result, *words, code=code)
    assert not out.exists()


def test_bad_files(capsys, scene, tmp_path):
    net, folder, *_ = scene
    check_refused(
        run_command(capsys, "evaluate", net, tmp_path / "none"), "none: no such folder"
    )
    check_refused(run_command(capsys, "evaluate", tmp_path, folder), tmp_path)
    brightest_channel(2).save(tmp_path / "two.keras")
    result = run_command(capsys, "evaluate", tmp_path / "two.keras", folder)
    check_refused(result, "2 classes", "has 3: sky, road, car", code=2)
    mask = folder / "masks" / "2.png"
    mask.write_bytes(mask.read_bytes()[:60])
    result = run_command(capsys, "evaluate", net, folder, "-o", tmp_path / "out")
    check_refused(result, mask)
    assert not (tmp_path / "out").exists()


def test_a_net_whose_weights_are_nan(capsys, scene, tmp_path):
    net = brightest_channel()
    net.set_weights([np.full(w.shape, np.nan) for w in net.get_weights()])
    net.save(tmp_path / "nan.keras")
    result = run_command(capsys, "evaluate", tmp_path / "nan.keras", scene[1])
    check_refused(result, "0", "scores are NaN")
