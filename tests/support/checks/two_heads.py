"""A classifier with heads on maps of different strides."""

import keras
from checks.exactness import images_for, randomise, relative_difference
from keras import layers

import kerasseg
from kerasseg.inference import predict_sliding


def two_heads(joined):
    """One head on a map of stride 2, one on a map of stride 4; or both in one."""
    image = keras.Input((16, 18, 2))
    fine = layers.Conv2D(4, 3, strides=2, activation="relu")(image)
    coarse = layers.Conv2D(3, 2)(layers.MaxPooling2D(2)(fine))
    pooled = [
        layers.GlobalAveragePooling2D()(fine),
        layers.GlobalMaxPooling2D()(coarse),
    ]
    if joined:
        scores = layers.Dense(3)(layers.Concatenate(name="join")(pooled))
    else:
        scores = [layers.Dense(3)(x) for x in pooled]
    return randomise(keras.Model(image, scores))


def check_every_head(model, wanted, strides):
    fcn = kerasseg.convert_to_fcn(model, output_stride=wanted)
    image = images_for(model, 1, (25, 24))[0]
    heads = zip(model.outputs, fcn.outputs, strides, strict=True)
    for old, new, stride in heads:
        dense, head = keras.Model(fcn.inputs, new), keras.Model(model.inputs, old)
        assert kerasseg.receptive_field(dense).stride == (stride, stride)
        expected = predict_sliding(head, image, stride)
        actual = dense.predict_on_batch(image[None])[0]
        rows, columns = expected.shape[:2]
        assert relative_difference(actual[:rows, :columns], expected) <= 1e-5
