"""How much each pixel counts: weight maps, and borders between instances."""

from kerasseg.data.weight_maps.separation import (
    instances_to_classes,
    separate_touching,
    separation_border,
)
from kerasseg.data.weight_maps.unet import unet_weight_map

__all__ = [
    "instances_to_classes",
    "separate_touching",
    "separation_border",
    "unet_weight_map",
]
