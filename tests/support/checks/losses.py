"""What every loss of ours must do, in one call."""

import itertools
import json
import tempfile
from pathlib import Path

import keras
import numpy as np
import pytest
from checks.gradients import gradient_of
from keras import ops

from kerasseg.errors import ArgumentError

SHAPE = (2, 4, 6)
IGNORED = 255


def check_loss(loss_class, init_kwargs, channels=3, *, encode=None, sampled=False):
    """Puts a loss through all that a user may do with it.

    Args:
        loss_class: The loss.
        init_kwargs: Its arguments; with `ignore_class=255` where it has that.
        channels: Channels of the scores, 1 or the number of classes.
        encode: From labels (B, H, W), 255 being ignored, to `y_true`; as they are if
            `None`.
        sampled: Whether the loss draws pixels by place, so that it changes when these
            are moved or weigh nothing.
    """
    loss = loss_class(**init_kwargs)
    check_config(loss_class, init_kwargs)
    check_training(loss, channels, encode, "float32", jit_compile=False)
    # PyTorch's compiler takes minutes a net; what runs eagerly is tested.
    jit_compile = keras.backend.backend() != "torch"
    check_training(loss, channels, encode, "mixed_float16", jit_compile)
    check_saving(loss, channels, encode)
    check_ignored_pixels(loss, channels, encode)
    check_nothing_labelled(loss, channels, encode)
    check_no_images(loss, channels, encode)
    check_predictions_of_nan(loss, channels, encode, sampled)
    check_half_precision(loss, channels, encode)
    if not sampled:
        check_moved_pixels(loss, channels, encode)
        check_weights_of_zero(loss_class, init_kwargs, channels, encode)
    if encode is None:
        check_forms_of_labels(loss, channels)
        check_strange_labels(loss, channels)


