"""What every segmentation net of the zoo must do, in one call."""

import inspect

import keras
import numpy as np
import pytest
from checks.models import count_parameters
from checks.saved_model import check_same_bits_elsewhere
from keras import tree

from kerasseg.errors import ArgumentError, FileError

ARGUMENTS = ["input_shape", "classes", "weights", "classifier_activation", "name"]
# In each the last argument is the one at fault.
BAD_ARGUMENTS = [
    {"weights": "imagenot"},
    {"weights": 7},
    {"input_shape": (64, 64)},
    {"input_shape": (640.0, 640, 3)},
    {"input_shape": (640, 640, None)},
    {"input_shape": None},
    {"classes": 0},
    {"classes": 10.0},
    {"classifier_activation": "softmin"},
]


def check_segmentation(
    builder,
    small,
    *,
    parameter_count,
    tmp_path,
    fresh_process,
    sizes=((1, 1), (31, 17), (32, 48)),
    output_size=lambda height, width: (height, width),
    bad_arguments=(),
):
    """Puts a segmentation net through all that a user may do with it.

    Args:
        builder: The function that builds it.
        small: Its arguments for a copy that is quick to run, `classes` among them and
            `input_shape=(None, None, channels)`.
        parameter_count: That of the network with its default arguments.
        tmp_path, fresh_process: The fixtures of those names.
        sizes: Image sizes that it must take.
        output_size: What size it gives for a size that it takes.
        bad_arguments: Further ones that it must refuse, the last argument at fault.
    """
    check_default_network(builder, parameter_count)
    model = awaken(builder(**small))
    check_sizes(model, small, sizes, output_size)
    check_fixed_size(builder, small, model, sizes[-1])
    check_logits(builder, small, model, sizes[1])
    check_saving(model, sizes[:2], tmp_path, fresh_process)
    check_weights_files(builder, small, model, sizes[1], tmp_path)
    check_step(awaken(builder(**small)), sizes[1], output_size)
    check_mixed_float16(builder, small, sizes[1], output_size)
    check_saved_model(model, sizes, tmp_path)
    for arguments in [*BAD_ARGUMENTS, *bad_arguments]:
        *_, name = arguments
        with pytest.raises(ArgumentError, match=f"Received: {name}="):
            builder(**arguments)


def check_default_network(builder, parameter_count):
    parameters = inspect.signature(builder).parameters
    assert list(parameters)[: len(ARGUMENTS)] == ARGUMENTS
    assert all(value.default is not value.empty for value in parameters.values())
    assert count_parameters(builder) == parameter_count
    with keras.StatelessScope(initialize_variables=False):
        model = builder(name="renamed")
    assert model.name == "renamed"
    assert model.input_shape == (None, *parameters["input_shape"].default)
    first = tree.flatten(model.outputs)[0]
    assert first.shape[-1] == parameters["classes"].default


def check_sizes(model, small, sizes, output_size):
    """Scores of every place must be probabilities that depend on the image."""
    for size in sizes:
        images = images_of(model, size)
        scores = run(model, images)
        assert scores.shape == (2, *output_size(*size), small["classes"])
        np.testing.assert_allclose(scores.sum(axis=-1), 1, rtol=1e-5)
    # Of the last and largest alone: one pixel may meet nothing but negative kernels.
    assert np.ptp(scores, axis=0).max() > 0, "the scores do not depend on the image"


def check_fixed_size(builder, small, model, size):
    """One set of weights must serve every size, and the fixed size as well."""
    channels = small["input_shape"][-1]
    fixed = builder(**small | {"input_shape": (*size, channels)})
    fixed.set_weights(model.get_weights())
    images = images_of(model, size)
    np.testing.assert_allclose(
        run(fixed, images), run(model, images), rtol=1e-5, atol=1e-6
    )


def check_logits(builder, small, model, size):
    logits = builder(**small, classifier_activation=None)
    logits.set_weights(model.get_weights())
    images = images_of(model, size)
    values = run(logits, images)
    exponentials = np.exp(values - values.max(-1, keepdims=True))
    np.testing.assert_allclose(
        run(model, images),
        exponentials / exponentials.sum(-1, keepdims=True),
        rtol=1e-4,
        atol=1e-6,
    )


def check_saving(model, sizes, tmp_path, fresh_process):
    path = tmp_path / "model.keras"
    model.save(path)
    for size in sizes:
        check_same_bits_elsewhere(model, path, [images_of(model, size)], fresh_process)


