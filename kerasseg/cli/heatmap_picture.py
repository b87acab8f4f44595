"""What `kerasseg heatmap` writes for one photo."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from kerasseg.cli.output_folder import make_folder
from kerasseg.files import atomic_path
from kerasseg.geometry import ReceptiveField
from kerasseg.inference import project_heatmap
from kerasseg.visualize import overlay_heatmap, save_figure


def write_picture(
    image: np.ndarray,
    scores: np.ndarray,
    shown: int,
    name: str,
    field: ReceptiveField,
    target: Path,
    options: argparse.Namespace,
) -> list[Path]:
    """Writes the overlay of one class, and the scores of all if `--raw` asks for them.

    Args:
        image: `(height, width, channels)`, values 0…255.
        scores: `(rows, columns, classes)`.
        shown: Number of the class to draw.
        name: Its name.
        field: The receptive field of the cells.
        target: The picture's path.
        options: `method`, `raw` and `overwrite` of the command.

    Returns:
        The files written.
    """
    heat = project_heatmap(
        scores[..., shown], field, image.shape[:2], options.method, border="nan"
    )
    photo = image[..., :3] if image.shape[-1] == 4 else image
    figure = overlay_heatmap(
        photo.astype(np.uint8), heat, f"class {name}", colorbar_label="score"
    )
    make_folder(target.parent)
    save_figure(figure, target, overwrite=options.overwrite)
    if not options.raw:
        return [target]
    raw = target.with_suffix(".npy")
    with atomic_path(raw, options.overwrite) as temporary:
        np.save(temporary, scores)
    return [target, raw]
