"""The demo's picture: the page with the digits found, beside the heatmap."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from kerasseg.data.digit_scenes import PlacedDigit
from kerasseg.data.digits import DIGIT_NAMES
from kerasseg.files import atomic_path
from kerasseg.geometry import ReceptiveField
from kerasseg.inference import project_heatmap
from kerasseg.inference.matching import Matches
from kerasseg.inference.peaks import Detection
from kerasseg.visualize import overlay_detections, overlay_heatmap


def draw_findings(
    scene: np.ndarray,
    heat: np.ndarray,
    field: ReceptiveField,
    found: Sequence[Detection],
    placed: Sequence[PlacedDigit],
    matches: Matches,
) -> Figure:
    """Draws what the net found and, beside it, how sure it is of a digit anywhere.

    Args:
        scene: The page, `(height, width, 1)` in [0, 1].
        heat: `(rows, columns)`, the probability of any digit in each cell.
        field: The receptive field of the cells.
        found: The digits found.
        placed: The digits on the page.
        matches: Which of them are the same.

    Returns:
        The figure.
    """
    figure = Figure(figsize=(14, 5.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    overlay_detections(
        scene,
        found,
        DIGIT_NAMES,
        right=[index in matches.right_found for index in range(len(found))],
        missed=[placed[index] for index in matches.missed],
        title=f"{len(matches.right)} of {len(placed)} unseen digits found and named",
        axes=left,
    )
    on_page = project_heatmap(heat, field, scene.shape[:2], border="nan")
    overlay_heatmap(
        scene,
        on_page,
        "where the net sees a digit, in one pass",
        alpha=0.75,
        axes=right,
    )
    return figure


def write_page(scene: np.ndarray, path: Path, overwrite: bool) -> None:
    """Writes the bare page as PNG, for other commands to read."""
    with atomic_path(path, overwrite) as temporary:
        Image.fromarray(np.rint(scene[..., 0] * 255).astype(np.uint8)).save(temporary)
