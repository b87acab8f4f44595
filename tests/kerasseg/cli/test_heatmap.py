import keras
import numpy as np
import pytest
from checks.commands import check_refused, run_command
from checks.exactness import randomise
from checks.sizeless_file import write_sizeless
from keras import layers
from PIL import Image

import kerasseg
from kerasseg.data.images import read_image


@pytest.fixture
def labels(tmp_path):
    (tmp_path / "names.txt").write_text("cat\ndog\nfox\n")
    return tmp_path / "names.txt"


def test_writes_a_picture_and_the_raw_map(capsys, models, photo, labels, tmp_path):
    folder = tmp_path / "new" / "out"
    result = run_command(
        capsys,
        *("heatmap", models / "classifier.keras", photo, "-o", folder, "--raw"),
        *("--class", "dog", "--labels", labels),
    )
    assert result.code == 0
    assert "40×50 pixels" in result.out
    assert "Pixels are read as 0…1; say --preprocess if" in result.out
    assert "map 15×21 cells" in result.out
    assert "a cell sees 12×10 pixels, every 2×2" in result.out
    assert f"class dog → {folder / 'photo_heatmap.png'}" in result.out
    assert {p.name for p in folder.iterdir()} == {
        "photo_heatmap.png",
        "photo_heatmap.npy",
    }
    classifier = kerasseg.load_model(models / "classifier.keras")
    expected = kerasseg.inference.predict_sliding(
        classifier, read_image(photo).astype("float32") / 255
    )
    scores = np.load(folder / "photo_heatmap.npy")
    np.testing.assert_allclose(scores, expected, rtol=1e-5)
    with Image.open(folder / "photo_heatmap.png") as picture:
        assert min(picture.size) > 200


def test_json_tells_where_each_class_is_surest(capsys, models, photo, tmp_path):
    out = tmp_path / "out"
    facts = run_command(
        capsys,
        *("heatmap", models / "classifier.h5", photo, "-o", out, "--raw", "--json"),
    ).json
    image = facts["images"][0]
    scores = np.load(out / "photo_heatmap.npy")
    assert image["shown"] == str(scores.max(axis=(0, 1)).argmax())
    first = image["top"][0]
    row, column = np.argwhere(scores[..., int(first["class"])] == first["score"])[0]
    assert first["box"] == [2 * row, 2 * column, 2 * row + 12, 2 * column + 10]
    assert facts["preprocess"] == "unit"


def test_output_stride_gives_a_score_per_pixel(capsys, models, photo, tmp_path):
    command = ["heatmap", models / "classifier.keras", photo, "--output-stride", "1"]
    facts = run_command(capsys, *command, "-o", tmp_path, "--raw", "--json").json
    assert facts["images"][0]["stride"] == [1, 1]
    expected = kerasseg.inference.predict_sliding(
        kerasseg.load_model(models / "classifier.keras"),
        read_image(photo).astype("float32") / 255,
        stride=1,
    )
    scores = np.load(tmp_path / "photo_heatmap.npy")
    np.testing.assert_allclose(scores, expected, rtol=1e-5)


@pytest.mark.parametrize(
    "option", [("--output-stride", "1"), ("--activation", "sigmoid")]
)
def test_what_a_net_keeps_is_refused(capsys, models, photo, tmp_path, option):
    net, out = tmp_path / "net.keras", tmp_path / "out"
    kerasseg.convert_to_fcn(kerasseg.load_model(models / "classifier.keras")).save(net)
    command = ["heatmap", net, photo, "-o", out, *option]
    check_refused(run_command(capsys, *command), net, option[0], code=2)
    assert not out.exists()


def test_method_changes_the_picture(capsys, models, photo, tmp_path):
    pictures = []
    for method in ("bilinear", "nearest"):
        out = tmp_path / method
        run_command(
            capsys,
            *("heatmap", models / "classifier.keras", photo, "-o", out),
            *("--method", method),
        )
        pictures.append((out / "photo_heatmap.png").read_bytes())
    assert pictures[0] != pictures[1]


def test_one_bad_photo_among_good_ones_writes_nothing(capsys, models, photo, tmp_path):
    cut = tmp_path / "cut.png"
    cut.write_bytes(photo.read_bytes()[:2000])
    result = run_command(
        capsys,
        *("heatmap", models / "classifier.keras", photo, cut, "-o", tmp_path / "out"),
    )
    check_refused(result, cut)
    assert not (tmp_path / "out").exists()


def test_names_with_dollar_signs_and_blanks(capsys, models, photo, tmp_path):
    names = tmp_path / "names.txt"
    names.write_text("$\\frac{$\nü b\nc_d\n", encoding="utf-8-sig")
    result = run_command(
        capsys,
        *("heatmap", models / "classifier.keras", photo, "-o", tmp_path / "ö ü"),
        *("--labels", names, "--class", "$\\frac{$"),
    )
    assert result.code == 0
    assert (tmp_path / "ö ü" / "photo_heatmap.png").exists()


