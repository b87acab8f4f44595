from pathlib import Path

import keras
import numpy as np
import pytest
from checks.commands import check_refused, run_command
from checks.sizeless_file import write_sizeless

import kerasseg
from kerasseg.convert import fcn, report


def test_writes_the_net_and_the_measured_difference(capsys, models, tmp_path, photo):
    out = tmp_path / "net.keras"
    arguments = ["convert", models / "classifier.h5", out, "--check", photo]
    result = run_command(capsys, *arguments)
    assert result.code == 0
    assert "scores  Dense 3  →  Conv2D 5×4, 3" in result.out
    assert "no layer pads: every cell equals the classifier run on" in result.out
    assert f"Written: {out}" in result.out
    facts = run_command(capsys, *arguments, "--json", "--overwrite").json
    assert set(facts["largest_relative_difference"]) == {"2 random images", str(photo)}
    assert max(facts["largest_relative_difference"].values()) <= 1e-6
    classifier = kerasseg.load_model(models / "classifier.h5")
    image = np.random.default_rng(0).uniform(size=(20, 18, 3)).astype("float32")
    np.testing.assert_allclose(
        kerasseg.load_model(out).predict_on_batch(image[None])[0],
        kerasseg.inference.predict_sliding(classifier, image),
        rtol=1e-5,
    )


def test_options_are_those_of_the_function(capsys, models, tmp_path):
    out = tmp_path / "net.keras"
    result = run_command(
        capsys,
        *("convert", models / "classifier.keras", out, "--image-size", "30x20"),
        *("--padding", "same", "--activation", "none"),
    )
    assert result.code == 0
    assert "compared without --padding same, which gives other cells" in result.out
    net = kerasseg.load_model(out)
    assert net.input_shape == (None, 30, 20, 3)
    assert net.output_shape == (None, 14, 9, 3)
    assert net.get_layer("scores").activation is keras.activations.linear


def test_existing_files_are_kept(capsys, models, tmp_path):
    out = tmp_path / "net.keras"
    out.write_text("mine")
    result = run_command(capsys, "convert", models / "classifier.keras", out)
    check_refused(result, out, "--overwrite")
    assert out.read_text() == "mine"


def test_a_difference_over_the_tolerance_writes_nothing(
    capsys, models, tmp_path, monkeypatch
):
    monkeypatch.setattr(report, "native_difference", lambda *_: float("nan"))
    out = tmp_path / "net.keras"
    result = run_command(capsys, "convert", models / "classifier.keras", out)
    check_refused(result, "classifier.keras", "nothing was written")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("more", [[], ["--padding", "same"]])
def test_the_net_compared_has_the_activation_of_that_written(
    capsys, models, tmp_path, monkeypatch, more
):
    right = fcn.convert_to_fcn

    def wrong_logits(*arguments, **options):
        net = right(*arguments, **options)
        if options["classifier_activation"] is None:
            bias = net.get_layer("scores").bias
            bias.assign(bias + np.arange(3))
        return net

    out = tmp_path / "net.keras"
    command = ["convert", models / "classifier.keras", out, *more]
    facts = run_command(capsys, *command, "--activation", "none", "--json").json
    assert max(facts["largest_relative_difference"].values()) <= 1e-6
    out.unlink()
    monkeypatch.setattr(fcn, "convert_to_fcn", wrong_logits)
    result = run_command(capsys, *command, "--activation", "none")
    check_refused(result, "classifier.keras", "nothing was written")


def test_what_cannot_be_converted_writes_nothing(capsys, models, tmp_path):
    out = tmp_path / "net.keras"
    for name, reason in [
        ("trunk.keras", "no classification head"),
        ("words.keras", "not an image classifier"),
        ("text.keras", "not a Keras model"),
        ("none.keras", "no such file"),
    ]:
        result = run_command(capsys, "convert", models / name, out)
        check_refused(result, name, reason)
    result = run_command(capsys, "convert", models / "classifier.h5", "net.h5")
    check_refused(result, "net.h5", ".keras")
    result = run_command(
        capsys, "convert", models / "classifier.h5", out, "--check", models / "x.png"
    )
    check_refused(result, "x.png", "no such file")
    assert list(tmp_path.iterdir()) == []


def test_wrong_sizes_are_wrong_usage(capsys, models, tmp_path):
    out = tmp_path / "net.keras"
    result = run_command(capsys, "convert", "a.keras", out, "--image-size", "0x4")
    assert result.code == 2
    assert "'0x4' is not a size such as 224x224" in result.err


