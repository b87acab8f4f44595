import keras
import pytest
from checks.commands import check_refused, run_command
from keras import layers

import zoo


@pytest.mark.parametrize("name", ["classifier.keras", "classifier.h5"])
def test_tells_layers_head_and_conversion(capsys, models, name):
    result = run_command(capsys, "info", models / name)
    assert result.code == 0
    text = " ".join(result.out.split())
    assert "small, 355 parameters" in text  # 4 * (27 + 1) + 3 * (5 * 4 * 4 + 1)
    assert "conv Conv2D 3×3, 4 10×8×4 3×3 1×1" in text
    assert "pool MaxPooling2D 2×2/2 5×4×4 4×4 2×2" in text
    assert "flat (Flatten), scores (Dense 3)" in text
    assert "scores Dense 3 → Conv2D 5×4, 3" in text
    assert "one cell sees 12×10 pixels; cells stand 2×2 pixels apart" in text
    assert "no layer pads" in text


def test_json(capsys, models):
    facts = run_command(capsys, "info", models / "classifier.keras", "--json").json
    assert facts["inputs"] == [[12, 10, 3]]
    field = {"size": [12, 10], "stride": [2, 2], "offset": [0, 0]}
    fields = [{**field, "whole_image": False}]
    assert facts["conversion"]["receptive_fields"] == fields
    assert facts["conversion"]["padded_layers"] == []
    assert facts["layers"][0]["sees"] == [3, 3]


def test_says_why_a_model_does_not_convert(capsys, models):
    result = run_command(capsys, "info", models / "trunk.keras")
    assert result.code == 0
    assert "no: Model 'trunk' has no classification head" in result.out


def test_a_net_that_segments_needs_no_conversion(capsys, tmp_path):
    path = tmp_path / "unet.keras"
    shape = (None, None, 3)
    zoo.UNet(shape, classes=2, padding="same", base_filters=2, depth=1).save(path)
    result = run_command(capsys, "info", path)
    assert "no: Model 'unet' has no classification head: its output" in result.out
    assert "Conv2DTranspose" not in result.out.split("Conversion")[1]


def test_bad_files(capsys, models):
    check_refused(run_command(capsys, "info", models / "none.keras"), "none.keras")
    check_refused(run_command(capsys, "info", models / "text.keras"), "text.keras")


def test_cells_behind_a_gate_are_not_promised_to_equal_their_windows(capsys, tmp_path):
    image = keras.Input((8, 8, 3))
    x = layers.Conv2D(4, 3)(image)
    gate = layers.GlobalAveragePooling2D(keepdims=True)(x)
    x = layers.Multiply()([x, layers.Dense(4, activation="sigmoid")(gate)])
    scores = layers.Dense(2)(layers.Flatten()(x))
    keras.Model(image, scores).save(tmp_path / "gated.keras")
    result = run_command(capsys, "info", tmp_path / "gated.keras")
    assert "one cell sees 8×8 pixels" in result.out
    assert "every cell also depends on the whole image" in result.out
    assert "no layer pads" not in result.out
    facts = run_command(capsys, "info", tmp_path / "gated.keras", "--json").json
    assert facts["conversion"]["receptive_fields"][0]["whole_image"] is True


def test_every_output_is_asked_whether_it_depends_on_the_whole_image(capsys, tmp_path):
    image = keras.Input((8, 8, 3))
    fine = layers.Conv2D(4, 3)(image)
    gate = layers.GlobalAveragePooling2D(keepdims=True)(fine)
    gated = layers.Multiply()([fine, layers.Dense(4, activation="sigmoid")(gate)])
    gated = layers.MaxPooling2D(2)(gated)
    heads = [layers.Dense(2)(layers.Flatten()(x)) for x in (fine, gated)]
    keras.Model(image, heads).save(model := tmp_path / "two.keras")
    told = "every cell of output 2 also depends on the whole image"
    text = run_command(capsys, "info", model).out
    assert told in text
    assert "output 2: one cell sees 8×8 pixels; cells stand 2×2 pixels apart" in text
    assert told in run_command(capsys, "convert", model, tmp_path / "net.keras").out


def test_a_classifier_of_one_cell_is_told_which_layer_stops_it(capsys, tmp_path):
    stack = [
        layers.Conv2D(4, 3),
        layers.GroupNormalization(2, name="groups"),
        layers.GlobalAveragePooling2D(keepdims=True),
        layers.Conv2D(3, 1),
    ]
    keras.Sequential([keras.Input((8, 8, 1)), *stack]).save(tmp_path / "cell.keras")
    text = run_command(capsys, "info", tmp_path / "cell.keras").out
    assert "no: Layer 'groups' (GroupNormalization) cannot be converted" in text
    assert "no classification head" not in text


def test_tells_numbers_of_another_type_than_float32(capsys, models, tmp_path):
    stack = [layers.Conv2D(2, 3, dtype="mixed_float16"), layers.Flatten()]
    model = keras.Sequential([keras.Input((6, 6, 1)), *stack, layers.Dense(2)])
    model.save(tmp_path / "half.keras")
    result = run_command(capsys, "info", tmp_path / "half.keras")
    assert "  numbers mixed_float16\n" in result.out
    result = run_command(capsys, "info", models / "classifier.keras")
    assert "  numbers" not in result.out
