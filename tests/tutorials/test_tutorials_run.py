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
    "02_dense_prediction.py": (
        ["--epochs", "1", "--copies", "1", "--corner", "112"],
        "dense_prediction times",
    ),
    "03_gap_and_cam.py": (
        ["--epochs", "1", "--copies", "1"],
        "windows gap_and_cam filters feature_maps exciting_inputs what_a_net_sees",
    ),
    "04_unpooling.py": (["--epochs", "1"], "unpooling edges checkerboard"),
    "05_fcn_skips.py": (["--epochs", "1", "--pages", "4"], "fcn_skips squares"),
    "06_tiles_and_counting.py": (
        ["--epochs", "1", "--images", "2", "--crops", "2"],
        "weight_map tiles tiles_and_counting",
    ),
    "07_train_segnet.py": (
        ["--epochs", "1", "--scenes", "16"],
        "truth prediction curves predictions",
    ),
    "08_two_workers.py": (
        ["--epochs", "1", "--scenes", "16", "--without-kill"],
        "two_workers",
    ),
    "09_resume_after_kill.py": (["--epochs", "2", "--kills", "1"], "two_runs"),
    "10_export_and_serve.py": (
        ["--epochs", "1", "--pages", "4", "--depth", "1", "--rounds", "2"],
        "export_and_serve",
    ),
}
# What a tutorial shows by numbers that a reader may check, so must be printed exactly.
PRINTED = {
    "04_unpooling.py": """
1. The largest of each window:
      5 6
      7 8
1. Where in its window it was:
      3 0
      2 3
2. Nearest:
      1 1 2 2
      1 1 2 2
      3 3 4 4
      3 3 4 4
2. Bed of nails:
      1 0 2 0
      0 0 0 0
      3 0 4 0
      0 0 0 0
2. Max unpooling:
      0 0 2 0
      0 1 0 0
      0 0 0 0
      3 0 0 4
3. The stamps of 2 and 3, added:
       2  8 13 12 15
3. A stamp of ones on 1 2 / 3 4:
       1  1  3  2  2
       1  1  3  2  2
       4  4 10  6  6
       3  3  7  4  4
       3  3  7  4  4
3. Stamps of 3×3 on ones leave 1 2 4
3. Stamps of 4×4 on ones leave 4
4. The tent, times 16:
      1 3 3 1
      3 9 9 3
      3 9 9 3
      1 3 3 1
""",
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
    for passage in re.split(r"\n(?=\d\. )", PRINTED.get(name, "").strip()):
        assert passage in output
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
