"""Any Keras model as one flat list of calls, nested models opened up.

A model nested in another, a layer called twice, branches and merges all become the
same thing: calls in an order in which every input is computed before it is used.
Receptive fields and conversion both read this list and nothing else of the model.
"""

from kerasseg.graph.calls import Call, Edge, Graph
from kerasseg.graph.flattening import flatten_model, image_inputs

__all__ = ["Call", "Edge", "Graph", "flatten_model", "image_inputs"]
