import pytest

from kerasseg.errors import ArgumentError
from kerasseg.metrics import ConfusionMatrix


@pytest.mark.parametrize(
    "options",
    [
        {"classes": 1},
        {"classes": 2.0},
        {"measures": "mean_iou"},
        {"measures": ("iou", "none")},
        {"measures": ()},
        {"average": "images"},
        {"class_names": ["a"]},
        {"class_names": ["a", "b", "a"]},
        {"leave_out": [3]},
        {"ignore_class": 255.0},
        {"ignore_class": (1, "void")},
        {"leave_out": [0, 1, 2]},
    ],
)
def test_wrong_options(options):
    name = next(iter(options))
    with pytest.raises(ArgumentError, match=f"{name}.*Received: {name}="):
        ConfusionMatrix(**{"classes": 3} | options)