def batch_for(channels, encode=None, seed=0):
    """Labels with a third ignored, encoded, and logits."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, max(2, channels), SHAPE).astype("int32")
    labels[random.uniform(size=SHAPE) < 1 / 3] = IGNORED
    logits = random.normal(size=(*SHAPE, channels)).astype("float32")
    return labels, labels if encode is None else encode(labels), logits


def scores_for(loss, logits):
    """Logits if the loss takes them, or else probabilities."""
    if takes_logits(loss):
        return logits
    if logits.shape[-1] == 1:
        return 1 / (1 + np.exp(-logits))
    powers = np.exp(logits)
    return powers / powers.sum(-1, keepdims=True)


def takes_logits(loss):
    inner = [*getattr(loss, "losses", []), getattr(loss, "loss", None)]
    return any(getattr(x, "from_logits", False) for x in [loss, *inner] if x)


def check_config(loss_class, init_kwargs):
    loss = loss_class(**init_kwargs)
    config = loss.get_config()
    for name in init_kwargs:
        assert name in config, f"get_config() leaves out {name}"
    assert loss_class.from_config(config).get_config() == config
    registered = keras.saving.get_registered_name(loss_class)
    assert registered == f"kerasseg>{loss_class.__name__}", registered
    written = json.loads(json.dumps(keras.saving.serialize_keras_object(loss)))
    assert keras.saving.deserialize_keras_object(written).get_config() == config


def small_model(loss, channels, jit_compile="auto"):
    """A net on images of any size, compiled with the loss."""
    image = keras.Input((None, None, 3))
    scores = keras.layers.Dense(channels)(image)  # a 1×1 convolution
    if not takes_logits(loss):
        activation = "sigmoid" if channels == 1 else "softmax"
        # In float32, as Keras advises: derivatives by probabilities overflow float16.
        scores = keras.layers.Activation(activation, dtype="float32")(scores)
    model = keras.Model(image, scores)
    model.compile(keras.optimizers.SGD(0.1), loss, jit_compile=jit_compile)
    return model


def check_training(loss, channels, encode, policy, jit_compile):
    keras.config.set_dtype_policy(policy)
    model = small_model(loss, channels, jit_compile)
    keras.config.set_dtype_policy("float32")
    _, y_true, _ = batch_for(channels, encode)
    random = np.random.default_rng(1)
    images = random.normal(size=(*SHAPE, 3), scale=3).astype("float32")
    before = ops.convert_to_numpy(model.layers[1].kernel)
    weights = np.ones(SHAPE if jit_compile else SHAPE[:1], "float32")
    # Keras scales float16 gradients, and leaves out steps until they do not overflow.
    for _ in range(1 if policy == "float32" else 6):
        value = model.train_on_batch(images, y_true, sample_weight=weights)
        assert np.isfinite(value), f"loss {value} with {policy}, {jit_compile=}"
        after = ops.convert_to_numpy(model.layers[1].kernel)
        assert np.isfinite(after).all()
        if np.any(before != after):
            return
    pytest.fail("no gradient passes through the loss")


def check_saving(loss, channels, encode):
    model = small_model(loss, channels, jit_compile=False)
    _, y_true, _ = batch_for(channels, encode)
    images = np.random.default_rng(1).normal(size=(*SHAPE, 3)).astype("float32")
    wanted = model.test_on_batch(images, y_true)
    with tempfile.TemporaryDirectory() as folder:
        model.save(Path(folder) / "compiled.keras")
        loaded = keras.saving.load_model(Path(folder) / "compiled.keras")
    assert type(loaded.loss) is type(loss)
    np.testing.assert_allclose(loaded.test_on_batch(images, y_true), wanted, rtol=1e-6)


def gradient(loss, y_true, scores, sample_weight=None):
    return gradient_of(lambda x: loss(y_true, x, sample_weight), scores, np.ones(()))


def value_of(loss, *arguments):
    return ops.convert_to_numpy(loss(*arguments))


def check_ignored_pixels(loss, channels, encode):
    """They get no gradient, and what is predicted there does not matter."""
    labels, y_true, logits = batch_for(channels, encode)
    ignored = labels == IGNORED
    scores = scores_for(loss, logits)
    found = gradient(loss, y_true, scores)
    assert np.all(found[ignored] == 0)
    assert np.any(found[~ignored] != 0)
    if getattr(loss, "seed", None) is not None:
        return  # other scores draw other pixels
    for value in (np.inf, np.nan):
        broken = scores.copy()
        broken[ignored] = value
        np.testing.assert_array_equal(gradient(loss, y_true, broken), found)
        np.testing.assert_array_equal(
            value_of(loss, y_true, broken), value_of(loss, y_true, scores)
        )


def check_nothing_labelled(loss, channels, encode):
    labels, _, logits = batch_for(channels)
    labels[:] = IGNORED
    y_true = labels if encode is None else encode(labels)
    scores = scores_for(loss, logits)
    assert np.all(value_of(loss, y_true, scores) == 0)
    assert np.all(gradient(loss, y_true, scores) == 0)


def check_no_images(loss, channels, encode):
    """A batch of none, as a data set of few images leaves some replica."""
    _, y_true, logits = batch_for(channels, encode)
    value = value_of(loss, y_true[:0], scores_for(loss, logits)[:0])
    assert value.sum() == 0  # one value an image, Keras leaves as none


def check_predictions_of_nan(loss, channels, encode, sampled):
    """A net that has come apart shows in the loss, by whatever score of any pixel."""
    labels, y_true, logits = batch_for(channels, encode)
    scores = scores_for(loss, logits)
    assert np.isnan(value_of(loss, y_true, np.full_like(scores, np.nan)))
    places = np.argwhere(labels != IGNORED)[: 0 if sampled else 1]
    for (image, row, column), channel in itertools.product(places, range(channels)):
        broken = scores.copy()
        broken[image, row, column, channel] = np.nan
        assert np.isnan(value_of(loss, y_true, broken)), f"channel {channel}"


def check_half_precision(loss, channels, encode):
    """Scores of float16, certain and wrong ones among them, cost no precision."""
    _, y_true, logits = batch_for(channels, encode)
    scores = scores_for(loss, logits * 30).astype("float16")
    half, single = (
        value_of(loss, y_true, scores.astype(dtype)) for dtype in ("float16", "float32")
    )
    assert half.dtype == "float32"
    assert np.isfinite(half).all()
    np.testing.assert_allclose(half, single, rtol=1e-6)
    assert np.isfinite(gradient(loss, y_true, scores.astype("float32"))).all()


def check_moved_pixels(loss, channels, encode):
    """Pixels that change places in an image, labels and weights too, change nothing."""
    _, y_true, logits = batch_for(channels, encode)
    scores = scores_for(loss, logits)
    random = np.random.default_rng(3)
    weights = random.uniform(0.5, 2, SHAPE).astype("float32")
    order = random.permutation(SHAPE[1] * SHAPE[2])

    def moved(maps):
        flat = maps.reshape(SHAPE[0], -1, *maps.shape[3:])
        return flat[:, order].reshape(maps.shape)

    one = value_of(loss, y_true, scores, weights)
    other = value_of(loss, moved(y_true), moved(scores), moved(weights))
    np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def check_weights_of_zero(loss_class, init_kwargs, channels, encode):
    """A weight of 0 is as good as to ignore, unless the mean counts the pixel."""
    reduction = {"reduction": "mean_with_sample_weight"}
    loss = loss_class(**{**init_kwargs, **reduction})
    labels, y_true, logits = batch_for(channels, encode)
    dropped = np.random.default_rng(4).uniform(size=SHAPE) < 0.5
    weights = np.where(dropped, 0, 1).astype("float32")
    ignoring = np.where(dropped, IGNORED, labels)
    if encode is not None:  # distances of other masks would be others
        without = np.where(dropped[..., None], 0, y_true)
    else:
        without = ignoring
    scores = scores_for(loss, logits)
    np.testing.assert_allclose(
        value_of(loss, y_true, scores, weights),
        value_of(loss, without, scores),
        rtol=1e-5,
        atol=1e-6,
    )
    assert np.all(gradient(loss, y_true, scores, weights)[dropped] == 0)


def check_forms_of_labels(loss, channels):
    labels, _, logits = batch_for(channels)
    scores = scores_for(loss, logits)
    wanted = value_of(loss, labels, scores)
    one_hot = labels[..., None] == np.arange(max(2, channels))
    forms = [labels[..., None], labels.astype("uint8"), labels.astype("float32")]
    if getattr(loss, "seed", None) is None:
        forms.append(one_hot.astype("float32"))
    for form in forms:
        np.testing.assert_allclose(value_of(loss, form, scores), wanted, rtol=1e-6)


def check_strange_labels(loss, channels):
    """Named where they are seen; in a graph the loss is NaN and the gradient sound."""
    labels, _, logits = batch_for(channels)
    scores = scores_for(loss, logits)
    for label in (-1, max(2, channels), 254):
        strange = labels.copy()
        strange[0, 0, :2] = label
        with pytest.raises(ArgumentError, match=rf"labels {label} in 2 of 48 pixels"):
            loss(strange, scores)
        if keras.backend.backend() != "torch":
            value, found = _in_a_graph(loss, strange, scores)
            assert np.isnan(value)
            assert np.isfinite(found).all()


def _in_a_graph(loss, y_true, scores):
    if keras.backend.backend() == "jax":
        import jax

        with_gradient = jax.value_and_grad(lambda x, y: loss(y, x))
        return jax.jit(with_gradient)(scores, y_true)
    import tensorflow as tf

    @tf.function
    def value_and_gradient(x, y):
        with tf.GradientTape() as tape:
            tape.watch(x)
            value = loss(y, x)
        return value, tape.gradient(value, x)

    return value_and_gradient(tf.constant(scores), tf.constant(y_true))
