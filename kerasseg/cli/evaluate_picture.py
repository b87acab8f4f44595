"""The files that `kerasseg evaluate` writes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kerasseg.cli.evaluate_panels import TITLES, legend_of
from kerasseg.cli.evaluate_scores import Scores
from kerasseg.cli.output_folder import make_folder
from kerasseg.files import atomic_path
from kerasseg.visualize import draw_confusion_matrix, save_figure
from kerasseg.visualize.sheet import draw_sheet


def write_files(
    report: Mapping[str, Any],
    scores: Scores,
    paths: Mapping[str, Path],
    overwrite: bool,
) -> list[Path]:
    """Writes the report, the confusion matrix and the worst images.

    Args:
        report: What is known.
        scores: Where it comes from.
        paths: Of `"report"`, `"matrix"` and `"worst"`.
        overwrite: Whether existing files may be replaced.

    Returns:
        The files written; the last only if there is an image to draw.

    Raises:
        FileError: One cannot be written.
    """
    make_folder(paths["report"].parent)
    written = [paths["report"], paths["matrix"]]
    text = json.dumps(report, indent=2, ensure_ascii=False) + "\n"
    with atomic_path(paths["report"], overwrite) as temporary:
        temporary.write_text(text, encoding="utf-8")
    score = report["measures"]["mean_iou"]["dataset"]
    title = f"mean IoU {score:.3f}" if score is not None else None
    figure = draw_confusion_matrix(scores.matrix, scores.dataset.names, title=title)
    save_figure(figure, paths["matrix"], overwrite)
    if scores.worst:
        with atomic_path(paths["worst"], overwrite) as temporary:
            _draw_worst(scores).save(temporary, format="PNG")
        written.append(paths["worst"])
    else:  # an earlier one would be taken for this report's
        paths["worst"].unlink(missing_ok=True)
    return written


def _draw_worst(scores):
    names = [f"{name}: mean IoU {score:.3f}" for score, name, _ in scores.worst]
    rows = [panels for *_, panels in scores.worst]
    return draw_sheet(rows, TITLES, names, legend_of(scores.dataset))
