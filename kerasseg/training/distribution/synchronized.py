"""BatchNormalization that normalises by the batch of all replicas."""

from __future__ import annotations

import keras
from keras import layers

from kerasseg.errors import ArgumentError


def synchronize_batch_normalization(model: keras.Model) -> keras.Model:
    """A copy in which every BatchNormalization sees the batch of all replicas.

    Plain ones normalise by the share of their own replica, which is another net: four
    images on two replicas give the statistics of two. So do those that other layers
    hold, such as `TimeDistributed`. Weights are copied; layers that are frozen stay so.
    A net without BatchNormalization is copied all the same.

    Under JAX there is nothing to do: `keras.distribution` computes on the whole batch.

    Args:
        model: A Functional or Sequential model.

    Returns:
        A model of the same names, not compiled.

    Raises:
        ArgumentError: The backend is not TensorFlow, or the model cannot be copied
            from its configuration.

    Example:

    >>> net = keras.Sequential([keras.Input((2,)), layers.BatchNormalization()])
    >>> synchronize_batch_normalization(net).layers[-1].synchronized
    True
    """
    if keras.backend.backend() != "tensorflow":
        raise ArgumentError(
            "Only TensorFlow's BatchNormalization can be synchronized; under JAX it "
            "always is (strategy data_parallel), under PyTorch Keras has none. "
            f"Received: backend={keras.backend.backend()!r}"
        )
    copy = copy_model(model)
    for layer in copy._flatten_layers():  # those inside of other layers, too
        if isinstance(layer, layers.BatchNormalization):
            layer.synchronized = True
    return copy


def copy_model(model: keras.Model) -> keras.Model:
    """A copy with the same weights; variables are made where this is called.

    Raises:
        ArgumentError: The model is no Functional or Sequential one.
    """
    try:
        # Keras compiles the copy of a compiled model, by what may not be serializable.
        model = keras.Model(*_ends(model), name=model.name)
        copy = keras.models.clone_model(model, clone_function=_same, recursive=True)
    except (ValueError, AttributeError) as error:
        raise ArgumentError(
            "To be trained on several devices, a model must be Functional or "
            f"Sequential, so that it can be built there anew ({error}). "
            f"Received: model='{model.name}'"
        ) from error
    for new, old in zip(copy.variables, model.variables, strict=True):
        new.assign(keras.ops.convert_to_numpy(old))
    return copy


def _ends(model):
    """Inputs and outputs, in the form in which the model takes and gives them."""
    if isinstance(model, keras.Sequential):
        return model.inputs[0], model.outputs[0]
    return model.input, model.output


def _same(layer):
    return type(layer).from_config(layer.get_config())
