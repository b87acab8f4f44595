"""Prediction in overlapping tiles, for images larger than memory."""

from kerasseg.inference.tiles.prediction import predict_tiled

__all__ = ["predict_tiled"]
