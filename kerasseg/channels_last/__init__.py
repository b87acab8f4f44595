"""Models on channels-first images, rewritten to take the channels last.

Theano had images as (channels, height, width), and so have many models of its time.
TensorFlow has no such convolution on CPUs, and everything else here has the channels
last. Each map of the new model is the old map with its axes exchanged; a layer that is
not known to allow for that gets the old axes back in front of it, so the numbers stay.
"""

from kerasseg.channels_last.rewriting import is_channels_first, with_channels_last

__all__ = ["is_channels_first", "with_channels_last"]
