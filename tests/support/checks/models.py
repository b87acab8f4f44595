"""What every classifier of the zoo must do, in one call."""

import inspect

import keras
import numpy as np
import pytest
from checks.saved_model import check_same_bits_elsewhere

from kerasseg.errors import ArgumentError, FileError

ARGUMENTS = [
    "include_top",
    "weights",
    "input_shape",
    "classes",
    "classifier_activation",
    "name",
]
# In each the last argument is the one at fault.
BAD_ARGUMENTS = [
    {"include_top": "yes"},
    {"weights": "imagenot"},
    {"weights": 7},
    {"input_shape": (64, 64)},
    {"input_shape": (640, 640, None)},
    {"input_shape": (640.0, 640, 3)},
    {"input_shape": None},
    {"top": "flatten", "input_shape": (None, None, 3)},
    {"top": "flatten", "input_shape": (640, None, 3)},
    {"classes": 0},
    {"classes": 10.0},
    {"classifier_activation": "softmin"},
    {"top": "dense"},
]


def check_classifier(
    builder,
    small,
    *,
    parameter_count,
    trunk_shape,
    smallest_size,
    tmp_path,
    fresh_process,
    bad_arguments=(),
):
    """Puts a classifier through all that a user may do with it.

    Args:
        builder: The function that builds it.
        small: Its arguments for a copy that is quick to run, `input_shape` and
            `classes` among them.
        parameter_count: That of the network with its default arguments.
        trunk_shape: Output shape of the small copy with `include_top=False`.
        smallest_size: Fewest rows and columns that it takes with these arguments.
        tmp_path, fresh_process: The fixtures of those names.
        bad_arguments: Further ones that it must refuse, the last argument at fault.
    """
    check_default_network(builder, parameter_count)
    for top in ("flatten", "gap"):
        check_scores(builder, {**small, "top": top})
        check_gradients(builder(**small | {"top": top}))
        check_saving(builder(**small | {"top": top}), tmp_path, fresh_process)
    check_trunk(builder, small, trunk_shape)
    check_any_size(builder, small)
    check_smallest_size(builder, small, smallest_size)
    check_weights_files(builder, small, tmp_path)
    check_refusals(builder, [*BAD_ARGUMENTS, *bad_arguments])


def count_parameters(builder, **options):
    """The count alone: within the scope no variable gets memory or values."""
    with keras.StatelessScope(initialize_variables=False):
        return builder(**options).count_params()


def check_default_network(builder, parameter_count):
    parameters = inspect.signature(builder).parameters
    assert list(parameters)[: len(ARGUMENTS)] == ARGUMENTS
    assert all(value.default is not value.empty for value in parameters.values())
    assert count_parameters(builder) == parameter_count
    with keras.StatelessScope(initialize_variables=False):
        model = builder(name="renamed")
    assert model.name == "renamed"
    assert model.input_shape == (None, *parameters["input_shape"].default)
    assert model.output_shape == (None, parameters["classes"].default)


def check_scores(builder, options):
    model = builder(**options)
    images = images_for(model)
    scores = run(model, images)
    assert scores.shape == (len(images), options["classes"])
    np.testing.assert_allclose(scores.sum(axis=-1), 1, rtol=1e-5)
    assert np.ptp(scores, axis=0).max() > 0, "the scores do not depend on the image"
    logits = builder(**options, classifier_activation=None)
    logits.set_weights(model.get_weights())
    exponentials = np.exp(run(logits, images))
    np.testing.assert_allclose(
        scores, exponentials / exponentials.sum(-1, keepdims=True), rtol=1e-5
    )


def check_gradients(model):
    """Each weight must move in one step, and none may become infinite or NaN."""
    # Lion steps by the sign of the gradient, so the smallest gradient shows as well.
    lion = keras.optimizers.Lion(1e-3)
    is_jax = keras.backend.backend() == "jax"  # compiles each operation by itself else
    model.compile(lion, "categorical_crossentropy", jit_compile=is_jax)
    images = images_for(model)
    before = [keras.ops.convert_to_numpy(w) for w in model.trainable_weights]
    before = [np.array(values) for values in before]
    targets = np.eye(model.output_shape[-1], dtype="float32")[[0, 1, 2, 0]]
    assert np.isfinite(model.train_on_batch(images, targets))
    for weight, old in zip(model.trainable_weights, before, strict=True):
        new = keras.ops.convert_to_numpy(weight)
        assert np.isfinite(new).all(), f"{weight.path} is not finite after a step"
        assert (new != old).any(), f"no gradient reaches {weight.path}"


