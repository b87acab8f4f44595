"""What every layer of ours must do, in one call."""

import json
import tempfile
from pathlib import Path

import keras
import numpy as np
from checks.saved_model import check_same_bits_elsewhere
from keras import ops

_compiled = set()  # layers that this process has trained with jit_compile=True


def check_layer(
    layer_class,
    init_kwargs,
    input_shape=None,
    *,
    fresh_process,
    inputs=None,
    sizes_may_be_unknown=True,
    jit=(False, True),
    mixed_tolerance=2e-2,
):
    """Puts a layer through all that a user may do with it.

    Args:
        layer_class: The layer.
        init_kwargs: Its arguments.
        input_shape: Shape with the batch, for one random float input.
        fresh_process: The fixture of that name.
        inputs: Instead of `input_shape`: the list of NumPy inputs, integers included.
        sizes_may_be_unknown: Whether axes 1 and 2 may be `None`.
        jit: Values of `jit_compile` under which it must train. PyTorch compiles C++, so
            there each layer with its first arguments alone.
        mixed_tolerance: Largest error of float16 over the largest output.
    """
    if inputs is None:
        inputs = [np.random.default_rng(0).normal(size=input_shape).astype("float32")]
    check_config(layer_class, init_kwargs)
    check_output_shape(layer_class(**init_kwargs), inputs)
    check_saving(layer_class(**init_kwargs), inputs, fresh_process)
    check_mixed_float16(layer_class, init_kwargs, inputs, mixed_tolerance)
    for jit_compile in jit:
        if jit_compile and _was_compiled(layer_class):
            continue
        check_training(layer_class(**init_kwargs), inputs, jit_compile)
    if sizes_may_be_unknown:
        check_unknown_sizes(layer_class(**init_kwargs), inputs)


def _was_compiled(layer_class):
    before = layer_class in _compiled
    _compiled.add(layer_class)
    return before and keras.backend.backend() == "torch"


def check_config(layer_class, init_kwargs):
    layer = layer_class(**init_kwargs)
    config = layer.get_config()
    for name, value in init_kwargs.items():
        assert name in config, f"get_config() leaves out {name}={value!r}"
    assert layer_class.from_config(config).get_config() == config
    registered = keras.saving.get_registered_name(layer_class)
    assert registered == f"kerasseg>{layer_class.__name__}", registered
    written = json.loads(json.dumps(keras.saving.serialize_keras_object(layer)))
    read = keras.saving.deserialize_keras_object(written)
    assert read.get_config() == config


def check_output_shape(layer, inputs):
    outputs = call(layer, inputs)
    shapes = [array.shape for array in inputs]
    told = layer.compute_output_shape(one_or_all(shapes))
    symbolic = keras.tree.flatten(call(layer, symbols(inputs)))
    told = flat_shapes(told)
    assert len(outputs) == len(told) == len(symbolic)
    for output, shape, symbol in zip(outputs, told, symbolic, strict=True):
        assert shape == tuple(output.shape)
        assert tuple(symbol.shape[1:]) == tuple(output.shape[1:])
        assert symbol.dtype == keras.backend.standardize_dtype(output.dtype)


def check_saving(layer, inputs, fresh_process):
    model = keras.Model(
        one_or_all(arguments := symbols(inputs)), call(layer, arguments)
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "layer.keras"
        model.save(path)
        check_same_bits_elsewhere(model, path, inputs, fresh_process)


def check_mixed_float16(layer_class, init_kwargs, inputs, tolerance):
    exact = call(layer_class(**init_kwargs), inputs)
    mixed = call(layer_class(**init_kwargs, dtype="mixed_float16"), inputs)
    for output, wanted in zip(mixed, exact, strict=True):
        dtype = keras.backend.standardize_dtype(output.dtype)
        if not is_float(wanted):
            assert dtype == keras.backend.standardize_dtype(wanted.dtype)
            continue
        assert dtype == "float16"
        wanted = ops.convert_to_numpy(wanted)
        error = np.abs(ops.convert_to_numpy(output).astype("float32") - wanted)
        assert np.isfinite(error).all(), "float16 overflows"
        assert error.max() <= tolerance * np.abs(wanted).max()


def check_training(layer, inputs, jit_compile):
    """One step must move the weights of a Dense layer in front, and stay finite."""
    arguments = symbols(inputs)
    probe = keras.layers.Dense(inputs[0].shape[-1], name="probe")
    outputs = call(layer, [probe(arguments[0]), *arguments[1:]])
    outputs = [output for output in outputs if is_float(output)]
    model = keras.Model(one_or_all(arguments), outputs)
    model.compile("sgd", loss=[mean_square] * len(outputs), jit_compile=jit_compile)
    before = [ops.convert_to_numpy(weight) for weight in model.trainable_weights]
    targets = [np.zeros(output.shape, "float32") for output in call(model, inputs)]
    loss = model.train_on_batch(one_or_all(inputs), targets)
    assert np.isfinite(loss).all(), f"loss {loss} with jit_compile={jit_compile}"
    after = [ops.convert_to_numpy(weight) for weight in model.trainable_weights]
    assert all(np.isfinite(weight).all() for weight in after)
    assert np.any(before[0] != after[0]), "no gradient passes through the layer"


def check_unknown_sizes(layer, inputs):
    arguments = symbols(inputs, unknown=True)
    model = keras.Model(one_or_all(arguments), call(layer, arguments))
    wanted = call(layer, inputs)
    for output, array in zip(call(model, inputs), wanted, strict=True):
        np.testing.assert_array_equal(
            ops.convert_to_numpy(output), ops.convert_to_numpy(array)
        )
    if keras.backend.backend() == "tensorflow":
        _check_graph_of_unknown_sizes(model, inputs, wanted)


def _check_graph_of_unknown_sizes(model, inputs, wanted):
    # Only a graph traced with the sizes unknown shows what an export will meet.
    import tensorflow as tf

    signature = [
        tf.TensorSpec([None] * (array.ndim - 1) + [array.shape[-1]], array.dtype)
        for array in inputs
    ]
    graph = tf.function(lambda *arrays: call(model, arrays), input_signature=signature)
    # Without their number known, Keras takes a convolution behind for one of groups.
    symbols = keras.tree.flatten(graph.get_concrete_function().structured_outputs)
    assert [s.shape[-1] for s in symbols] == [array.shape[-1] for array in wanted]
    for output, array in zip(graph(*inputs), wanted, strict=True):
        np.testing.assert_allclose(output, array, rtol=1e-5, atol=1e-6)


def call(layer, inputs):
    """The outputs as a flat list, whatever structure the layer returns."""
    return keras.tree.flatten(layer(one_or_all(list(inputs))))


def one_or_all(inputs):
    """Keras takes a single input bare, several as a list."""
    return inputs[0] if len(inputs) == 1 else inputs


def flat_shapes(shapes):
    if all(size is None or isinstance(size, int) for size in shapes):
        return [tuple(shapes)]
    return [flat for shape in shapes for flat in flat_shapes(shape)]


def symbols(inputs, unknown=False):
    return [
        keras.Input(
            (None, None, *array.shape[3:]) if unknown else array.shape[1:],
            dtype=str(array.dtype),
        )
        for array in inputs
    ]


def is_float(tensor):
    return keras.backend.is_float_dtype(keras.backend.standardize_dtype(tensor.dtype))


def mean_square(_, outputs):
    return ops.mean(ops.square(ops.cast(outputs, "float32")))
