from argparse import Namespace

import keras
import pytest
from keras import layers

from kerasseg.cli.model_head import with_one_head
from kerasseg.errors import UsageError

IMAGE = (8, 8, 1)


def picked(model, head):
    return with_one_head(model, Namespace(model="net.keras", head=head))


def functional(*names):
    image = keras.Input(IMAGE)
    heads = [layers.Conv2D(n + 1, 1, name=name)(image) for n, name in enumerate(names)]
    return keras.Model(image, heads if len(heads) > 1 else heads[0])


def test_one_of_several_is_picked():
    model = functional("kind", "age")
    assert picked(model, "age").output_shape == (None, 8, 8, 2)
    with pytest.raises(UsageError, match=r"has 2 outputs.*--head kind or --head age"):
        picked(model, None)


@pytest.mark.parametrize(
    "model",
    [
        functional("kind"),
        functional("kind", "age"),
        keras.Sequential([keras.Input(IMAGE), layers.Conv2D(2, 1, name="kind")]),
    ],
)
def test_a_head_that_is_not_there_is_not_passed_over(model):
    with pytest.raises(UsageError, match=r"--head other: net.keras has the outputs"):
        picked(model, "other")
    assert keras.tree.flatten(picked(model, "kind").outputs)[0].shape[0] is None


def test_a_sole_output_needs_no_name():
    model = functional("kind")
    assert picked(model, None) is model
