import keras
import pytest
from checks.two_heads import check_every_head, two_heads
from keras import layers

import kerasseg
from kerasseg.errors import ConversionError


@pytest.mark.parametrize("wanted", [1, 2])
def test_heads_at_different_strides_that_are_joined(wanted):
    check_every_head(two_heads(joined=True), wanted, [wanted])


@pytest.mark.parametrize("wanted", [None, 4])
def test_joined_heads_at_different_strides_need_one_for_both(wanted):
    with pytest.raises(ConversionError, match=r"'join'.*Pass output_stride=\(2, 2\)"):
        kerasseg.convert_to_fcn(two_heads(joined=True), output_stride=wanted)


@pytest.mark.parametrize("wanted", [None, 1])
def test_maps_that_stand_at_different_strides_are_never_joined(wanted):
    """At stride 1 they meet, but each cell with another than in the classifier."""
    image = keras.Input((8, 8, 2))
    maps = [layers.Cropping2D(2)(image), layers.MaxPooling2D(2)(image)]
    x = layers.Flatten()(layers.Concatenate(name="join")(maps))
    model = keras.Model(image, layers.Dense(3)(x))
    with pytest.raises(ConversionError, match=r"'join'.*\(1, 1\) and \(2, 2\)"):
        kerasseg.convert_to_fcn(model, output_stride=wanted)
