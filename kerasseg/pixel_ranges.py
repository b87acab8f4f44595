"""The ranges of pixels that nets are trained on, by name; needs no Keras."""

IN_WORDS = {
    "none": "0…255",
    "unit": "0…1",
    "tf": "-1…1",
    "caffe": "blue, green and red, less ImageNet's mean",
    "torch": "0…1, then normalised by ImageNet's mean and deviation",
}
MODES = tuple(IN_WORDS)
"""Of `kerasseg.data.preprocess`; keras.applications names three of its own so."""
