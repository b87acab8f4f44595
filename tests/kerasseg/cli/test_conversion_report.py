import pytest

from kerasseg.cli.conversion_report import exactness_told, print_changes


@pytest.mark.parametrize(
    ("padded", "whole_image", "told"),
    [
        ([], [False], "no layer pads: every cell equals the classifier run on its"),
        (list("abc"), [False], "3 layers pad (a, b, c): equal at the classifier's own"),
        (list("abcd"), [False], "4 layers pad (a, b, c, …): equal at the"),
        (["a"], [True, True], "every cell also depends on the whole image"),
        ([], [True, False, True], "every cell of output 1 and 3 also depends on"),
    ],
)
def test_tells_which_cells_equal_the_classifier(padded, whole_image, told):
    assert exactness_told(padded, whole_image).startswith(told)


def test_a_layer_that_is_gone_became_nothing(capsys):
    flat = {"layer": "flat", "before": "Flatten", "after": ""}
    scores = {"layer": "scores", "before": "Dense 3", "after": "Conv2D 5×4, 3"}
    print_changes([flat, scores], indent="    ")
    assert capsys.readouterr().out == (
        "    flat    Flatten  →  nothing: the map stays a map\n"
        "    scores  Dense 3  →  Conv2D 5×4, 3\n"
    )
