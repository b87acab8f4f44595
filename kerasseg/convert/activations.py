"""Which activation functions read one place alone, so that a map may have any size."""

from __future__ import annotations

from keras import activations, layers

from kerasseg.convert.refusals import hint_at_declaring, refuse
from kerasseg.graph import Call
from kerasseg.layer_kinds import is_elementwise_layer
from kerasseg.layers import hard_sigmoid_of_keras_2

ELEMENTWISE_ACTIVATIONS = (
    activations.celu,
    activations.elu,
    activations.exponential,
    activations.gelu,
    activations.hard_shrink,
    activations.hard_sigmoid,
    activations.hard_silu,
    activations.hard_tanh,
    activations.leaky_relu,
    activations.linear,
    activations.log_sigmoid,
    activations.mish,
    activations.relu,
    activations.relu6,
    activations.selu,
    activations.sigmoid,
    activations.silu,
    activations.soft_shrink,
    activations.softplus,
    activations.softsign,
    activations.sparse_plus,
    activations.squareplus,
    activations.tanh,
    activations.tanh_shrink,
    hard_sigmoid_of_keras_2,
)
# Along the last axis, which holds the channels before and after the conversion.
CHANNEL_ACTIVATIONS = (
    activations.log_softmax,
    activations.softmax,
    activations.sparse_sigmoid,
    activations.sparsemax,
)
_KNOWN = ELEMENTWISE_ACTIVATIONS + CHANNEL_ACTIVATIONS


def check_activation(call: Call) -> None:
    """Refuses an activation function that may read more than one place."""
    activation = getattr(call.operation, "activation", None)
    # A subclass may compute anything, as everywhere (see `layer_kinds`).
    if type(activation) is layers.Dropout or is_elementwise_layer(activation):
        return
    if _is_of_tensorflow(activation):
        return
    if activation is not None and callable(activation) and activation not in _KNOWN:
        name = getattr(activation, "__name__", type(activation).__name__)
        refuse(
            call,
            f"applies '{name}', which is not among the activations known to read one "
            "place alone and keep its shape. Use another of keras.activations, or, at "
            "the end of a head, take logits with classifier_activation=None"
            + hint_at_declaring(activation),
        )


def _is_of_tensorflow(activation) -> bool:
    """Whether this is `tf.nn.relu` or the like, which Keras saves by its name alone."""
    module = getattr(activation, "__module__", "") or ""
    name = getattr(activation, "__name__", "")
    names = {function.__name__ for function in _KNOWN} | {"softmax_v2"}
    return module.startswith("tensorflow.") and name in names
