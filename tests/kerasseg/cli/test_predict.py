import csv
import json
import os
import signal
import subprocess
import sys
import time

import keras
import numpy as np
import pytest
from checks.commands import check_refused, run_command
from checks.segmentation import awaken
from keras import layers
from PIL import Image

import zoo
from kerasseg.cli.predict_model import Predictor
from kerasseg.data import read_mask, voc_colormap
from kerasseg.inference import predict_tiled

CLASSES = 3


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A segmentation net, a net with two heads, and a folder of photos."""
    folder = tmp_path_factory.mktemp("predict")
    net = zoo.UNet((None, None, 3), CLASSES, base_filters=2, depth=1, padding="same")
    awaken(net).save(folder / "net.keras")
    image = keras.Input((None, None, 3))
    heads = [layers.Conv2D(n, 1, name=name)(image) for n, name in ((4, "a"), (1, "b"))]
    awaken(keras.Model(image, heads), seed=3).save(folder / "two.keras")
    stack = [keras.Input((8, 8, 3)), layers.Flatten(), layers.Dense(2)]
    keras.Sequential(stack).save(folder / "classifier.keras")
    (folder / "photos" / "deep").mkdir(parents=True)
    random = np.random.default_rng(0)
    sizes = {"2.png": (50, 61), "10.jpg": (40, 33), "deep/3.bmp": (9, 7)}
    for name, size in sizes.items():
        pixels = random.integers(0, 256, (*size, 3), np.uint8)
        Image.fromarray(pixels).save(folder / "photos" / name)
    (folder / "photos" / "notes.txt").write_text("no image")
    (folder / "names.txt").write_text("sky\nsea\nship\n")
    return folder


def predict(capsys, folder, *arguments, model="net.keras"):
    return run_command(capsys, "predict", folder / model, *arguments)


def files_in(folder):
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


def test_masks_of_a_folder_keep_class_ids_and_have_colours(capsys, folder, tmp_path):
    out = tmp_path / "new" / "out"
    result = predict(
        capsys, folder, folder / "photos", "-o", out, "--tile", "32", "--overlay"
    )
    assert result.code == 0, result.err
    assert result.err == ""
    assert result.out.startswith("Pixels are read as 0…1; say --preprocess if")
    assert result.out.count("Pixels are read") == 1
    masks = ["10.png", "2.png", "deep/3.png"]
    overlays = ["10_overlay.png", "2_overlay.png", "deep/3_overlay.png"]
    assert files_in(out) == sorted(masks + overlays)
    net = keras.models.load_model(folder / "net.keras")
    with Image.open(folder / "photos" / "2.png") as photo:
        pixels = np.asarray(photo)
    expected = net.predict_on_batch(pixels[None] / np.float32(255))[0].argmax(-1)
    assert 0 < (expected > 0).mean() < 1
    np.testing.assert_array_equal(read_mask(out / "2.png"), expected)
    with Image.open(out / "2.png") as mask:
        assert mask.mode == "P"
        shown = np.asarray(mask.convert("RGB"))
    np.testing.assert_array_equal(shown, voc_colormap(CLASSES)[expected])
    with Image.open(out / "2_overlay.png") as overlay:
        drawn = np.asarray(overlay)
    np.testing.assert_array_equal(drawn[expected == 0], pixels[expected == 0])
    mixed = (pixels / 2 + voc_colormap(CLASSES)[expected] / 2)[expected > 0]
    np.testing.assert_allclose(drawn[expected > 0], mixed, atol=0.51)


def test_json_labels_and_counts(capsys, folder, tmp_path):
    out = tmp_path / "out"
    facts = predict(
        capsys,
        folder,
        *(folder / "photos" / "*.*", "-o", out, "--json"),
        *("--labels", folder / "names.txt", "--counts", out / "counts.csv"),
    ).json
    assert [image["size"] for image in facts["images"]] == [[50, 61], [40, 33]]
    assert facts["preprocess"] == "unit"
    assert facts["failed"] == []
    with (out / "counts.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 2 * CLASSES
    for image in facts["images"]:
        labels = read_mask(image["mask"])
        for number, name in enumerate(("sky", "sea", "ship")):
            row = next(
                r for r in rows if (r["image"], r["name"]) == (image["image"], name)
            )
            pixels = int((labels == number).sum())
            assert image["pixels"][name] == int(row["pixels"]) == pixels
            assert int(row["class"]) == number


def test_nothing_is_overwritten_by_accident(capsys, folder, tmp_path):
    photo = folder / "photos" / "2.png"
    command = [photo, "-o", tmp_path]
    assert predict(capsys, folder, *command).code == 0
    check_refused(predict(capsys, folder, *command), tmp_path / "2.png", "--overwrite")
    assert predict(capsys, folder, *command, "--overwrite").code == 0
    result = predict(capsys, folder, photo, "-o", folder / "photos", "--overwrite")
    check_refused(result, photo, "would replace this photo", code=2)


def test_resuming_leaves_out_what_is_done(capsys, folder, tmp_path):
    command = [folder / "photos", "-o", tmp_path, "--tile", "32"]
    assert predict(capsys, folder, *command).code == 0
    (tmp_path / "2.png").unlink()
    before = (tmp_path / "10.png").stat().st_mtime_ns
    told = predict(capsys, folder, *command, "--resume").out
    assert told.count("Pixels are read") == 1
    assert "Pixels" not in predict(capsys, folder, *command, "--resume").out
    (tmp_path / "2.png").unlink()
    facts = predict(capsys, folder, *command, "--resume", "--json").json
    skipped = {image["image"]: image["skipped"] for image in facts["images"]}
    assert [skipped[str(folder / "photos" / n)] for n in ("2.png", "10.jpg")] == [
        False,
        True,
    ]
    assert (tmp_path / "10.png").stat().st_mtime_ns == before
    # The overlay is asked for now, so no photo is done.
    facts = predict(capsys, folder, *command, "--resume", "--json", "--overlay").json
    assert not any(image["skipped"] for image in facts["images"])
    result = predict(capsys, folder, *command[:3], "--resume", "--tile", "48")
    assert result.code == 1
    assert "by another model, with other options" in result.err
    assert (tmp_path / "10.png").stat().st_mtime_ns != before
    result = predict(capsys, folder, *command, "--resume", "--overwrite")
    check_refused(result, "--resume", code=2)


def test_workers_share_all_photos(capsys, folder, tmp_path):
    done = []
    for index in range(4):
        facts = predict(
            capsys,
            folder,
            *(folder / "photos", "-o", tmp_path / "out", "--worker", f"{index}/4"),
            *("--json", "--counts", tmp_path / "n.csv"),
        ).json
        done += [image["image"] for image in facts["images"]]
    assert len(done) == len(set(done)) == 3
    assert files_in(tmp_path / "out") == ["10.png", "2.png", "deep/3.png"]
    assert sorted(p.name for p in tmp_path.glob("n*.csv")) == [
        f"n-{index}-of-4.csv" for index in range(4)
    ]
    for wrong in ("4/4", "1", "-1/4", "0/0"):
        assert predict(capsys, folder, "x", "-o", "y", f"--worker={wrong}").code == 2


def test_a_killed_run_goes_on(folder, tmp_path):
    photos = tmp_path / "photos"
    photos.mkdir()
    with Image.open(folder / "photos" / "2.png") as photo:
        for number in range(20):
            photo.rotate(number).save(photos / f"{number}.png")
    out = tmp_path / "out"
    command = [sys.executable, "-m", "kerasseg", "predict", folder / "net.keras"]
    command = [*command, photos, "-o", out, "--resume", "--json"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    first = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE)
    while first.poll() is None and len(list(out.glob("[0-9]*.png"))) < 3:
        time.sleep(0.002)
    first.send_signal(signal.SIGKILL)
    first.communicate()
    done = {p.name: p.stat().st_mtime_ns for p in out.glob("[0-9]*.png")}
    second = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert second.returncode == 0, second.stderr
    images = json.loads(second.stdout)["images"]
    skipped = {f"{i['image'].rsplit(os.sep, 1)[1]}" for i in images if i["skipped"]}
    assert skipped == set(done)
    assert {p.name for p in out.glob("[0-9]*.png")} == {f"{n}.png" for n in range(20)}
    for name, written in done.items():
        assert (out / name).stat().st_mtime_ns == written


def test_a_broken_photo_stops_no_other(capsys, folder, tmp_path):
    photos = tmp_path / "photos"
    photos.mkdir()
    with Image.open(folder / "photos" / "2.png") as photo:
        photo.save(photos / "a.png")
        photo.save(photos / "c.png")
    whole = (photos / "a.png").read_bytes()
    (photos / "b.png").write_bytes(whole[: len(whole) // 2])
    result = predict(capsys, folder, photos, "-o", tmp_path / "out")
    assert result.code == 1
    assert len(result.err.splitlines()) == 1
    assert str(photos / "b.png") in result.err
    assert files_in(tmp_path / "out") == ["a.png", "c.png"]


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_a_photo_that_vanishes_stops_no_other(
    capsys, monkeypatch, folder, tmp_path, suffix
):
    photos = [tmp_path / f"{name}.{suffix}" for name in "abc"]
    for path in photos:
        Image.new("RGB", (20, 10)).save(path)
    note = Predictor.note

    def last_look(predictor, image):
        """The second photo is gone before its turn, the third right after."""
        if image == photos[1]:
            image.unlink()
        found = note(predictor, image)
        if image == photos[2]:
            image.unlink()
        return found

    monkeypatch.setattr(Predictor, "note", last_look)
    result = predict(capsys, folder, *photos, "-o", tmp_path / "out")
    assert result.code == 1
    told = result.err.splitlines()
    assert len(told) == 2
    for path, line in zip(photos[1:], told, strict=True):
        assert line.startswith(f"kerasseg predict: error: {path}: ")
        assert "--debug" not in line
    assert files_in(tmp_path / "out") == ["a.png"]


def counted(table):
    with table.open(encoding="utf-8") as file:
        return {row["image"] for row in csv.DictReader(file)}


def test_masks_that_were_refused_are_not_counted(capsys, folder, tmp_path):
    photos = [tmp_path / f"{name}.png" for name in "ab"]
    with Image.open(folder / "photos" / "2.png") as photo:
        for path in photos:
            photo.save(path)
    command = [*photos, "-o", tmp_path / "out", "--counts", tmp_path / "n.csv"]
    assert predict(capsys, folder, *command).code == 0
    assert counted(tmp_path / "n.csv") == {str(path) for path in photos}
    other = predict(capsys, folder, *command, "--resume", "--flips")
    assert other.err.count("was made by another model") == 2
    assert counted(tmp_path / "n.csv") == set()
    whole = photos[0].read_bytes()
    photos[0].write_bytes(whole[: len(whole) // 2])  # its head can be read
    assert predict(capsys, folder, *command, "--overwrite").code == 1
    assert counted(tmp_path / "n.csv") == {str(photos[1])}
    photos[0].write_bytes(whole)
    assert predict(capsys, folder, *command, "--resume").code == 0
    assert counted(tmp_path / "n.csv") == {str(path) for path in photos}


@pytest.mark.parametrize(
    ("options", "words", "code"),
    [
        (["PHOTO", "--labels", "TWO"], ["two.txt", "2 names", "3 classes"], 2),
        (["PHOTO", "--batch", "0"], ["--batch 0"], 2),
        (["PHOTO", "--palette", "TWO"], ["two.txt", "three numbers"], 1),
        (["missing.png"], ["missing.png", "no such file"], 1),
        (["*.nothing"], ["*.nothing", "no image matches"], 1),
    ],
)
def test_wrong_options(capsys, folder, tmp_path, options, words, code):
    (tmp_path / "two.txt").write_text("a\nb\n")
    files = {"PHOTO": folder / "photos" / "2.png", "TWO": tmp_path / "two.txt"}
    options = [files.get(option, option) for option in options]
    result = predict(capsys, folder, *options, "-o", tmp_path / "out")
    check_refused(result, *words, code=code)
    assert not (tmp_path / "out").exists()


def test_tiles_that_are_too_small_say_so(capsys, folder, tmp_path):
    photo = folder / "photos" / "2.png"
    result = predict(capsys, folder, photo, "-o", tmp_path / "out", "--tile", "16")
    check_refused(result, photo, "or more, or a smaller overlap")
    result = predict(
        capsys,
        folder,
        *(photo, "-o", tmp_path / "out", "--tile", "16", "--overlap", "4"),
    )
    assert result.code == 0


def test_models_that_are_no_segmentation_nets(capsys, folder, tmp_path):
    photo, out = folder / "photos" / "2.png", tmp_path / "out"
    result = predict(capsys, folder, photo, "-o", out, model="classifier.keras")
    check_refused(result, "classifier.keras", "kerasseg heatmap")
    result = predict(capsys, folder, photo, "-o", out, model="two.keras")
    check_refused(result, "--head a or --head b", code=2)
    assert not out.exists()
    result = predict(capsys, folder, photo, "-o", out, "--head", "b", model="two.keras")
    assert result.code == 0
    two = keras.models.load_model(folder / "two.keras")
    with Image.open(photo) as image:
        scores = two.predict_on_batch(np.asarray(image)[None] / np.float32(255))[1]
    np.testing.assert_array_equal(read_mask(out / "2.png"), scores[0, ..., 0] > 0.5)


def test_a_net_trained_at_a_scale_gives_masks_of_the_photos_size(
    capsys, folder, tmp_path
):
    """A photo of 4×4 pixels of a grey: the net that was trained at 0.25 sees pixels."""
    step = [keras.Input((None, None, 1)), layers.Conv2D(2, 3, padding="same")]
    net = keras.Sequential(step)
    kernel = np.zeros((3, 3, 1, 2), np.float32)
    kernel[1, 1, 0] = -1, 1
    net.set_weights([kernel, np.array([1, 0], np.float32)])  # above half grey
    (tmp_path / "run").mkdir()
    net.save(tmp_path / "run" / "best.keras")
    (tmp_path / "run" / "config.toml").write_text("scale = 0.25\n")
    small = np.array([[0, 0, 0], [0, 0, 0], [255, 255, 255]], np.uint8)
    photo = tmp_path / "photo.png"
    Image.fromarray(small.repeat(4, 0).repeat(4, 1)).save(photo)
    command = ["predict", tmp_path / "run" / "best.keras", photo, "--overlay"]
    plain = run_command(capsys, *command, "-o", tmp_path / "plain")
    assert "trained with --scale 0.25; pass the same here" in plain.err
    command += ["--scale", 0.25, "--counts", tmp_path / "n.csv", "--json"]
    scaled = run_command(capsys, *command, "-o", tmp_path / "out")
    assert scaled.code == 0
    assert "trained with" not in scaled.err
    assert scaled.json["scale"] == 0.25
    assert scaled.json["images"][0]["size"] == [12, 12]
    assert scaled.json["images"][0]["pixels"] == {"0": 8 * 12, "1": 4 * 12}
    mask = read_mask(tmp_path / "out" / "photo.png")
    np.testing.assert_array_equal(mask, [[0] * 12] * 8 + [[1] * 12] * 4)
    with Image.open(tmp_path / "out" / "photo_overlay.png") as overlay:
        assert overlay.size == (12, 12)
    assert len((tmp_path / "n.csv").read_text().splitlines()) == 1 + 2
    command[command.index(0.25)] = 0.5
    other = run_command(capsys, *command, "-o", tmp_path / "out", "--resume")
    assert "with other options" in other.err


@pytest.mark.parametrize("scale", ["0", "-1", "nan", "101", "half"])
def test_a_scale_is_a_factor(capsys, folder, tmp_path, scale):
    result = predict(capsys, folder, "a.png", "-o", tmp_path, f"--scale={scale}")
    check_refused(result, f"{scale!r} is not a factor such as 0.5", code=2)


def test_averages_over_flips(capsys, folder, tmp_path):
    photo = folder / "photos" / "2.png"
    result = predict(
        capsys, folder, photo, "-o", tmp_path, "--flips", "--rotations", "--tile", "64"
    )
    assert result.code == 0, result.err
    net = keras.models.load_model(folder / "net.keras")
    with Image.open(photo) as image:
        pixels = np.asarray(image) / np.float32(255)
    options = {"output": "labels", "flips": True, "rotations": True}
    expected = predict_tiled(net, pixels, 64, **options)
    np.testing.assert_array_equal(read_mask(tmp_path / "2.png"), expected)


def test_a_net_whose_weights_are_nan_writes_no_mask(capsys, folder, tmp_path):
    net = keras.Sequential([keras.Input((None, None, 3)), layers.Conv2D(2, 1)])
    net.set_weights([np.full(w.shape, np.nan) for w in net.get_weights()])
    net.save(tmp_path / "nan.keras")
    photo, out = folder / "photos" / "2.png", tmp_path / "out"
    result = run_command(capsys, "predict", tmp_path / "nan.keras", photo, "-o", out)
    check_refused(result, photo, "scores are NaN")
    assert not out.exists() or not files_in(out)
