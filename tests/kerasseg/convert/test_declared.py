"""Layers and activations of the user's own, told to be elementwise."""

import functools

import keras
import numpy as np
import pytest
from checks.exactness import check_conversion, check_native
from keras import layers, ops

import kerasseg
from kerasseg.errors import ConversionError


class Swish(layers.Layer):
    """As everybody wrote it before Keras had it, with a slope of its own."""

    def __init__(self, slope=1.0, **kwargs):
        super().__init__(**kwargs)
        self.slope = slope

    def build(self, shape):
        self.beta = self.add_weight(shape=(), initializer="ones", name="beta")

    def call(self, x):
        return x * ops.sigmoid(self.slope * self.beta * x)

    def get_config(self):
        return {**super().get_config(), "slope": self.slope}


def cube(x):
    return x**3


@pytest.fixture(autouse=True)
def declared():
    kerasseg.elementwise(Swish)
    kerasseg.elementwise(cube)


def classifier(*trunk, head=()):
    return keras.Sequential(
        [
            keras.Input((10, 8, 2)),
            layers.Conv2D(4, 3),
            *trunk,
            layers.MaxPooling2D(2),
            layers.Flatten(),
            *head,
            layers.Dense(3),
        ]
    )


def with_end(layer):
    model = classifier()
    model.add(layer)
    return model


PLACES = {
    "in the trunk": lambda own: classifier(own()),
    "behind flatten": lambda own: classifier(head=[own()]),
    "on vectors": lambda own: classifier(head=[layers.Dense(5), own()]),
    "at the end": lambda own: with_end(own()),
}
KINDS = {
    "layer": lambda: Swish(1.5),
    "function": lambda: layers.Activation(cube),
}


