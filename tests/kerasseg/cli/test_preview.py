import numpy as np
import pytest
from checks.commands import check_refused, run_command
from PIL import Image

from kerasseg.cli.preview_picture import draw as draw_rows


@pytest.fixture
def folder(tmp_path):
    """A data set as `dsb2018` is: images, and instance ids of 16 bit."""
    rng = np.random.default_rng(0)
    for name in ("image", "label"):
        (tmp_path / "cells" / name).mkdir(parents=True)
    for number in range(4):
        labels = np.zeros((24, 32), np.uint16)
        labels[3:9, 4:12], labels[11:20, 6:14] = 300, 7
        photo = rng.integers(0, 256, (24, 32, 3), np.uint8)
        Image.fromarray(photo).save(tmp_path / "cells" / "image" / f"{number}.png")
        Image.fromarray(labels).save(tmp_path / "cells" / "label" / f"{number}.png")
    return tmp_path / "cells"


def test_draws_a_picture(capsys, folder, tmp_path):
    out = tmp_path / "grid.png"
    options = ["--augment", "unet", "--crop", "16x20", "--count", "2"]
    result = run_command(capsys, "preview", folder, "-o", out, *options)
    assert (result.code, result.err) == (0, "")
    assert result.out == (
        "cells: 4 images, 2 classes\n"
        "  read as: instances (--format says otherwise)\n"
        f"  2 of them → {out}\n"
    )
    with Image.open(out) as picture:
        assert min(picture.size) > 300


def test_json_names_what_is_drawn(capsys, folder, tmp_path):
    command = ["preview", folder, "-o", tmp_path / "grid.png", "--json"]
    facts = run_command(capsys, *command, "--crop", "16").json
    assert (facts["images"], facts["format"]) == (4, "instances")
    assert sorted(row["name"] for row in facts["drawn"]) == ["0", "1", "2", "3"]
    assert {row["size"] for row in facts["drawn"]} == {"16×16"}
    assert facts["written"] == str(tmp_path / "grid.png")


def test_weights_are_named_by_their_option(capsys, folder, tmp_path, monkeypatch):
    titles = []

    def draw(*arguments):
        figure = draw_rows(*arguments)
        titles.extend(axes.get_title() for axes in figure.axes[:3])
        return figure

    monkeypatch.setattr("kerasseg.cli.preview_picture.draw", draw)
    result = run_command(capsys, "preview", folder, "-o", tmp_path / "grid.png")
    assert result.code == 0, result.err
    assert titles[1:] == ["mask", "with --weight-map unet"]


def test_the_seed_alone_decides(capsys, folder, tmp_path):
    pictures = []
    for number, seed in enumerate((0, 0, 1)):
        out = tmp_path / f"{number}.png"
        options = ["--augment", "flip", "--count", "3", "--seed", seed]
        assert run_command(capsys, "preview", folder, "-o", out, *options).code == 0
        pictures.append(out.read_bytes())
    assert pictures[0] == pictures[1] != pictures[2]


def test_pictures_are_not_overwritten(capsys, folder, tmp_path):
    command = ["preview", folder, "-o", tmp_path / "grid.png", "--count", "1"]
    assert run_command(capsys, *command).code == 0
    check_refused(run_command(capsys, *command), "grid.png", "--overwrite")
    assert run_command(capsys, *command, "--overwrite").code == 0


@pytest.mark.parametrize(
    ("options", "words", "code"),
    [
        (["--count", "0"], ["--count 0"], 2),
        (["--format", "coco"], ["--format coco", "camvid"], 2),
        (["--format", "Folder"], ["--format", "Did you mean folders?"], 2),
        (["--split", "test"], ["test"], 2),
    ],
)
def test_wrong_options(capsys, folder, tmp_path, options, words, code):
    out = tmp_path / "grid.png"
    result = run_command(capsys, "preview", folder, "-o", out, *options)
    check_refused(result, *words, code=code)
    assert not out.exists()


@pytest.mark.parametrize("options", [["--seed", "-1"], ["--augment", "warp"]])
def test_wrong_usage(capsys, folder, tmp_path, options):
    result = run_command(capsys, "preview", folder, "-o", tmp_path / "a.png", *options)
    check_refused(result, options[0], "kerasseg preview --help", code=2)


def test_bad_files(capsys, folder, tmp_path):
    out = tmp_path / "grid.png"
    missing = run_command(capsys, "preview", tmp_path / "none", "-o", out)
    check_refused(missing, "none")
    check_refused(run_command(capsys, "preview", folder, "-o", "grid.jpg"), ".png")
    image = folder / "image" / "2.png"
    image.write_bytes(image.read_bytes()[:500])
    check_refused(run_command(capsys, "preview", folder, "-o", out), "2.png")
    assert not out.exists()


def test_images_are_shrunk_as_in_training(capsys, folder, tmp_path):
    command = ["preview", folder, "-o", tmp_path / "grid.png", "--scale", "0.5"]
    facts = run_command(capsys, *command, "--count", "1", "--json").json
    assert facts["drawn"][0]["size"] == "12×16"


def test_a_check_lists_every_broken_file(capsys, folder, tmp_path):
    command = ["preview", folder, "-o", tmp_path / "grid.png", "--check"]
    assert run_command(capsys, *command, "--count", "1").code == 0
    (folder / "image" / "1.png").write_bytes(b"")
    (folder / "label" / "3.png").write_bytes(b"")
    result = run_command(capsys, *command, "--overwrite")
    assert result.code == 1
    assert result.out.startswith("cells: 4 samples read, 2 problems\n")
    assert "1.png: " in result.out
    assert "3.png: " in result.out
    problems = run_command(capsys, *command, "--overwrite", "--json").json["problems"]
    names = [row["path"] for row in problems]
    assert names == [str(folder / "image/1.png"), str(folder / "label/3.png")]
