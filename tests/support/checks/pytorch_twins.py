"""A network written anew in PyTorch, given the same weights, as an oracle.

A twin is a `torch.nn.Module` whose submodules bear the names of the Keras layers, so
that weights move by name and a layer left out on either side is noticed.
"""

import keras
import numpy as np
import pytest
from keras import layers


def check_twin(model, twin, images, tolerance=1e-4):
    """The twin, with the model's weights, must give what the model gives.

    Args:
        model: The Keras model; nested models are opened.
        twin: The `torch.nn.Module`, on channels-first images.
        images: `(batch, height, width, channels)`.
        tolerance: Largest difference over the largest output.
    """
    torch = pytest.importorskip("torch")
    move_weights(model, twin)
    twin.eval()
    with torch.no_grad():
        expected = twin(torch.from_numpy(images.transpose(0, 3, 1, 2).copy()))
    outputs = keras.tree.flatten(model(images, training=False))
    wanted = expected if isinstance(expected, list | tuple) else [expected]
    assert len(outputs) == len(wanted)
    for output, twins in zip(outputs, wanted, strict=True):
        output = keras.ops.convert_to_numpy(output)
        twins = twins.numpy().transpose(0, 2, 3, 1)
        assert output.shape == twins.shape
        error = np.abs(output - twins).max() / np.abs(twins).max()
        assert error <= tolerance, f"differs by {error:.1e}"


def move_weights(model, twin):
    """Copies every weight of the model into the submodule of the same name."""
    torch = pytest.importorskip("torch")
    modules = {
        name.rsplit(".", 1)[-1]: module
        for name, module in twin.named_modules()
        if next(module.parameters(recurse=False), None) is not None
    }
    for layer in _with_weights(model):
        module = modules.pop(layer.name)
        for name, array in _arrays(layer).items():
            target = getattr(module, name)
            assert tuple(target.shape) == array.shape, f"{layer.name}.{name}"
            target.data = torch.from_numpy(np.ascontiguousarray(array))
        if isinstance(layer, layers.BatchNormalization):
            assert module.eps == layer.epsilon, f"{layer.name}: epsilon"
    assert not modules, f"the twin alone has {sorted(modules)}"


def _with_weights(model):
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from _with_weights(layer)
        elif layer.weights:
            yield layer


def _arrays(layer):
    """A layer's weights by PyTorch's names, in PyTorch's order of axes."""
    values = [keras.ops.convert_to_numpy(weight) for weight in layer.weights]
    if isinstance(layer, layers.BatchNormalization):
        names = ["weight"] * layer.scale + ["bias"] * layer.center
        return dict(zip([*names, "running_mean", "running_var"], values, strict=True))
    if isinstance(layer, layers.DepthwiseConv2D):  # (kh, kw, C, 1) -> (C, 1, kh, kw)
        kernel = values[0].transpose(2, 3, 0, 1)
    elif isinstance(layer, layers.Conv2D | layers.Conv2DTranspose):
        # (kh, kw, in, out) -> (out, in, kh, kw); transposed ones exchange in and out
        # on both sides: (kh, kw, out, in) -> (in, out, kh, kw).
        kernel = values[0].transpose(3, 2, 0, 1)
    elif isinstance(layer, layers.Dense):
        kernel = values[0].T
    else:
        raise NotImplementedError(f"{type(layer).__name__} '{layer.name}'")
    return dict(zip(["weight", "bias"], [kernel, *values[1:]], strict=False))
