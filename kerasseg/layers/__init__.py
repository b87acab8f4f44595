"""Layers for dense prediction that Keras lacks."""

from kerasseg.layers.local_response_normalization import LocalResponseNormalization

__all__ = ["LocalResponseNormalization"]
