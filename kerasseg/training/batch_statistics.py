"""Statistics of BatchNormalization, taken anew over a whole data set."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

import keras
import numpy as np
from keras import layers

from kerasseg.errors import ArgumentError
from kerasseg.training.batches import as_batches


def refresh_batch_statistics(
    model: keras.Model, data: Any, steps: int | None = None
) -> int:
    """Replaces moving means and variances by those of the data, weights unchanged.

    While a net trains, its moving statistics lag behind its weights, and remember the
    last batches best. SegNet's are therefore computed anew before it is tested: each
    batch runs as in training, but without dropout, and for each normalisation the
    means of all batches are averaged; the variance is that of all values about this
    mean.

    Reference:

    - [SegNet: A Deep Convolutional Encoder-Decoder Architecture for Image
      Segmentation](https://arxiv.org/abs/1511.00561) (Badrinarayanan, Kendall and
      Cipolla, 2017), and the authors' `compute_bn_statistics.py`

    Args:
        model: A net with BatchNormalization layers. Frozen ones stay as they are.
        data: A `kerasseg.data.Pipeline`, of which the first epoch is read, a
            `tf.data.Dataset`, a `PyDataset`, or any iterable of batches; images alone,
            or with masks behind them.
        steps: How many batches to read, by default all.

    Returns:
        The number of normalisations that were refreshed.

    Raises:
        ArgumentError: The model has none that is not frozen, or the data are empty.

    Example:

    >>> import numpy as np
    >>> net = keras.Sequential([keras.Input((1,)), layers.BatchNormalization()])
    >>> batches = [np.array([[1.0], [3.0]]), np.array([[5.0], [7.0]])]
    >>> refresh_batch_statistics(net, batches)
    1
    >>> net.layers[0].get_weights()[2:]
    [array([4.], dtype=float32), array([5.], dtype=float32)]
    """
    normalizations = [
        layer
        for layer in _all_layers(model)
        if isinstance(layer, layers.BatchNormalization) and layer.trainable
    ]
    if not normalizations:
        raise ArgumentError(
            "The model has no BatchNormalization that is not frozen, so there are no "
            f"statistics to refresh. Received: model='{model.name}'"
        )
    sums = [_Sums() for _ in normalizations]
    with _as_measured(model, normalizations):
        for images in islice(_images(data), steps):
            model(images, training=True)
            weight = np.prod(np.shape(images)[:3], dtype=np.float64)
            for layer, total in zip(normalizations, sums, strict=True):
                total.add(layer, weight)
    if sums[0].weight == 0:
        raise ArgumentError("There is no batch to take statistics of. Received: none")
    for layer, total in zip(normalizations, sums, strict=True):
        layer.moving_mean.assign(total.mean)
        layer.moving_variance.assign(total.variance)
    return len(normalizations)


class _Sums:
    """Means and squares of the batches so far, in float64."""

    def __init__(self):
        self.weight = 0.0
        self.means = self.squares = 0.0

    def add(self, layer, weight):
        mean, variance = (
            keras.ops.convert_to_numpy(x).astype(np.float64)
            for x in (layer.moving_mean, layer.moving_variance)
        )
        self.weight += weight
        self.means = self.means + weight * mean
        self.squares = self.squares + weight * (variance + mean**2)

    @property
    def mean(self):
        return self.means / self.weight

    @property
    def variance(self):
        return np.maximum(self.squares / self.weight - self.mean**2, 0)


@contextmanager
def _as_measured(model, normalizations) -> Iterator[None]:
    """Lets moving statistics be those of the last batch alone, and nothing drop out."""
    kept = [(layer, "momentum", layer.momentum) for layer in normalizations]
    kept += [
        (layer, "rate", layer.rate)
        for layer in _all_layers(model)
        if "Dropout" in type(layer).__name__ and hasattr(layer, "rate")
    ]
    before = [
        [keras.ops.convert_to_numpy(x) for x in (n.moving_mean, n.moving_variance)]
        for n in normalizations
    ]
    for layer, name, _ in kept:
        setattr(layer, name, 0.0)
    try:
        yield
    except BaseException:
        for layer, (mean, variance) in zip(normalizations, before, strict=True):
            layer.moving_mean.assign(mean)
            layer.moving_variance.assign(variance)
        raise
    finally:
        for layer, name, value in kept:
            setattr(layer, name, value)


def _all_layers(model: keras.Model) -> Iterator[keras.Layer]:
    """Layers at any depth."""
    for layer in model.layers:
        yield layer
        if hasattr(layer, "layers"):
            yield from _all_layers(layer)


def _images(data: Any) -> Iterator[Any]:
    known = hasattr(data, "epoch") or hasattr(data, "element_spec")
    known = known or isinstance(data, keras.utils.PyDataset)
    batches: Iterable = as_batches(data).epoch(0) if known else data
    for batch in batches:
        yield batch[0] if isinstance(batch, tuple | list) else batch
