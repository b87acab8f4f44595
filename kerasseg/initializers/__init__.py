"""Starting values that Keras lacks."""

from kerasseg.initializers.bilinear import Bilinear

__all__ = ["Bilinear"]
