import ast
import doctest
import importlib
import subprocess
import sys
from pathlib import Path

import keras
import pytest

import zoo

MODULES = sorted(path.stem for path in Path(zoo.__file__).parent.glob("*.py"))
ALLOWED = {"layers", "initializers", "convert", "files", "errors"}


def imported_modules(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module


def test_list_models_names_every_builder():
    names = zoo.list_models()
    assert len(set(names)) == len(names)
    for name in names:
        assert name in zoo.__all__
        assert callable(getattr(zoo, name))
    # Whatever the package exports with a capital is a network, and listed.
    assert {name for name in zoo.__all__ if name[0].isupper()} == set(names)


def test_public_names_exist():
    for name in zoo.__all__:
        assert getattr(zoo, name) is not None


@pytest.mark.parametrize("module", MODULES)
def test_imports_go_one_way(module):
    path = Path(zoo.__file__).parent / f"{module}.py"
    for name in imported_modules(path):
        first, *rest = name.split(".")
        if first == "kerasseg":
            assert rest and rest[0] in ALLOWED, f"{module} imports {name}"
        else:
            assert first in {"keras", "zoo", *sys.stdlib_module_names}, name


@pytest.mark.slow_elsewhere
@pytest.mark.parametrize("module", [name for name in MODULES if name != "__init__"])
def test_docstring_examples_run(module):
    result = doctest.testmod(importlib.import_module(f"zoo.{module}"))
    assert result.failed == 0


@pytest.mark.slow_elsewhere
def test_importing_zoo_registers_our_layers():
    code = (
        "import zoo, keras; "
        "name = 'kerasseg>LocalResponseNormalization'; "
        "print(keras.saving.get_registered_object(name).__name__)"
    )
    output = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(zoo.__file__).parents[1],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert output.strip() == "LocalResponseNormalization"


@pytest.mark.parametrize("builder", [getattr(zoo, name) for name in zoo.list_models()])
def test_refuses_channels_first(builder):
    keras.config.set_image_data_format("channels_first")
    try:
        with pytest.raises(zoo.arguments.ArgumentError, match="channels_first"):
            builder()
    finally:
        keras.config.set_image_data_format("channels_last")
