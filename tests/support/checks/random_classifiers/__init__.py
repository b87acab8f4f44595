"""Random classifiers for hypothesis: drawn as plain data, then built."""

from checks.random_classifiers.build import build
from checks.random_classifiers.recipe import Recipe, Size, Step, step
from checks.random_classifiers.strategy import recipes

__all__ = ["Recipe", "Size", "Step", "build", "recipes", "step"]
