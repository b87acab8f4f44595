"""The activations at the ends of heads: kept, taken away, or exchanged."""

from __future__ import annotations

from dataclasses import dataclass, field

import keras
from keras import layers

from kerasseg.errors import ArgumentError, ConversionError
from kerasseg.graph import Call, Edge, Graph
from kerasseg.layer_kinds import is_activation_operation, is_flattening
from kerasseg.own_layers import is_declared
from kerasseg.squashing import activation_name, squashes

SAME = "same"


@dataclass(frozen=True)
class Ends:
    """What is to become of the activation of each head.

    Attributes:
        replaced: For the calls that end a head with an activation, by `id`, the one
            that they get instead.
        added: For the outputs that have none, by `id`, the one to put behind them.
    """

    replaced: dict[int, str] = field(default_factory=dict)
    added: dict[int, str] = field(default_factory=dict)

    @classmethod
    def of(cls, graph: Graph, activation: str | None) -> Ends:
        """Finds the ends of all heads.

        Args:
            graph: The classifier.
            activation: `"same"`, `None` for logits, or a name of `keras.activations`.

        Raises:
            ConversionError: Other parts of the model read an activation's output, or
                scores are made of what activations gave.
        """
        ends = cls()
        if activation == SAME:
            return ends
        wanted = _serialized(activation)
        for edge in graph.flat_outputs:
            call = _activation_at_end(graph, edge)
            if call is None:
                _check_no_activation_within(graph, edge)
            elif call.outputs[0].shape[-1] == edge.shape[-1]:
                ends.replaced[id(call)] = wanted
                continue
            else:  # it worked on a map, whose cells were made one vector behind it
                ends.replaced[id(call)] = "linear"
            if wanted != "linear":
                ends.added[id(edge)] = wanted
        return ends

    def scores(self, edge: Edge, tensor):
        """The scores of a head, with its activation if it is to get one."""
        if id(edge) not in self.added:
            return tensor
        return layers.Activation(self.added[id(edge)])(tensor)


def _activation_at_end(graph: Graph, edge: Edge) -> Call | None:
    """The call whose activation makes a head's scores, before what only reshapes."""
    walked = [edge]
    call = _maker(graph, edge)
    while call is not None and _only_passes_on(call):
        walked.append(call.inputs[0])
        call = _maker(graph, walked[-1])
    if call is None or not _is_activation(call):
        return None
    for edge in walked:
        if len(graph.consumers(edge)) + _times_given(graph, edge) > 1:
            raise ConversionError(
                f"The activation of '{call.path}' cannot be changed: several parts of "
                'the model read its output. Pass classifier_activation="same".',
                call.path,
            )
    return call


def _check_no_activation_within(graph: Graph, edge: Edge) -> None:
    """Refuses scores that are sums or means of probabilities: no logits are there."""
    waiting, seen = [edge], set()
    while waiting:
        call = _maker(graph, waiting.pop())
        if call is None or id(call) in seen:
            continue
        seen.add(id(call))
        if _gives_probabilities(call):
            raise ConversionError(
                f"The activation of '{call.path}' cannot be changed: the scores are "
                "what it gives, or computed from that by layers behind it. Pass "
                'classifier_activation="same".',
                call.path,
            )
        if not (getattr(call.operation, "weights", ()) or _multiplies(call)):
            waiting.extend(call.inputs)


def _gives_probabilities(call: Call) -> bool:
    layer = call.operation
    if squashes(layer):
        return True
    if is_activation_operation(layer):
        return type(layer).__name__ == "LogSoftmax"
    if is_declared(layer):  # it may do anything to them
        return True
    return activation_name(layer) == "log_softmax"


def _multiplies(call: Call) -> bool:
    """Whether this may be a gate, whose sigmoid is no score."""
    return type(call.operation).__name__ == "Multiply" and len(call.inputs) > 1


def _maker(graph: Graph, edge: Edge) -> Call | None:
    return next((call for call in graph.calls if edge in call.outputs), None)


def _times_given(graph: Graph, edge: Edge) -> int:
    return sum(output is edge for output in graph.flat_outputs)


def _only_passes_on(call: Call) -> bool:
    layer = call.operation
    if is_flattening(layer) or type(layer) in (layers.Identity, layers.Dropout):
        return True
    linear = keras.activations.linear
    return type(layer) is layers.Activation and layer.activation is linear


def _is_activation(call: Call) -> bool:
    layer = call.operation
    kinds = (layers.Softmax, layers.ReLU, layers.LeakyReLU, layers.ELU)
    if hasattr(layer, "activation") or type(layer) in kinds:
        return True
    return is_activation_operation(layer) and len(call.inputs) == 1


def _serialized(activation: str | None):
    try:
        return keras.activations.serialize(keras.activations.get(activation))
    except ValueError as error:
        raise ArgumentError(
            'classifier_activation must be "same", None, or a name of an activation in '
            f"Keras. Received: classifier_activation={activation!r}"
        ) from error