def test_a_converted_net_gives_the_same_picture(capsys, models, photo, tmp_path):
    net = tmp_path / "net.keras"
    run_command(capsys, "convert", models / "classifier.keras", net)
    for model, folder in [(models / "classifier.keras", "a"), (net, "b")]:
        result = run_command(capsys, "heatmap", model, photo, "-o", tmp_path / folder)
        assert result.code == 0
    pictures = [(tmp_path / f / "photo_heatmap.png").read_bytes() for f in "ab"]
    assert pictures[0] == pictures[1]


def test_scale_enlarges_photos_that_are_too_small(capsys, models, tmp_path):
    Image.new("L", (9, 9)).save(tmp_path / "small.png")
    command = ["heatmap", models / "classifier.keras", tmp_path / "small.png"]
    result = run_command(capsys, *command, "-o", tmp_path / "out")
    check_refused(result, "small.png", "too small", "--scale")
    assert not (tmp_path / "out").exists()
    result = run_command(capsys, *command, "-o", tmp_path / "out", "--scale", 2)
    assert result.code == 0
    assert "18×18 pixels" in result.out


@pytest.mark.parametrize(
    ("options", "words", "code"),
    [
        (["--class", "wolf"], ["wolf", "--labels"], 2),
        (["--class", "3"], ["3", "0 to 2"], 2),
        (["--class", "dgo", "--labels", "NAMES"], ["dgo", "dog"], 2),
        (["--labels", "TWO"], ["2 names", "3 classes"], 2),
        (["--labels", "none.txt"], ["none.txt", "no such file"], 1),
        (["--scale", "0"], ["--scale"], 2),
    ],
)
def test_wrong_options(capsys, models, photo, labels, tmp_path, options, words, code):
    (tmp_path / "two.txt").write_text("a\nb\n")
    files = {"NAMES": labels, "TWO": tmp_path / "two.txt"}
    options = [files.get(option, option) for option in options]
    out = tmp_path / "out"
    command = ["heatmap", models / "classifier.keras", photo, "-o", out, *options]
    check_refused(run_command(capsys, *command), *words, code=code)
    assert not out.exists()


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        ("words.keras", "not an image classifier"),
        ("text.keras", "not a Keras model"),
        ("none.keras", "no such file"),
    ],
)
def test_bad_models(capsys, models, photo, tmp_path, model, reason):
    out = tmp_path / "out"
    result = run_command(capsys, "heatmap", models / model, photo, "-o", out)
    check_refused(result, model, reason)
    assert not out.exists()


def test_bad_images_are_found_before_any_work(capsys, models, photo, tmp_path):
    (tmp_path / "words.jpg").write_text("not an image")
    for bad in ("words.jpg", "missing.png", "."):
        result = run_command(
            capsys,
            *("heatmap", models / "classifier.keras", photo, tmp_path / bad),
            *("-o", tmp_path / "out"),
        )
        check_refused(result, tmp_path / bad)
        assert not (tmp_path / "out").exists()


def test_pictures_are_neither_overwritten_nor_mixed_up(capsys, models, photo, tmp_path):
    command = ["heatmap", models / "classifier.keras", photo, "-o", tmp_path / "out"]
    assert run_command(capsys, *command).code == 0
    check_refused(run_command(capsys, *command), "photo_heatmap.png", "--overwrite")
    assert run_command(capsys, *command, "--overwrite").code == 0
    (tmp_path / "other").mkdir()
    twin = tmp_path / "other" / "photo.png"
    twin.write_bytes(photo.read_bytes())
    result = run_command(
        capsys,
        *("heatmap", models / "classifier.keras", photo, twin, "-o", tmp_path / "two"),
    )
    check_refused(result, twin, "two photos", code=2)


def test_one_of_several_outputs(capsys, photo, tmp_path):
    image = keras.Input((12, 10, 3))
    flat = layers.Flatten()(image)
    heads = [layers.Dense(n, name=name)(flat) for n, name in ((3, "kind"), (2, "age"))]
    randomise(keras.Model(image, heads)).save(tmp_path / "two.keras")
    command = ["heatmap", tmp_path / "two.keras", photo, "-o", tmp_path / "out"]
    result = run_command(capsys, *command)
    check_refused(result, "two.keras", "--head kind or --head age", code=2)
    result = run_command(capsys, *command, "--head", "age", "--raw")
    assert result.code == 0
    assert np.load(tmp_path / "out" / "photo_heatmap.npy").shape[-1] == 2


