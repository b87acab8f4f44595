"""Prediction on images larger than what a net was trained on."""

from kerasseg.inference.heatmap import predict_heatmap
from kerasseg.inference.matching import match_detections
from kerasseg.inference.peaks import find_peaks
from kerasseg.inference.projection import project_heatmap
from kerasseg.inference.shift_and_stitch import predict_shift_and_stitch
from kerasseg.inference.sliding import predict_sliding
from kerasseg.inference.tiles import predict_tiled

__all__ = [
    "find_peaks",
    "match_detections",
    "predict_heatmap",
    "predict_shift_and_stitch",
    "predict_sliding",
    "predict_tiled",
    "project_heatmap",
]
