"""Prediction on images larger than the window a classifier was trained on."""

from kerasseg.inference.heatmap import predict_heatmap
from kerasseg.inference.projection import project_heatmap
from kerasseg.inference.sliding import predict_sliding

__all__ = ["predict_heatmap", "predict_sliding", "project_heatmap"]
