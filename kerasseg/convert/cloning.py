"""New layers with the values of old ones, never sharing variables with them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable
from math import prod
from typing import Any

import keras
from keras import ops

from kerasseg.errors import ConversionError
from kerasseg.graph import Call
from kerasseg.own_layers import is_declared


class Cloner:
    """Makes the layers of the converted net, each once, and fills in their weights.

    A layer that the classifier calls twice is one layer in the converted net too.

    Args:
        taken: Names that no new layer may have.
    """

    def __init__(self, taken: Collection[str] = ()):
        self._made: dict[tuple, keras.Operation] = {}
        self._names: set[str] = set(taken)

    def apply(
        self,
        call: Call,
        *args,
        layer_class: type | None = None,
        config: dict[str, Any] | None = None,
        arrange: Callable[[list], list] | None = None,
        arrangement: Hashable = None,
        **kwargs,
    ):
        """Calls the counterpart of `call.operation`, made when first needed.

        Args:
            call: The call in the classifier.
            *args: The arguments for the counterpart.
            layer_class: Its class; by default the same as the old layer's.
            config: Its configuration; by default the old layer's.
            arrange: Brings the old weights' values into the order of the new ones,
                where reshaping is not enough.
            arrangement: What that order is. A layer called on several has a counterpart
                for each.
            **kwargs: Further arguments for the counterpart.

        Returns:
            The output tensor.
        """
        old = call.operation
        layer_class = layer_class or type(old)
        config = old.get_config() if config is None else config
        key = (id(old), layer_class, repr(config), arrangement)
        if key in self._made:
            return self._made[key](*args, **kwargs)
        new = layer_from(layer_class, self._named(call, config), call)
        output = new(*args, **kwargs)
        if isinstance(old, keras.Layer):
            _restore_initializers(old, new)
            move_weights(old, new, call.path, arrange)
        self._made[key] = new
        return output

    def pad(self, call: Call, tensor, pads):
        """Zeros around a map, in front of the counterpart of a call."""
        if pads == ((0, 0), (0, 0)):
            return tensor
        policy = getattr(call.operation, "dtype_policy", None)
        name = self._unique(f"{call.operation.name}_pad", call)
        return keras.layers.ZeroPadding2D(pads, name=name, dtype=policy)(tensor)

    def thin(self, call: Call, tensor, strides: tuple[int, int]):
        """Every so many cells of a map, behind the counterpart of a call."""
        policy = getattr(call.operation, "dtype_policy", None)
        name = self._unique(f"{call.operation.name}_stride", call)
        pool = keras.layers.MaxPooling2D(1, strides, name=name, dtype=policy)
        return pool(tensor)

    def name_for(self, call: Call) -> str:
        """The name of a call's layer, for another that takes its place."""
        return self._unique(call.operation.name, call)

    def _named(self, call: Call, config: dict) -> dict:
        """The configuration, with a name that no other layer of the new net has."""
        return {**config, "name": self.name_for(call)}

    def _unique(self, name: str, call: Call) -> str:
        if name in self._names:  # nested models may each have a "conv1"
            name = call.path.replace("/", "_")
        number = 1
        unique = name
        while unique in self._names:
            number += 1
            unique = f"{name}_{number}"
        self._names.add(unique)
        return unique


def layer_from(layer_class: type, config: dict, call: Call) -> keras.Operation:
    """The counterpart of a call's layer, made of a configuration, not yet built.

    Raises:
        ConversionError: Its class makes nothing of it.
    """
    # Random values for a kernel that is overwritten at once would cost time and, for
    # the kernels that VGG16's Dense layers become, half a gigabyte.
    blank = {k: "zeros" if k.endswith("_initializer") else v for k, v in config.items()}
    if "softmax_v2" in str(blank.get("activation")):  # the name inside tf.nn.softmax
        blank["activation"] = "softmax"
    activation = getattr(call.operation, "activation", None)
    if is_declared(activation) and config.get("activation") is not None:
        # Keras finds a function again only where it was registered.
        same = config["activation"] == call.operation.get_config()["activation"]
        blank["activation"] = _own_copy_of(activation) if same else config["activation"]
    try:
        return layer_class.from_config(blank)
    except Exception as error:  # get_config and from_config may be the user's own
        reason = str(error).strip().splitlines()[-1] if str(error).strip() else "?"
        raise ConversionError(
            f"Layer '{call.path}' ({layer_class.__name__}) cannot be rebuilt from its "
            f"configuration: {reason}",
            call.path,
        ) from error


def _own_copy_of(activation):
    """A function as it is; of a layer, which may have weights, a layer like it."""
    if not isinstance(activation, keras.Layer):
        return activation
    return type(activation).from_config(activation.get_config())


def _restore_initializers(old: keras.Layer, new: keras.Layer) -> None:
    for name in vars(new):
        if name.endswith("_initializer") and hasattr(old, name):
            setattr(new, name, getattr(old, name))


def move_weights(
    old: keras.Layer,
    new: keras.Layer,
    path: str,
    arrange: Callable[[list], list] | None = None,
) -> None:
    """Assigns the weights of one layer to another, reshaped where the shapes differ.

    On TensorFlow an assigned tensor is shared until one side changes it, so that the
    largest kernels cost no memory.
    """
    if len(old.weights) != len(new.weights):
        raise ConversionError(
            f"Layer '{path}' has {len(old.weights)} weights and its counterpart "
            f"{len(new.weights)}: it was changed after it was built, or quantised.",
            path,
        )
    values = [weight.value for weight in old.weights]
    for value, target in zip(
        arrange(values) if arrange else values, new.weights, strict=True
    ):
        if tuple(value.shape) != tuple(target.shape):
            _check_reshapes(value, target, path)
            value = ops.reshape(value, target.shape)
        target.assign(_own_copy(value))
    if isinstance(new, keras.layers.Normalization):
        new.finalize_state()  # it computes with copies of its adapted weights


def _check_reshapes(value, target, path: str) -> None:
    """Refuses weights that were made for inputs of another shape than the layer gets.

    Keras builds what follows a nested model by the shape before it drops an axis of 1.
    """
    if prod(value.shape) != prod(target.shape):
        raise ConversionError(
            f"Layer '{path}' has a weight of shape {tuple(value.shape)}, and what it "
            f"is given needs {tuple(target.shape)}: it was changed after it was built, "
            "or a model before it is called on inputs of another rank than its own.",
            path,
        )


def _own_copy(value):
    # TensorFlow copies a shared buffer when one side writes to it. JAX instead lets a
    # training or prediction step take the buffers of its model over, which would leave
    # the other model without weights.
    return ops.copy(value) if keras.backend.backend() == "jax" else value
