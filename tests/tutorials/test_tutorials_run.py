"""Every tutorial runs from top to bottom, makes its pictures, and keeps its promise."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

FOLDER = Path(__file__).parents[2] / "tutorials"

# The smallest run of each tutorial, and the pictures that it makes.
TUTORIALS = {
    "01_classifier_to_heatmap.py": (
        ["--epochs", "1"],
        "windows page receptive_field ten_heatmaps classifier_to_heatmap",
    ),
    "03_gap_and_cam.py": (
        ["--epochs", "1", "--copies", "1"],
        "windows gap_and_cam filters feature_maps exciting_inputs what_a_net_sees",
    ),
}
EQUALITY = re.compile(r"differ by at most (\S+)")


def test_every_numbered_tutorial_is_run():
    assert sorted(TUTORIALS) == sorted(p.name for p in FOLDER.glob("[0-9][0-9]_*.py"))


@pytest.mark.parametrize("name", TUTORIALS)
def test_tutorial(name, tmp_path):
    arguments, pictures = TUTORIALS[name]
    output = run(name, *arguments, "--output", tmp_path)
    differences = [float(number) for number in EQUALITY.findall(output)]
    assert differences, output
    assert max(differences) <= 1e-5, output
    names = {path.stem for path in tmp_path.glob("*.png")}
    assert names == set(pictures.split())
    for picture in names:
        check_not_blank(tmp_path / f"{picture}.png")


def run(name, *arguments):
    # The same code as here, as a reader would run it: elsewhere, without a screen.
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    result = subprocess.run(
        [sys.executable, FOLDER / name, *arguments],
        cwd=arguments[-1],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def check_not_blank(path):
    with Image.open(path) as picture:
        assert picture.format == "PNG"
        pixels = np.asarray(picture.convert("L"))
    assert min(pixels.shape) > 200, path.name
    assert pixels.std() > 10, f"{path.name} is blank"