@pytest.mark.parametrize("own", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_they_stay_what_they_are(place, own):
    check_conversion(place(own))


def test_weights_of_an_own_layer_are_kept():
    model = classifier(Swish())
    model.layers[1].beta.assign(0.25)
    check_native(model, kerasseg.convert_to_fcn(model))


def test_as_activation_of_a_convolution_and_of_a_dense():
    model = classifier(
        layers.Conv2D(3, 3, activation=cube), head=[layers.Dense(4, activation=cube)]
    )
    check_conversion(model)


def test_the_receptive_field_looks_through_them():
    field = kerasseg.receptive_field(classifier(Swish()))
    assert field.size == kerasseg.receptive_field(classifier()).size == (10, 8)


def test_a_function_at_the_end_gives_way_to_logits():
    model = with_end(layers.Activation(cube))
    logits = kerasseg.convert_to_fcn(model, classifier_activation=None)
    model.pop()
    check_native(model, logits)


@pytest.mark.parametrize("activation", [None, "softmax"])
def test_a_layer_at_the_end_may_be_no_activation(activation):
    model = with_end(Swish(name="temperature"))
    with pytest.raises(ConversionError, match=r"'temperature' cannot be changed"):
        kerasseg.convert_to_fcn(model, classifier_activation=activation)


class Square(layers.Layer):
    def call(self, x):
        return x * x


def test_a_layer_as_activation_is_copied_with_the_dense_that_has_it():
    kerasseg.elementwise(Square)
    image = keras.Input((6, 6, 1))
    x = layers.Dense(3, activation=Square())(layers.Flatten()(image))
    model = keras.Model(image, x)
    check_native(model, fcn := kerasseg.convert_to_fcn(model))
    old, new = x._keras_history.operation, fcn.output._keras_history.operation
    assert type(new.activation) is Square
    assert new.activation is not old.activation


def test_a_layer_with_weights_as_activation_is_not_shared():
    image = keras.Input((6, 6, 1))
    x = layers.Dense(3, activation=Swish())(layers.Flatten()(image))
    model = keras.Model(image, x)
    model(np.zeros((1, 6, 6, 1)))  # which makes the weight
    with pytest.raises(ConversionError, match=r"has 3 weights and its counterpart 2"):
        kerasseg.convert_to_fcn(model)


def test_scores_made_of_what_they_give_have_no_logits():
    model = keras.Sequential(
        [
            keras.Input((8, 8, 2)),
            layers.Conv2D(3, 3),
            Swish(name="own"),
            layers.GlobalAveragePooling2D(),
        ]
    )
    with pytest.raises(ConversionError, match=r"'own' cannot be changed"):
        kerasseg.convert_to_fcn(model, classifier_activation=None)
    check_native(model, kerasseg.convert_to_fcn(model))


def test_unknown_ones_are_refused_with_what_to_say():
    class Unknown(layers.Layer):
        def call(self, x):
            return x + 1

    def unknown(x):
        return x + 1

    hint = r"say so: kerasseg.elementwise\((U|u)nknown\)"
    for own in (Unknown(), layers.Activation(unknown)):
        for place in PLACES.values():
            with pytest.raises(ConversionError, match=hint):
                kerasseg.convert_to_fcn(place(lambda own=own: own))
    with pytest.raises(ConversionError, match="write it as a function and say so by"):
        kerasseg.convert_to_fcn(
            classifier(layers.Activation(functools.partial(ops.leaky_relu)))
        )
    with pytest.raises(ConversionError) as error:  # one of Keras's own
        kerasseg.convert_to_fcn(classifier(layers.UpSampling2D(2)))
    assert "kerasseg.elementwise" not in str(error.value)


class MixesChannels(layers.Layer):
    def call(self, x):
        return ops.softmax(x, axis=-1)


class ReadsTheWholeMap(layers.Layer):
    def call(self, x):
        return x - ops.mean(x)


class HeedsThePlace(layers.Layer):
    def build(self, shape):
        self.mask = np.random.default_rng(1).random(shape[1:]).astype("float32")

    def call(self, x):
        return x * self.mask


class CountsTheRows(layers.Layer):
    def call(self, x):
        rows = ops.cast(ops.arange(ops.shape(x)[1]), x.dtype)
        return x * ops.reshape(rows, (-1, *[1] * (len(x.shape) - 2)))


class MixesALittle(layers.Layer):
    def call(self, x):
        return x + 1e-3 * ops.mean(x)


class GivesLittle(layers.Layer):
    def call(self, x):
        return 0.005 * ops.softmax(x)


class IsNoise(layers.Layer):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.seed = keras.random.SeedGenerator(1)

    def call(self, x):
        return x + keras.random.normal(ops.shape(x), seed=self.seed)


class HeedsTheBatch(layers.Layer):
    def call(self, x):
        return x - ops.mean(x, axis=0, keepdims=True)


class Halves(layers.Layer):
    def call(self, x):
        return x[..., ::2]


def mixing(x):
    return ops.softmax(x, axis=1)


@pytest.mark.parametrize(
    "own",
    [
        MixesChannels,
        MixesALittle,
        GivesLittle,
        ReadsTheWholeMap,
        CountsTheRows,
        IsNoise,
        HeedsTheBatch,
        mixing,
    ],
)
def test_those_that_are_not_are_refused(own):
    kerasseg.elementwise(own)
    layer = own(name="own") if isinstance(own, type) else layers.Activation(own)
    reason = rf"elementwise\({own.__name__}\), and does not treat every number"
    with pytest.raises(ConversionError, match=reason):
        kerasseg.convert_to_fcn(classifier(layer))


class CountsFeatures(layers.Layer):
    def call(self, x):
        return x / float(x.shape[-1])


class CountsRows(layers.Layer):
    def call(self, x):
        return x / ops.cast(ops.shape(x)[1], x.dtype)


class HeedsTheRank(layers.Layer):
    def call(self, x):
        return x if len(x.shape) == 2 else x + 1


class Forgets(layers.Layer):
    def __init__(self, scale=1.0, **kwargs):
        super().__init__(**kwargs)
        self.scale = scale

    def call(self, x):
        return self.scale * x

    def get_config(self):
        return super().get_config()


@pytest.mark.parametrize(
    ("own", "place"),
    [
        (CountsFeatures, "behind flatten"),
        (CountsFeatures, "in the trunk"),
        (CountsRows, "in the trunk"),
        (HeedsTheRank, "on vectors"),
        (lambda: Forgets(3.0), "in the trunk"),
    ],
)
def test_those_that_heed_the_shape_or_forget_are_refused(own, place):
    layer = own()
    kerasseg.elementwise(type(layer))
    with pytest.raises(ConversionError, match="a copy of it does something else in"):
        kerasseg.convert_to_fcn(PLACES[place](lambda: layer))


class NeedsSizes(layers.Layer):
    def call(self, x):
        return x + ops.zeros(x.shape[1:])


@pytest.mark.parametrize(
    ("own", "reason"),
    [
        (HeedsThePlace, "fails "),
        pytest.param(
            *(NeedsSizes, "fails where the size is open"),
            marks=pytest.mark.skipif(
                keras.backend.backend() != "tensorflow",
                reason="elsewhere every size is known",
            ),
        ),
        (Halves, "does not keep the shape"),
    ],
)
def test_those_that_fail_are_refused_by_name(own, reason):
    kerasseg.elementwise(own)
    with pytest.raises(ConversionError, match=rf"'own' .*{own.__name__}.*{reason}"):
        kerasseg.convert_to_fcn(classifier(own(name="own")))


def test_half_precision_is_no_mixing():
    keras.config.set_dtype_policy("float16")
    model = classifier(Swish(), layers.Activation(cube))
    assert kerasseg.convert_to_fcn(model).output.dtype == "float16"
