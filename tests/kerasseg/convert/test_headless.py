import keras
import pytest
from checks.exactness import check_native
from keras import layers

import kerasseg
from kerasseg.errors import ConversionError


def test_a_net_without_head_is_refused():
    net = keras.Sequential([keras.Input((8, 8, 1)), layers.Conv2D(2, 3)], name="net")
    with pytest.raises(ConversionError, match=r"'net' has no classification head.*map"):
        kerasseg.convert_to_fcn(net)
    net = keras.Sequential(
        [keras.Input((8, 8, 1)), layers.Conv2D(2, 3), layers.UpSampling2D(2)],
        name="net",
    )
    with pytest.raises(ConversionError, match=r"'net' has no classification head.*map"):
        kerasseg.convert_to_fcn(net)
    net = keras.Sequential([keras.Input((8, 8, 1)), layers.Flatten()], name="net")
    with pytest.raises(ConversionError, match="'net' has no classification head"):
        kerasseg.convert_to_fcn(net)


@pytest.mark.parametrize("enlarged", [False, True])
def test_a_map_beside_a_head_is_named_with_what_to_convert(enlarged):
    image = keras.Input((8, 8, 1))
    x = layers.Conv2D(2, 3)(image)
    scores = layers.Dense(3)(layers.Flatten()(x))
    beside = layers.UpSampling2D(2)(x) if enlarged else x
    model = keras.Model(image, [beside, scores], name="net")
    with pytest.raises(
        ConversionError, match=r"'net' cannot be .* map already"
    ) as told:
        kerasseg.convert_to_fcn(model)
    assert "no classification head" not in str(told.value)
    advice = str(told.value).split("other outputs: ")[1].rstrip(".")
    part = eval(advice, {"keras": keras, "model": model})
    check_native(part, kerasseg.convert_to_fcn(part))


def test_scores_of_the_numbers_alone_are_refused():
    image, numbers = keras.Input((8, 7, 2)), keras.Input((5,))
    scores = [layers.Dense(2)(layers.Flatten()(image)), layers.Dense(3)(numbers)]
    with pytest.raises(ConversionError, match="does not depend on the image"):
        kerasseg.convert_to_fcn(keras.Model([image, numbers], scores))
