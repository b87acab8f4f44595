"""From a recipe to a Keras model."""

from __future__ import annotations

import keras
from keras import layers, ops


def build(recipe):
    """The classifier that a recipe describes, under the recipe's dtype policy."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(recipe.policy)
    try:
        return WRAPPERS[recipe.wrapper](recipe)
    finally:
        keras.config.set_dtype_policy(before)


def apply(steps, x):
    """Calls a chain of steps on a symbolic tensor."""
    for one in steps:
        x = _apply_one(one, x)
    return x


def _apply_one(one, x):
    if one.kind in OWN:
        return OWN[one.kind](one, x)
    if one.kind.startswith("ops."):
        function = getattr(ops, one.kind.removeprefix("ops."))
        tensors = _branches(one, x) or [x]
        if one.kind == "ops.concatenate":
            tensors = [tensors]
        return function(*tensors, **one.settings)
    layer = _layer(one)
    return layer(_branches(one, x) if one.branches else x)


def _layer(one):
    return getattr(layers, one.kind)(**one.settings)


def _branches(one, x):
    return [apply(branch, x) for branch in one.branches]


def _affine(one, x):
    return x * one.settings["scale"] + one.settings["offset"]


def _gate(one, x):
    return layers.Multiply()(_branches(one, x))


def _twice(one, x):
    layer = _layer(one.branches[0][0])
    return layer(layer(x))


def _shared(one, x):
    *branches, (shared,) = one.branches
    layer = _layer(shared)
    return layers.Add()([layer(apply(branch, x)) for branch in branches])


def _attention(one, x):
    layer = layers.MultiHeadAttention(**one.settings)
    return layer(x, x)


def _spectral(one, x):
    inner = _layer(one.branches[0][0])
    return layers.SpectralNormalization(inner, **one.settings)(x)


OWN = {
    "MultiHeadAttention": _attention,
    "SpectralNormalization": _spectral,
    "affine": _affine,
    "gate": _gate,
    "shared": _shared,
    "twice": _twice,
}


def _ends(recipe, x):
    """The scores of all heads, in the structure that the recipe asks for."""
    scores = [apply(head, x) for head in recipe.heads]
    if recipe.outputs == "dict":
        return {f"head{i}": score for i, score in enumerate(scores)}
    return scores if recipe.outputs == "list" else scores[0]


def _functional(recipe):
    image = keras.Input(recipe.size)
    x = apply(recipe.trunk, apply(recipe.front, image))
    return keras.Model(image, _ends(recipe, x))


def _sequential(recipe):
    """One Sequential; what is no layer stands in it as a nested model."""
    model = _empty_sequential(recipe)
    for one in (*recipe.front, *recipe.trunk, *recipe.heads[0]):
        is_layer = one.kind[0].isupper() and not one.branches
        model.add(_layer(one) if is_layer else _nested([one], model.outputs[0].shape))
    return model


def _empty_sequential(recipe):
    # A Sequential has no outputs to ask for a shape until it holds one layer.
    return keras.Sequential([keras.Input(recipe.size), layers.Identity()])


def _trunk_in_sequential(recipe):
    trunk = _nested((*recipe.front, *recipe.trunk), (None, *recipe.size))
    head = _nested(recipe.heads[0], trunk.output_shape)
    return keras.Sequential([keras.Input(recipe.size), trunk, head])


def _sequential_in_functional(recipe):
    trunk = _empty_sequential(recipe)
    for one in (*recipe.front, *recipe.trunk):
        trunk.add(_nested([one], trunk.outputs[0].shape))
    image = keras.Input(recipe.size)
    return keras.Model(image, _ends(recipe, trunk(image)))


def _doubly_nested(recipe):
    inner = _nested(recipe.trunk, (None, *recipe.size))
    given = keras.Input(recipe.size)
    middle = keras.Model(given, layers.ReLU()(inner(apply(recipe.front, given))))
    image = keras.Input(recipe.size)
    return keras.Model(image, _ends(recipe, middle(image, training=False)))


def _trunk_used_twice(recipe):
    trunk = _nested(recipe.trunk, (None, *recipe.size))
    image = keras.Input(recipe.size)
    x = apply(recipe.front, image)
    x = layers.Concatenate()([trunk(x), trunk(x * -0.5)])
    return keras.Model(image, _ends(recipe, x))


def _two_images(recipe):
    trunk = _nested(recipe.trunk, (None, *recipe.size))
    images = [keras.Input(recipe.size, name=name) for name in ("left", "right")]
    maps = [trunk(apply(recipe.front, image)) for image in images]
    return keras.Model(images, _ends(recipe, layers.Subtract()(maps)))


def _no_channel_axis(recipe):
    image = keras.Input(recipe.size.places)
    x = layers.Rescaling(2.0)(image)
    x = layers.Reshape((*recipe.size.places, 1))(x)
    return keras.Model(image, _ends(recipe, apply(recipe.trunk, x)))


def _numbers_beside(recipe):
    """Numbers beside the image weigh its channels, and are read by every head."""
    image, numbers = keras.Input(recipe.size, name="image"), keras.Input((3,))
    given = layers.Dense(recipe.size.channels, activation="tanh")(numbers)
    weights = layers.Reshape((1, 1, recipe.size.channels))(given)
    x = layers.Multiply()([apply(recipe.front, image), weights])
    x = apply(recipe.trunk, x)
    heads = [layers.Concatenate()([apply(h, x), given]) for h in recipe.heads]
    return keras.Model([image, numbers], [layers.Dense(2)(head) for head in heads])


def _nested(steps, shape):
    image = keras.Input(shape[1:])
    return keras.Model(image, apply(steps, image))


WRAPPERS = {
    "functional": _functional,
    "sequential": _sequential,
    "trunk in a sequential": _trunk_in_sequential,
    "sequential in a functional": _sequential_in_functional,
    "doubly nested": _doubly_nested,
    "trunk used twice": _trunk_used_twice,
    "two images": _two_images,
    "no channel axis": _no_channel_axis,
    "numbers beside the image": _numbers_beside,
}
ONE_OUTPUT = ("sequential", "trunk in a sequential")
