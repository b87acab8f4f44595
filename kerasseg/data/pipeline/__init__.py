"""From a data set on disk to batches for training."""

from kerasseg.data.pipeline.pipeline import Pipeline

__all__ = ["Pipeline"]