def test_output_stride_writes_a_denser_net(capsys, models, tmp_path):
    out = tmp_path / "net.keras"
    command = ["convert", models / "classifier.keras", out, "--output-stride", "1x2"]
    facts = run_command(capsys, *command, "--json").json
    assert max(facts["largest_relative_difference"].values()) <= 1e-6
    assert kerasseg.receptive_field(kerasseg.load_model(out)).stride == (1, 2)


@pytest.mark.parametrize(
    ("stride", "words", "code"),
    [
        ("0", "'0' is not a stride such as 1, 8 or 4x2", 2),
        ("3", "classifier.keras: output_stride must divide", 1),
    ],
)
def test_strides_that_cannot_be_are_refused(
    capsys, models, tmp_path, stride, words, code
):
    out = tmp_path / "net.keras"
    command = ["convert", models / "classifier.keras", out]
    result = run_command(capsys, *command, "--output-stride", stride)
    assert result.code == code
    assert words in result.err
    assert not out.exists()


OLD = Path(__file__).parents[2] / "fixtures" / "old_models"


def test_says_what_an_old_file_was_and_what_was_mended(capsys, tmp_path, photo):
    model = OLD / "keras1_theano_sequential_in_a_sequential.h5"
    out = tmp_path / "net.keras"
    result = run_command(capsys, "convert", model, out, "--check", photo)
    assert result.code == 0
    assert "HDF5 file of Keras 1.2.2 on theano" in result.out
    for line in ("Convolution2D → Conv2D", "turned by 180", "channels last"):
        assert line in result.out
    assert "note: Model" in result.err
    facts = run_command(capsys, "convert", model, out, "--json", "--overwrite").json
    assert facts["found"]["keras_version"] == "1.2.2"
    assert max(facts["largest_relative_difference"].values()) <= 1e-6


def test_weights_alone_with_their_architecture(capsys, tmp_path):
    weights, out = OLD / "weights_alone.h5", tmp_path / "net.keras"
    result = run_command(capsys, "convert", weights, out)
    check_refused(result, weights, "--architecture")
    architecture = weights.with_suffix(".json")
    result = run_command(
        capsys, "convert", weights, out, "--architecture", architecture
    )
    assert result.code == 0
    assert out.exists()


def test_the_input_shape_that_a_file_does_not_say(capsys, tmp_path):
    path, out = tmp_path / "blind.h5", tmp_path / "net.keras"
    shape = write_sizeless(path)
    check_refused(run_command(capsys, "convert", path, out), path, "--input-shape")
    size = "x".join(map(str, shape))
    assert run_command(capsys, "convert", path, out, "--input-shape", size).code == 0
    assert out.exists()
    for wrong in ("8x8", "8x8xx3", "0x8x3"):
        result = run_command(capsys, "convert", path, out, "--input-shape", wrong)
        assert result.code == 2


def without_channel_axis():
    image = keras.Input((12, 10))
    x = keras.layers.Reshape((12, 10, 1))(image)
    x = keras.layers.Flatten()(keras.layers.Conv2D(2, 3)(x))
    return keras.Model(image, keras.layers.Dense(2)(x))


def test_images_without_channel_axis(capsys, tmp_path, photo):
    without_channel_axis().save(path := tmp_path / "plane.keras")
    arguments = ["convert", path, tmp_path / "net.keras", "--check", photo, "--json"]
    facts = run_command(capsys, *arguments).json
    differences = facts["largest_relative_difference"]
    assert set(differences) == {"2 random images", str(photo)}
    assert max(differences.values()) <= 1e-6


def test_numbers_beside_the_image(capsys, tmp_path):
    image, numbers = keras.Input((12, 10, 3)), keras.Input((4,))
    x = keras.layers.Flatten()(keras.layers.Conv2D(2, 3)(image))
    x = keras.layers.Concatenate()([x, numbers])
    model = keras.Model([image, numbers], keras.layers.Dense(2)(x))
    model.save(path := tmp_path / "both.keras")
    result = run_command(capsys, "convert", path, tmp_path / "net.keras", "--json")
    assert result.json["largest_relative_difference"]["2 random images"] <= 1e-6


def test_says_which_layers_make_larger_images_differ(capsys, tmp_path):
    stack = [
        keras.Input((8, 8, 1)),
        keras.layers.Conv2D(2, 3, padding="same", name="framed"),
        keras.layers.Flatten(),
        keras.layers.Dense(2),
    ]
    keras.Sequential(stack).save(model := tmp_path / "padded.keras")
    command = ["convert", model, tmp_path / "net.keras"]
    told = "1 layers pad (framed): equal at the classifier's own size; in a larger"
    assert told in run_command(capsys, *command).out
    facts = run_command(capsys, *command, "--overwrite", "--json").json
    assert facts["padded_layers"] == ["framed"]
