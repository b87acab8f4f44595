"""A page for every public module, by what its `__all__` names, and one for commands."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

# Functions and classes that `kerasseg` itself offers, and the pages that show them.
OF_THE_PACKAGE = {
    "api/convert.md": ("Conversion", ["convert_to_fcn", "elementwise"]),
    "api/geometry.md": ("Receptive fields", ["receptive_field", "ReceptiveField"]),
    "api/files.md": ("Files and errors", ["load_model"]),  # and every error
}
IN_MODULES_OF_ZOO = ["fcn.move_weights", "encoders.Encoder"]
TITLES = {"exporters": "Exports", "visualize": "Pictures", "zoo": "Networks"}


def pages(root: Path) -> dict[str, str]:
    """Markdown by place on the site."""
    made = {}
    names, subpackages = _split(root)
    errors = [n for n in names if n.endswith("Error")]
    for place, (title, chosen) in OF_THE_PACKAGE.items():
        chosen = chosen + (errors if place == "api/files.md" else [])
        made[place] = _page(title, "kerasseg", chosen)
    for name in subpackages:
        title = TITLES.get(name, name.capitalize())
        public = public_names(root / "kerasseg" / name / "__init__.py")
        made[f"api/{name}.md"] = _page(title, f"kerasseg.{name}", public, root)
    networks = public_names(root / "zoo" / "__init__.py")
    modules = {path.stem for path in (root / "zoo").glob("*.py")}
    networks = [n for n in networks if n not in modules] + IN_MODULES_OF_ZOO
    made["api/zoo.md"] = _page(TITLES["zoo"], "zoo", networks, root)
    made["commands.md"] = _commands(root)
    return made


def public_names(path: Path) -> list[str]:
    """The names in a module's `__all__`, without importing it."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and node.targets[0].id == "__all__":
            return ast.literal_eval(node.value)
    raise ValueError(f"{path} has no __all__")


def _split(root: Path) -> tuple[list[str], list[str]]:
    """What `kerasseg` offers: functions and classes, and subpackages."""
    names = public_names(root / "kerasseg" / "__init__.py")
    names.remove("__version__")
    subpackages = [n for n in names if (root / "kerasseg" / n).is_dir()]
    return [n for n in names if n not in subpackages], subpackages


def _page(title: str, module: str, names: list[str], root: Path | None = None) -> str:
    """The page of a module; with `root`, it begins with the module's own text."""
    parts = [f"# {title}"]
    folder = root.joinpath(*module.split(".")) if root else None
    if folder:
        parts.append(_module_text(folder / "__init__.py"))
    for name in names:
        # `x` of a file x.py: the path package.x would lead to the file.
        is_file = folder and (folder / f"{name}.py").exists()
        parts.append(
            f"::: {module}.{name}.{name}" if is_file else f"::: {module}.{name}"
        )
    return "\n\n".join(parts) + "\n"


def _module_text(path: Path) -> str:
    """The docstring of a module, its example set in a block."""
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    before, arrows, example = text.partition(">>> ")
    if not arrows:
        return text
    return f"{before}```pycon\n>>> {example.rstrip()}\n```"


def _commands(root: Path) -> str:
    """What `kerasseg COMMAND --help` prints; no command loads Keras for that."""
    sys.path.insert(0, str(root))
    try:
        from kerasseg.cli.main import COMMANDS, _parser
    finally:
        sys.path.remove(str(root))
    (commands,) = (a for a in _parser()._actions if a.dest == "command")
    parts = ["# Commands"]
    for name, purpose in COMMANDS.items():
        usage = commands.choices[name].format_help().rstrip()
        text = purpose[0].upper() + purpose[1:]
        parts += [f"## kerasseg {name}", f"{text}.", f"```text\n{usage}\n```"]
    return "\n\n".join(parts) + "\n"
