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
    ("model", "channels"),
    [
        (functional("kind"), 1),
        (functional("age", "kind"), 2),
        (keras.Sequential([keras.Input(IMAGE), layers.Conv2D(3, 1, name="kind")]), 3),
    ],
)
def test_a_head_that_is_not_there_is_not_passed_over(model, channels):
    with pytest.raises(UsageError, match=r"--head other: net.keras has the outputs"):
        picked(model, "other")
    outputs = keras.tree.flatten(picked(model, "kind").outputs)
    assert [output.shape[-1] for output in outputs] == [channels]


def test_a_sole_output_needs_no_name():
    model = functional("kind")
    assert picked(model, None) is model
