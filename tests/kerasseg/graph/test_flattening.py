import keras
import pytest
from keras import layers

from kerasseg.errors import ArgumentError
from kerasseg.graph import flatten_model


def paths(model, **options):
    return [call.path for call in flatten_model(model, **options).calls]


def test_sequential_models():
    model = keras.Sequential(
        [keras.Input((4, 4, 1)), layers.Flatten(name="a"), layers.Dense(2, name="b")]
    )
    graph = flatten_model(model)
    assert [call.path for call in graph.calls] == ["a", "b"]
    assert graph.inputs.shape == (None, 4, 4, 1)
    assert graph.outputs is graph.calls[-1].outputs[0]
    assert graph.outputs.shape == (None, 2)


def test_every_input_is_made_before_it_is_read():
    image = keras.Input((4, 4, 1))
    x = image
    for _ in range(30):
        x = layers.Add()([layers.ReLU()(x), layers.Conv2D(1, 1)(x), image])
    graph = flatten_model(keras.Model(image, x))
    known = {id(edge) for edge in graph.flat_inputs}
    assert len(graph.calls) == 90
    for call in graph.calls:
        assert {id(edge) for edge in call.inputs} <= known
        known.update(id(edge) for edge in call.outputs)


def test_nested_models_are_opened_to_any_depth_and_named_by_their_path():
    inner = keras.Sequential([layers.Dense(2, name="d")], name="inner")
    outer = keras.Sequential([inner, layers.ReLU(name="r")], name="outer")
    image = keras.Input((3,))
    model = keras.Model(image, layers.Dense(1, name="end")(outer(image)))
    assert paths(model) == ["outer/inner/d", "outer/r", "end"]


def test_a_model_called_twice_is_listed_twice_with_the_same_layer():
    inner = keras.Sequential([layers.Dense(3, name="d")], name="inner")
    image = keras.Input((3,))
    graph = flatten_model(keras.Model(image, inner(inner(image))))
    first, second = graph.calls
    assert first.operation is second.operation
    assert second.inputs == first.outputs


def test_nested_models_with_dict_inputs_in_another_order():
    a, b = keras.Input((2,), name="b_in"), keras.Input((3,), name="a_in")
    joined = layers.Concatenate(name="join")([a, b])
    inner = keras.Model({"b_in": a, "a_in": b}, joined, name="inner")
    x, y = keras.Input((2,), name="x"), keras.Input((3,), name="y")
    graph = flatten_model(keras.Model([x, y], inner({"a_in": y, "b_in": x})))
    assert [edge.shape for edge in graph.calls[0].inputs] == [(None, 2), (None, 3)]


def test_training_given_to_a_nested_model_holds_inside_it():
    inner = keras.Sequential(
        [layers.BatchNormalization(name="n"), layers.ReLU(name="r")], name="inner"
    )
    image = keras.Input((3,))
    graph = flatten_model(keras.Model(image, inner(image, training=False)))
    assert [call.kwargs.get("training") for call in graph.calls] == [False, None]


def test_shapes_for_another_image_size():
    model = keras.Sequential(
        [
            keras.Input((None, None, 1)),
            layers.Conv2D(2, 3, strides=2, name="c"),
            layers.Flatten(name="f"),
        ]
    )
    assert flatten_model(model).calls[0].outputs[0].shape == (None, None, None, 2)
    calls = flatten_model(model, (9, 7)).calls
    assert [call.outputs[0].shape for call in calls] == [(None, 4, 3, 2), (None, 24)]
    with pytest.raises(ArgumentError, match="'c' cannot take maps"):
        flatten_model(model, (2, 2))


def test_models_cut_out_of_others():
    full = keras.Sequential(
        [keras.Input((4, 4, 1)), layers.Conv2D(2, 3, name="c"), layers.ReLU(name="r")]
    )
    part = keras.Model(full.get_layer("r").input, full.outputs[0])
    assert paths(part) == ["r"]


def test_an_axis_of_one_that_keras_drops_before_a_nested_model_is_a_call():
    inner = keras.Sequential([keras.Input((8, 8)), layers.ReLU(name="r")], name="inner")
    image = keras.Input((8, 8, 1))
    graph = flatten_model(keras.Model(image, inner(image)))
    drop, relu = graph.calls
    assert type(drop.operation).__name__ == "Squeeze"
    assert drop.path.startswith("inner/squeeze")
    assert relu.inputs[0].shape == (None, 8, 8)


def test_an_axis_of_one_that_keras_adds_before_a_nested_model_is_a_call():
    inner = keras.Sequential([keras.Input((8, 1)), layers.ReLU(name="r")], name="inner")
    vector = keras.Input((8,))
    graph = flatten_model(keras.Model(vector, inner(vector)))
    added, relu = graph.calls
    assert type(added.operation).__name__ == "ExpandDims"
    assert relu.inputs[0].shape == (None, 8, 1)
