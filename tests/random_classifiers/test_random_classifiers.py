"""Random classifiers, far wider than the fixed tests: each converts and stays equal."""

import keras
import pytest
from checks.random_classifiers import recipes
from checks.random_classifiers.bad_steps import refused_recipes
from checks.random_classifiers.build import build
from checks.random_classifiers.proof import check_recipe
from hypothesis import HealthCheck, given, seed, settings

import kerasseg
from kerasseg.errors import ConversionError

# Examples take as long as Keras takes to build a net, and the models of one example
# must not pile up until the last: hence no deadline, and a clean Keras after each.
COMMON = {
    "deadline": None,
    "database": None,
    "suppress_health_check": list(HealthCheck),
    "print_blob": False,
}


def check(recipe, fresh_process):
    try:
        check_recipe(recipe, fresh_process)
    finally:
        keras.backend.clear_session()


@settings(max_examples=60, derandomize=True, **COMMON)
@given(recipe=recipes())
def test_sixty_classifiers(recipe, fresh_process):
    check(recipe, fresh_process)


@pytest.mark.long
@seed(1979)
@settings(max_examples=1000, **COMMON)
@given(recipe=recipes())
def test_a_thousand_classifiers(recipe, fresh_process):
    check(recipe, fresh_process)


@settings(max_examples=25, derandomize=True, **COMMON)
@given(recipe=refused_recipes())
def test_what_has_no_exact_counterpart_is_refused_by_name(recipe):
    with pytest.raises(ConversionError) as caught:
        kerasseg.convert_to_fcn(build(recipe))
    assert caught.value.layer.endswith("bad")
    assert "'bad'" in str(caught.value) or "/bad'" in str(caught.value)
    keras.backend.clear_session()
