"""Images, class names and data sets on disk."""

from kerasseg.data.augmentation import Augmentation
from kerasseg.data.check import CheckReport
from kerasseg.data.class_weights import class_weights
from kerasseg.data.dataset import Sample, SegmentationDataset
from kerasseg.data.images import read_image
from kerasseg.data.masks import read_mask
from kerasseg.data.pairing import pair_by_name
from kerasseg.data.palettes import voc_colormap
from kerasseg.data.pipeline import Pipeline
from kerasseg.data.readers import FORMATS, open_dataset
from kerasseg.data.statistics import ClassStatistics
from kerasseg.data.weight_maps import (
    instances_to_classes,
    separate_touching,
    separation_border,
    unet_weight_map,
)

__all__ = [
    "FORMATS",
    "Augmentation",
    "CheckReport",
    "ClassStatistics",
    "Pipeline",
    "Sample",
    "SegmentationDataset",
    "class_weights",
    "instances_to_classes",
    "open_dataset",
    "pair_by_name",
    "read_image",
    "read_mask",
    "separate_touching",
    "separation_border",
    "unet_weight_map",
    "voc_colormap",
]
