"""Pictures of images with what a net says about them, and of what it looks for.

Every function draws on a matplotlib `Figure` of its own, or into `axes` that it is
given; none touches pyplot or any other global state.
"""

from kerasseg.visualize.confusion import draw_confusion_matrix
from kerasseg.visualize.curves import learning_curves
from kerasseg.visualize.detections import overlay_detections
from kerasseg.visualize.excitation import (
    ExcitingInput,
    draw_exciting_inputs,
    exciting_inputs,
)
from kerasseg.visualize.heatmaps import overlay_heatmap
from kerasseg.visualize.kernels import filters
from kerasseg.visualize.labels import distinct_colors, overlay_labels
from kerasseg.visualize.maps import feature_maps
from kerasseg.visualize.panels import side_by_side
from kerasseg.visualize.saving import save_figure

__all__ = [
    "ExcitingInput",
    "distinct_colors",
    "draw_confusion_matrix",
    "draw_exciting_inputs",
    "exciting_inputs",
    "feature_maps",
    "filters",
    "learning_curves",
    "overlay_detections",
    "overlay_heatmap",
    "overlay_labels",
    "save_figure",
    "side_by_side",
]
