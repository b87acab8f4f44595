"""Layers for dense prediction that Keras lacks."""

from kerasseg.layers.local_response_normalization import LocalResponseNormalization
from kerasseg.layers.unfold_windows import UnfoldWindows2D

__all__ = ["LocalResponseNormalization", "UnfoldWindows2D"]
