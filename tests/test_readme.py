"""What the README shows runs as it stands there."""

import re
import tomllib
from pathlib import Path

import numpy as np
import pytest
from checks.commands import run_command
from PIL import Image

import zoo
from kerasseg.errors import EXTRAS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


@pytest.fixture(autouse=True)
def workplace(tmp_path, monkeypatch):
    """A folder with the files that the README speaks of."""
    monkeypatch.chdir(tmp_path)
    zoo.LeNet5(input_shape=(32, 32, 3), classes=2).save("old_classifier.h5")
    pixels = np.random.default_rng(0).integers(0, 256, (64, 80, 3), np.uint8)
    Image.fromarray(pixels).save("photo.jpg")
    Path("names.txt").write_text("cat\ndog\n")
    zoo.UNet((None, None, 3), base_filters=2, depth=1, padding="same").save("net.keras")
    Path("photos").mkdir()
    Image.fromarray(pixels).save("photos/1.jpg")
    for name in ("images", "masks"):
        Path("scenes", name).mkdir(parents=True)
    for index in range(4):
        Image.fromarray(pixels).save(f"scenes/images/{index}.png")
        mask = pixels[..., 0] // 128
        mask[:2] = 255  # void
        Image.fromarray(mask).save(f"scenes/masks/{index}.png")
    Path("scenes/classes.txt").write_text("dark\nlight\n")


def test_python_runs():
    assert len(blocks("python")) == 7
    names = {}
    for block in blocks("python"):
        exec(block, names)
    assert names["scores"].shape == (9, 13, 2)
    assert names["labels"].shape == (64, 80)
    assert np.isfinite(names["net"].get_metrics_result()["loss"])
    assert names["report"].largest_difference <= 1e-5
    maxima = names["unpooled"] != 0
    assert np.sum(maxima) == np.prod(names["pooled"].shape)
    np.testing.assert_array_equal(names["unpooled"][maxima], names["maps"][maxima])
    assert Path("cat.png").stat().st_size > 1000


def test_commands_run(capsys):
    lines = [line for block in blocks("bash") for line in block.splitlines()]
    commands = [line for line in lines if line.startswith("kerasseg ")]
    assert len(commands) == 13
    for command in commands:
        words = command.split("#")[0].split()[1:]
        assert run_command(capsys, *words).code == 0, command


def test_pictures_and_links_are_there():
    targets = re.findall(r"\]\(([^)#]+)\)", README)
    assert targets
    for target in targets:
        if not target.startswith("http"):
            assert (ROOT / target).exists(), target


@pytest.mark.parametrize("folder", [".", "tutorials", "docs"])
def test_what_is_installed_is_installed_from_the_clone(folder):
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = extras["project"]["optional-dependencies"]
    pages = [*(ROOT / folder).glob("*.md"), *(ROOT / folder).glob("*.py")]
    text = "".join(page.read_text(encoding="utf-8") for page in pages)
    assert "kerasseg[" not in text  # pip would look for it in an index
    named = re.findall(r'"\.\[(\w+)\]"', text)
    assert named
    assert set(named) <= set(extras)


def test_errors_name_the_packages_of_each_extra():
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = extras["project"]["optional-dependencies"]
    for extra, packages in EXTRAS.items():
        assert [re.split("[<>=]", need)[0] for need in extras[extra]] == [*packages]


def test_the_two_commands_stand_alone_on_their_lines():
    lines = README.splitlines()
    assert 'pip install ".[demo]" && kerasseg demo' in lines
    assert 'pip install ".[test]" && pytest' in lines
