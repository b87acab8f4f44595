import keras
import numpy as np
import pytest
from keras import layers

from kerasseg.errors import ArgumentError
from kerasseg.training.compiling import compile_for


def names_measured(count, metrics):
    """The names in the history of a net of so many outputs, `c0`, `c1`, …"""
    image = keras.Input((4, 4, 1))
    outputs = [layers.Conv2D(2, 1, name=f"c{i}")(image) for i in range(count)]
    model = keras.Model(image, outputs)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    compile_for(model, "sgd", loss, metrics)
    masks = [np.zeros((2, 4, 4), "int32")] * count
    images = np.ones((2, 4, 4, 1), "float32")
    history = model.fit(images, masks if count > 1 else masks[0], verbose=0)
    return {name for name in history.history if not name.endswith("loss")}


@pytest.mark.parametrize(
    ("count", "metrics", "wanted"),
    [
        (1, None, set()),
        (1, ["accuracy"], {"accuracy"}),
        (1, ("accuracy",), {"accuracy"}),
        (1, {"c0": ["accuracy"]}, {"accuracy"}),
        (2, None, set()),
        (2, ["accuracy"], {"c0_accuracy"}),
        (2, {"c1": ["accuracy"]}, {"c1_accuracy"}),
        (2, {"c0": "accuracy", "c1": "accuracy"}, {"c0_accuracy", "c1_accuracy"}),
    ],
)
def test_metrics_are_of_the_outputs_that_they_name(count, metrics, wanted):
    assert names_measured(count, metrics) == wanted


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("metrics", ["accuracy", keras.metrics.Accuracy()])
def test_metrics_that_are_no_list_are_refused(count, metrics):
    with pytest.raises(ArgumentError, match=r"^metrics must .*Received: metrics="):
        names_measured(count, metrics)


def test_losses_are_of_the_outputs_that_they_name():
    image = keras.Input((4, 4, 1))
    outputs = [layers.Conv2D(2, 1, name=f"c{i}")(image) for i in range(2)]
    model = keras.Model(image, outputs)
    named = {"c1": "mean_absolute_error", "c0": "mean_squared_error"}
    compile_for(model, "sgd", named, loss_weights={"c0": 1.0, "c1": 10.0})
    images = np.ones((2, 4, 4, 1), "float32")
    targets = [np.full((2, 4, 4, 2), 3.0, "float32")] * 2
    first, second = model.predict(images, verbose=0)
    wanted = np.square(first - 3.0).mean() + 10 * np.abs(second - 3.0).mean()
    loss = model.fit(images, targets, verbose=0).history["loss"]
    np.testing.assert_allclose(loss, [wanted], rtol=1e-5)


@pytest.mark.parametrize("given", [("sgd", None), (None, "mse")])
def test_optimizer_and_loss_go_together(given):
    model = keras.Sequential([keras.Input((1,)), layers.Dense(1)])
    with pytest.raises(ArgumentError, match="needs both an optimizer and a loss"):
        compile_for(model, *given)
