"""Every example in a docstring runs and prints what it says."""

import doctest
import importlib
import inspect
import pkgutil

import pytest

import kerasseg
import zoo

MODULES = sorted(
    module.name
    for package in (kerasseg, zoo)
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + ".")
    if module.name != "kerasseg.__main__"
)
OF_JAX = ("kerasseg.training.distribution.data_parallel",)


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name):
    if name in OF_JAX:
        pytest.importorskip("jax")
    module = importlib.import_module(name)
    result = doctest.testmod(module, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert result.failed == 0


@pytest.mark.parametrize(
    ("package", "name"),
    [(package, name) for package in (kerasseg, zoo) for name in package.__all__],
)
def test_public_names_are_documented(package, name):
    value = getattr(package, name)
    if name == "__version__":
        return
    assert inspect.getdoc(value), f"{name} has no docstring"
    is_function = inspect.isfunction(value)
    if is_function and name != "list_models":
        text = inspect.getdoc(value)
        for section in ("Args:", "Returns:", "Raises:", "Example"):
            assert section in text, f"{name} has no {section}"