def test_two_names_for_one_sigmoid_unit(capsys, photo, tmp_path):
    stack = [keras.Input((12, 10, 3)), layers.Flatten(), layers.Dense(1, "sigmoid")]
    randomise(keras.Sequential(stack)).save(tmp_path / "one.keras")
    (tmp_path / "names.txt").write_text("cat\ndog\n")
    scores = {}
    for name in ("cat", "dog"):
        result = run_command(
            capsys,
            *("heatmap", tmp_path / "one.keras", photo, "-o", tmp_path / name, "--raw"),
            *("--labels", tmp_path / "names.txt", "--class", name),
        )
        assert f"class {name} →" in result.out
        scores[name] = np.load(tmp_path / name / "photo_heatmap.npy")
    np.testing.assert_allclose(scores["cat"].sum(-1), 1, rtol=1e-6)
    plain = kerasseg.convert_to_fcn(kerasseg.load_model(tmp_path / "one.keras"))
    pixels = read_image(photo)[None].astype("float32") / 255
    expected = plain.predict_on_batch(pixels)[0, ..., 0]
    np.testing.assert_allclose(scores["dog"][..., 1], expected, rtol=1e-5)


def write_one_unit(path, activation=None):
    stack = [keras.Input((12, 10, 3)), layers.Flatten(), layers.Dense(1, activation)]
    randomise(keras.Sequential(stack)).save(path)
    return path


def heatmap_of(capsys, model, photo, folder, *options):
    command = ["heatmap", model, photo, "-o", folder, "--raw", *options]
    result = run_command(capsys, *command)
    assert result.code == 0
    return result.out, np.load(folder / "photo_heatmap.npy")


def test_the_other_side_of_a_logit_is_its_negative(capsys, photo, tmp_path):
    model = write_one_unit(tmp_path / "one.keras")
    out, scores = heatmap_of(capsys, model, photo, tmp_path / "a")
    assert "One unit gives a logit z, the score of class 1; class 0 has -z." in out
    pixels = read_image(photo).astype("float32") / 255
    slid = kerasseg.inference.predict_sliding(
        kerasseg.load_model(model), pixels, stride=1
    )
    np.testing.assert_allclose(scores, np.concatenate([-slid, slid], -1), atol=1e-5)
    out, squashed = heatmap_of(
        capsys, model, photo, tmp_path / "b", "--activation", "sigmoid"
    )
    assert "class 0 has 1 - p" in out
    expected = 1 / (1 + np.exp(-scores.astype(np.float64)))
    np.testing.assert_allclose(squashed, expected, atol=1e-6)


def test_one_unit_has_the_same_classes_with_names_and_without(capsys, photo, tmp_path):
    model = write_one_unit(tmp_path / "one.keras", "sigmoid")
    (names := tmp_path / "names.txt").write_text("cat\ndog\n")
    plain = heatmap_of(capsys, model, photo, tmp_path / "a", "--class", "1")
    named = heatmap_of(capsys, model, photo, tmp_path / "b", "--labels", names)
    np.testing.assert_array_equal(plain[1], named[1])
    assert f"class 1 → {tmp_path / 'a'}" in plain[0]
    for line, number in (("0  ", 0), ("1  ", 1)):
        surest = f"{plain[1][..., number].max():.3f}"
        assert any(
            text.strip().startswith(line) and surest in text
            for text in plain[0].splitlines()
        )


def test_one_name_for_one_unit_is_too_few(capsys, photo, tmp_path):
    model = write_one_unit(tmp_path / "one.keras", "sigmoid")
    (names := tmp_path / "names.txt").write_text("dog\n")
    command = ["heatmap", model, photo, "-o", tmp_path / "out", "--labels", names]
    check_refused(run_command(capsys, *command), "two sides of its one unit", code=2)


def test_images_without_channel_axis(capsys, photo, tmp_path):
    image = keras.Input((12, 10))
    x = keras.layers.Reshape((12, 10, 1))(image)
    x = keras.layers.Flatten()(keras.layers.Conv2D(2, 3)(x))
    model = keras.Model(image, keras.layers.Dense(2, activation="softmax")(x))
    model.save(path := tmp_path / "plane.keras")
    target = tmp_path / "picture.png"
    result = run_command(capsys, "heatmap", path, photo, "-o", target)
    assert result.code == 0
    assert target.exists()


def test_takes_the_options_of_model_files(capsys, photo, tmp_path):
    shape = write_sizeless(model := tmp_path / "blind.h5")
    command = ["heatmap", model, photo, "-o", tmp_path / "out"]
    check_refused(run_command(capsys, *command), model, "--input-shape")
    size = "x".join(map(str, shape))
    assert run_command(capsys, *command, "--input-shape", size).code == 0
    assert len(list((tmp_path / "out").iterdir())) == 1
