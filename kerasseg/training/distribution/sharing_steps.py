"""JAX's steps over batches of any size, shared by the devices where that is even."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
from keras.distribution import TensorLayout, distribute_tensor


class WholeBatches(keras.distribution.DataParallel):
    """Gives all data to every device, and leaves it to the steps to share them.

    Keras places each batch as it placed the first. So a smaller one at the end of an
    epoch, which the devices cannot share evenly, would be an error.
    """

    def get_data_layout(self, data_shape: tuple[int, ...]) -> TensorLayout:
        return TensorLayout([None] * len(data_shape), self.device_mesh)


def share_in_steps(model: keras.Model, distribution: WholeBatches) -> None:
    """Lets the steps of a model share every batch that can be shared evenly.

    Of others each device computes the whole: losses, metrics and BatchNormalization
    stay those of one device.

    Args:
        model: A compiled model, whose steps were not compiled yet.
        distribution: Under which it is trained.
    """
    model.train_step = _sharing(model.train_step, distribution)
    model.test_step = _sharing(model.test_step, distribution)


def _sharing(step: Callable, distribution: WholeBatches) -> Callable:
    mesh = distribution.device_mesh

    def shared(values: Any) -> Any:
        if values is None or not values.shape or values.shape[0] % mesh.devices.size:
            return values
        axes = [distribution.batch_dim_name] + [None] * (len(values.shape) - 1)
        return distribute_tensor(values, TensorLayout(axes, mesh))

    def sharing_step(state: Any, data: Any) -> Any:
        return step(state, keras.tree.map_structure(shared, data))

    return sharing_step
