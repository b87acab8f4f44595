"""What each Keras layer reads around a place of its input map.

Receptive fields and conversion need the same knowledge of a layer: does it treat every
place alike and alone, look at a window around it, or at the whole map? Only exact types
count: a subclass may compute anything, so it is unknown until its author says
otherwise (`kerasseg.elementwise`).
"""

from kerasseg.layer_kinds.axes import has_axis, works_on_channels
from kerasseg.layer_kinds.operations import (
    is_activation_operation,
    is_elementwise_operation,
)
from kerasseg.layer_kinds.pointwise import (
    AUGMENTATIONS,
    MERGES,
    is_elementwise_layer,
    is_merge,
    is_pointwise,
)
from kerasseg.layer_kinds.shapes import adds_channel_axis, global_pooling, is_flattening

__all__ = [
    "AUGMENTATIONS",
    "MERGES",
    "adds_channel_axis",
    "global_pooling",
    "has_axis",
    "is_activation_operation",
    "is_elementwise_layer",
    "is_elementwise_operation",
    "is_flattening",
    "is_merge",
    "is_pointwise",
    "works_on_channels",
]
