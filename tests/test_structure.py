"""Imports go one way, importing is cheap, and tests stand where their source stands."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# A module may import what stands on an earlier line, and its own package.
ORDER = [
    [
        "kerasseg.version",
        "kerasseg.pixel_ranges",
        "kerasseg.run_files",
        "kerasseg.errors",
        "kerasseg.foreign_files",
    ],
    ["kerasseg.own_layers"],
    ["kerasseg.initializers", "kerasseg.ignored_labels"],
    ["kerasseg.layers"],
    ["kerasseg.graph"],
    ["kerasseg.squashing"],
    ["kerasseg.layer_kinds", "kerasseg.windows", "kerasseg.range_keepers"],
    ["kerasseg.score_ranges"],
    ["kerasseg.probabilities"],
    ["kerasseg.receptive_axes"],
    ["kerasseg.receptive_rules"],
    ["kerasseg.geometry", "kerasseg.channels_last"],
    ["kerasseg.losses", "kerasseg.metrics", "kerasseg.old_models"],
    ["kerasseg.files"],
    ["kerasseg.convert", "kerasseg.data"],
    ["kerasseg.inference"],
    ["kerasseg.visualize"],
    ["kerasseg.training", "kerasseg.exporters"],
    ["zoo"],
    ["kerasseg.cli"],
]
RANK = {name: rank for rank, names in enumerate(ORDER) for name in names}
FOR_ZOO = (
    "kerasseg.initializers",
    "kerasseg.layers",
    "kerasseg.convert",
    "kerasseg.files",
    "kerasseg.errors",
)
# The package itself names everything lazily, and `files` registers our layers.
FREE = {"kerasseg", "kerasseg.__main__"}
MODULES = sorted([*(ROOT / "kerasseg").rglob("*.py"), *(ROOT / "zoo").rglob("*.py")])


def module_name(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def package(name):
    """The part of a module's name that has a rank."""
    if name.split(".")[0] == "zoo":
        return "zoo"
    return ".".join(name.split(".")[:2])


def imported(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            if node.module in ("kerasseg", "zoo"):
                yield from (f"{node.module}.{alias.name}" for alias in node.names)
            else:
                yield node.module


@pytest.mark.parametrize("path", MODULES, ids=module_name)
def test_imports_go_one_way(path):
    name = module_name(path)
    if name in FREE:
        return
    assert package(name) in RANK, f"{package(name)} has no place in the order"
    for other in imported(path):
        if other.split(".")[0] not in ("kerasseg", "zoo"):
            continue
        if package(other) == package(name):
            continue
        if package(other) not in RANK:  # a public name, imported from the package
            continue
        assert RANK[package(other)] <= RANK[package(name)], f"{name} imports {other}"
        if package(name) == "zoo":
            assert other.startswith(FOR_ZOO), f"{name} imports {other}"


def test_only_commands_import_the_zoo():
    for path in MODULES:
        if package(module_name(path)) not in ("zoo", "kerasseg.cli"):
            assert not any(o.split(".")[0] == "zoo" for o in imported(path)), path


def run_python(code):
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.strip()


@pytest.mark.parametrize(
    "code",
    [
        "import kerasseg",
        "import kerasseg; dir(kerasseg); kerasseg.KerasSegError",
        "from kerasseg.cli.main import main\ntry: main(['--help'])\n"
        "except SystemExit: pass",
        "from kerasseg.cli.main import main\ntry: main(['heatmap', '--help'])\n"
        "except SystemExit: pass",
        "from kerasseg.cli.main import main\ntry: main(['--version'])\n"
        "except SystemExit: pass",
    ],
)
def test_importing_and_help_load_no_framework(code):
    heavy = "keras", "tensorflow", "jax", "torch", "numpy", "matplotlib", "PIL"
    loaded = run_python(
        f"{code}\nimport sys; print([m for m in {heavy} if m in sys.modules])"
    )
    assert loaded.endswith("[]")


def test_every_public_name_is_there():
    import kerasseg

    for name in kerasseg.__all__:
        assert getattr(kerasseg, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = kerasseg.nothing


def test_layers_are_known_to_keras_once_kerasseg_is_imported_after_it():
    out = run_python(
        "import keras, kerasseg\n"
        "print(keras.saving.get_registered_object('kerasseg>UnfoldWindows2D'))"
    )
    assert "UnfoldWindows2D" in out


def test_tests_mirror_the_source():
    for path in (ROOT / "tests").rglob("test_*.py"):
        relative = path.relative_to(ROOT / "tests")
        if relative.parts[0] not in ("kerasseg", "zoo"):
            continue
        source = ROOT / relative.parent / relative.name.removeprefix("test_")
        package_of = ROOT / relative.parent / relative.stem.removeprefix("test_")
        init = relative.stem == "test_init"
        assert init or source.exists() or package_of.is_dir(), f"{relative} tests what?"