def check_weights_files(builder, small, model, size, tmp_path):
    images = images_of(model, size)
    path = tmp_path / "model.weights.h5"
    model.save_weights(path)
    for given in (path, str(path)):
        loaded = builder(**small, weights=given)
        np.testing.assert_array_equal(run(loaded, images), run(model, images))
    with pytest.raises(FileError, match=f"^{path}: "):
        builder(**small | {"classes": small["classes"] + 1}, weights=path)


def check_step(model, size, output_size):
    """Each trainable weight must move in one step, and none become NaN."""
    # Lion steps by the sign of the gradient, so the smallest gradient shows as well.
    before, after = step(model, size, output_size, keras.optimizers.Lion(1e-3))
    for weight, old, new in zip(model.trainable_weights, before, after, strict=True):
        assert (new != old).any(), f"no gradient reaches {weight.path}"


def check_mixed_float16(builder, small, size, output_size):
    keras.config.set_dtype_policy("mixed_float16")
    model = builder(**small)
    assert all(x.dtype == "float32" for x in model.outputs), (
        "scores in float16 lose small probabilities"
    )
    # Graphs take seconds to make, and `check_step` has made one of the same layers.
    step(model, size, output_size, keras.optimizers.SGD(1e-3), run_eagerly=True)
    keras.config.set_dtype_policy("float32")


def check_saved_model(model, sizes, tmp_path):
    """An exported net must take every size, without kerasseg."""
    if keras.backend.backend() != "tensorflow":
        return
    import tensorflow as tf

    path = tmp_path / "exported"
    model.export(path, verbose=False)
    served = tf.saved_model.load(path)
    for size in sizes:
        images = images_of(model, size)
        outputs = tree.flatten(served.serve(images))
        wanted = tree.flatten(model(images, training=False))
        for output, scores in zip(outputs, wanted, strict=True):
            np.testing.assert_allclose(output, scores, rtol=1e-5, atol=1e-6)


def step(model, size, output_size, optimizer, run_eagerly=False):
    """Trains one step on random masks; returns the weights before and after."""
    images = images_of(model, size)
    random = np.random.default_rng(4)
    masks = [
        random.integers(x.shape[-1], size=(2, *output_size(*size)))
        for x in tree.flatten(model.outputs)
    ]
    how = {"jit_compile": False, "run_eagerly": run_eagerly}
    if keras.backend.backend() == "jax":  # which compiles each operation by itself else
        how = {"jit_compile": True}
    model.compile(optimizer, [cross_entropy] * len(masks), **how)
    before = [np.array(numpy(weight)) for weight in model.trainable_weights]
    value = model.train_on_batch(images, masks if len(masks) > 1 else masks[0])
    assert np.isfinite(value).all()
    after = [numpy(weight) for weight in model.trainable_weights]
    for weight, new in zip(model.trainable_weights, after, strict=True):
        assert np.isfinite(new).all(), f"{weight.path} is not finite after a step"
    return before, after


def cross_entropy(masks, scores):
    """By its formula; on PyTorch, Keras's own takes no maps that a softmax made."""
    likely = keras.ops.one_hot(masks, scores.shape[-1], dtype=scores.dtype) * scores
    return -keras.ops.mean(keras.ops.log(keras.ops.sum(likely, axis=-1) + 1e-7))


def awaken(model, seed=0):
    """Gives every weight a value of its own, so that signals pass through all layers.

    Score layers may start at zero, biases and statistics do. Kernels get what keeps
    the variance behind ReLU (https://arxiv.org/abs/1502.01852).
    """
    random = np.random.default_rng(seed)
    for weight in model.weights:
        scale = 0.1
        if len(weight.shape) == 4:
            scale = np.sqrt(2 / np.prod(weight.shape[:3]))
        values = random.normal(scale=scale, size=weight.shape)
        if "variance" in weight.path or "gamma" in weight.path:
            values = 1 + values
        weight.assign(values)
    return model


def images_of(model, size):
    """Two random images."""
    shape = (2, *size, model.input_shape[-1])
    return np.random.default_rng(2).normal(size=shape).astype("float32")


def run(model, images):
    """Scores of the first output."""
    return numpy(tree.flatten(model(images, training=False))[0])


def numpy(tensor):
    return keras.ops.convert_to_numpy(tensor)
