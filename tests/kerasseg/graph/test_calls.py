import keras
import pytest
from keras import layers

from kerasseg.errors import ArgumentError
from kerasseg.graph import flatten_model


def two_trunks():
    def part(name):
        return keras.Sequential([layers.Conv2D(1, 1, name="conv")], name=name)

    image = keras.Input((4, 4, 1))
    x = layers.ReLU(name="relu_1")(part("b")(part("a")(image)))
    return keras.Model(image, x, name="net")


def test_layers_are_found_by_object_path_and_the_end_of_a_path():
    model = two_trunks()
    graph = flatten_model(model)
    for layer in ("b/conv", model.get_layer("b").layers[0]):
        assert graph.find(layer).path == "b/conv"
    assert graph.find("relu_1") is graph.calls[-1]


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        ("conv", "'net' has several layers 'conv': a/conv, b/conv. Give one"),
        ("relu1", "no layer 'relu1'. Did you mean relu_1\\? It has: a/conv, b/conv"),
        (layers.ReLU(name="other"), "no layer 'other'. It has: .*Received: <ReLU"),
        (7, "no layer '7'.*Received: 7"),
        (None, "no layer 'None'"),
    ],
)
def test_layers_that_are_not_there_are_told_from_those_that_are(layer, message):
    with pytest.raises(ArgumentError, match=message):
        flatten_model(two_trunks()).find(layer)


def test_a_message_tells_some_layers_of_a_large_net_not_all():
    steps = [layers.ReLU(name=f"step{i}") for i in range(45)]
    model = keras.Sequential([keras.Input((2,)), *steps])
    with pytest.raises(ArgumentError, match="step39 and 5 others") as caught:
        flatten_model(model).find("last")
    assert "step40" not in str(caught.value)
