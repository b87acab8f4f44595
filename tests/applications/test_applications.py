"""Every classifier of keras.applications converts and equals itself at native size."""

import inspect
import warnings

import keras
import numpy as np
import pytest
from checks.exactness import images_for, relative_difference

import kerasseg

BUILDERS = sorted(
    name
    for name, value in vars(keras.applications).items()
    if inspect.isfunction(value) and "weights" in inspect.signature(value).parameters
)
QUICK = ("EfficientNetV2B0", "MobileNetV2", "MobileNetV3Small")


def check_application(name):
    size = {"input_shape": (224, 224, 3)} if name.startswith("MobileNetV3") else {}
    # Logits: a softmax over the huge scores of random weights magnifies rounding.
    model = getattr(keras.applications, name)(
        weights=None, classes=5, classifier_activation=None, **size
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # squeeze and excite
        fcn = kerasseg.convert_to_fcn(model)
    images = images_for(model, 1) * 255
    expected = model.predict_on_batch(images)
    actual = fcn.predict_on_batch(images)
    assert actual.shape == (1, 1, 1, 5)
    assert relative_difference(actual[:, 0, 0], expected) <= 1e-5
    height, width = model.input_shape[1:3]
    larger = np.zeros((1, height + 32, width + 64, 3), "float32")
    assert fcn.predict_on_batch(larger).shape == (1, 2, 3, 5)


@pytest.mark.parametrize("name", QUICK)
def test_some_of_every_kind(name):
    check_application(name)


@pytest.mark.long
@pytest.mark.parametrize("name", [name for name in BUILDERS if name not in QUICK])
def test_all_others(name):
    check_application(name)
