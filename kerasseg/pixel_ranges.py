"""The ranges of pixels that nets are trained on, by name; needs no Keras."""

MODES = ("none", "unit", "tf", "caffe", "torch")
"""Of `kerasseg.data.preprocess`; keras.applications names three of its own so."""
