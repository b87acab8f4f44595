"""Nets that pass on where maxima were, which rounding moves."""

from __future__ import annotations

import keras

from kerasseg.layers import MaxPoolingWithArgmax2D, MaxPoolingWithIndices2D

REMARK = (
    "the net passes on where its maxima were; rounding moves some of them, and on "
    "other images a few scores can jump by far more than was measured (docs/exports.md)"
)


def passes_on_maxima(model: keras.Model) -> bool:
    """Whether a layer of the model gives the places of its maxima."""
    kinds = (MaxPoolingWithArgmax2D, MaxPoolingWithIndices2D)
    return any(isinstance(layer, kinds) for layer in model._flatten_layers())
