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
        model: A net with BatchNormalization layers, inside of other layers too. Those
            that are frozen, or that the net does not call, stay as they are.
        data: A `kerasseg.data.Pipeline`, of which the first epoch is read, a
            `tf.data.Dataset`, a `PyDataset`, or any iterable of batches; images alone,
            or with masks behind them.
        steps: How many batches to read, by default all.

    Returns:
        The number of normalisations that were refreshed.

    Raises:
        ArgumentError: The model has none that is built and not frozen, or the data
            are empty.

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
        for layer in model._flatten_layers()  # those inside of others too
        if isinstance(layer, layers.BatchNormalization)
        and layer.trainable
        and layer.built
    ]
    if not normalizations:
        raise ArgumentError(
            "The model has no BatchNormalization that is built and not frozen, so "
            f"there are no statistics to refresh. Received: model='{model.name}'"
        )
    sums, batches = [_Sums(layer) for layer in normalizations], 0
    with _as_measured(model, sums):
        for images in islice(_images(data), steps):
            model(images, training=True)
            batches += 1
    if not batches:
        raise ArgumentError("There is no batch to take statistics of. Received: none")
    called = [total for total in sums if total.weight]
    for total in called:
        total.layer.moving_mean.assign(total.mean)
        total.layer.moving_variance.assign(total.variance)
    return len(called)


class _Sums:
    """Means and squares of all that a normalisation was called on, in float64."""

    def __init__(self, layer):
        self.layer = layer
        self._call = layer.call
        self.weight = self._means = self._squares = 0.0

    def call(self, inputs, *arguments, **options):
        """In place of the layer's own, where it remembers nothing but one call."""
        outputs = self._call(inputs, *arguments, **options)
        mean, variance = (
            keras.ops.convert_to_numpy(x).astype(np.float64)
            for x in (self.layer.moving_mean, self.layer.moving_variance)
        )
        weight = np.prod(inputs.shape, dtype=np.float64) / mean.size  # places
        self.weight += weight
        self._means += weight * mean
        self._squares += weight * (variance + mean**2)
        return outputs

    @property
    def mean(self):
        return self._means / self.weight

    @property
    def variance(self):
        return np.maximum(self._squares / self.weight - self.mean**2, 0)


@contextmanager
def _as_measured(model, sums) -> Iterator[None]:
    """Lets all calls be measured, nothing drop out, and weights stay."""
    normalizations = [total.layer for total in sums]
    changed = [(layer, "momentum", 0.0) for layer in normalizations]
    changed += [(total.layer, "call", total.call) for total in sums]
    for layer in model._flatten_layers():
        if "Dropout" in type(layer).__name__ and hasattr(layer, "rate"):
            changed.append((layer, "rate", 0.0))
        if isinstance(layer, layers.SpectralNormalization):
            changed.append((layer, "call", _as_at_inference(layer.call)))
    before = [
        [keras.ops.convert_to_numpy(x) for x in (n.moving_mean, n.moving_variance)]
        for n in normalizations
    ]
    kept = [getattr(layer, name) for layer, name, _ in changed]
    for layer, name, value in changed:
        setattr(layer, name, value)
    try:
        yield
    except BaseException:
        for layer, (mean, variance) in zip(normalizations, before, strict=True):
            layer.moving_mean.assign(mean)
            layer.moving_variance.assign(variance)
        raise
    finally:
        for (layer, name, _), value in zip(changed, kept, strict=True):
            if name == "call":  # which is the class's
                delattr(layer, name)
            else:
                setattr(layer, name, value)


def _as_at_inference(call):
    """The call of a layer that changes its kernel whenever it is called in training."""
    return lambda inputs, training=None: call(inputs, training=False)


def _images(data: Any) -> Iterator[Any]:
    known = hasattr(data, "epoch") or hasattr(data, "element_spec")
    known = known or isinstance(data, keras.utils.PyDataset)
    batches: Iterable = as_batches(data).epoch(0) if known else data
    for batch in batches:
        yield batch[0] if isinstance(batch, tuple | list) else batch