def check_saving(model, tmp_path, fresh_process):
    path = tmp_path / "model.keras"
    model.save(path)
    check_same_bits_elsewhere(model, path, [images_for(model)], fresh_process)


def check_trunk(builder, small, trunk_shape):
    model = builder(**small, include_top=False)
    assert model.output_shape == trunk_shape
    assert not [x.name for x in model.layers if isinstance(x, keras.layers.Dense)]


def check_any_size(builder, small):
    """One set of weights must serve every size, and the fixed size as well."""
    channels = small["input_shape"][-1]
    fixed = builder(**small | {"top": "gap"})
    open_size = builder(**small | {"top": "gap", "input_shape": (None, None, channels)})
    open_size.set_weights(fixed.get_weights())
    images = images_for(fixed)
    np.testing.assert_allclose(
        run(open_size, images), run(fixed, images), rtol=1e-5, atol=1e-7
    )
    larger = np.pad(images, [(0, 0), (0, 9), (0, 14), (0, 0)])
    assert run(open_size, larger).shape == (len(images), small["classes"])


def check_smallest_size(builder, small, size):
    channels = small["input_shape"][-1]
    options = small | {"include_top": False}
    smallest = builder(**options | {"input_shape": (size, size, channels)})
    assert smallest.output_shape[1:3] == (1, 1)
    for shape in [(size - 1, size, channels), (size, size - 1, channels)]:
        with pytest.raises(ArgumentError, match=rf"\b{size}x{size}\b.*Received: inp"):
            builder(**options | {"input_shape": shape})
        trunk = builder(**options | {"input_shape": (None, None, channels)})
        assert not _leaves_a_cell(trunk, shape), f"{shape} would do"


def _leaves_a_cell(trunk, shape):
    try:
        return min(trunk.compute_output_shape((1, *shape))) > 0
    except ValueError:  # what Keras raises once a window is larger than the map
        return False


def check_windows(builder, options, stride):
    """A trunk that pads nothing must see in each window what it sees in the crop."""
    *sizes, channels = options["input_shape"]
    unknown = options | {"include_top": False, "input_shape": (None, None, channels)}
    trunk = builder(**unknown)
    shape = (1, *(size + stride for size in sizes), channels)
    image = np.random.default_rng(3).normal(size=shape).astype("float32")
    whole = run(trunk, image)
    for row, column in np.ndindex(2, 2):
        top, left = row * stride, column * stride
        crop = image[:, top : top + sizes[0], left : left + sizes[1]]
        cells = run(trunk, crop)
        height, width = cells.shape[1:3]
        assert whole.shape[1:3] == (height + 1, width + 1)
        window = whole[:, row : row + height, column : column + width]
        np.testing.assert_allclose(window, cells, rtol=1e-4, atol=1e-5 * cells.max())


def check_weights_files(builder, small, tmp_path):
    model = builder(**small)
    images = images_for(model)
    new, legacy = tmp_path / "a.weights.h5", tmp_path / "a.h5"
    model.save_weights(new)
    model.save(legacy)
    for path in (new, str(new), legacy):
        loaded = builder(**small, weights=path)
        np.testing.assert_array_equal(run(loaded, images), run(model, images))
        with pytest.raises(FileError, match=f"^{path}: "):
            builder(**small | {"classes": small["classes"] + 1}, weights=path)
    new.write_bytes(new.read_bytes()[:1000])
    with pytest.raises(FileError, match=f"^{new}: "):
        builder(**small, weights=new)


def check_refusals(builder, bad_arguments):
    for arguments in bad_arguments:
        *_, name = arguments
        with pytest.raises(ArgumentError, match=f"Received: {name}="):
            builder(**arguments)


def images_for(model):
    """Four images like those that remain after the mean is subtracted."""
    shape = (4, *model.input_shape[1:])
    return np.random.default_rng(2).normal(scale=2.0, size=shape).astype("float32")


def run(model, images):
    return keras.ops.convert_to_numpy(model(images))
