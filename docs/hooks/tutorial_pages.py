"""Tutorial scripts as pages: each cell a heading, its first comment prose, its code."""

from __future__ import annotations

import re
from pathlib import Path

_CELL = re.compile(r"^# %% ?(.*)$", re.MULTILINE)
_PROSE = re.compile(r"\A(?:#.*\n)+")


def scripts(root: Path) -> list[Path]:
    """The tutorials, in their order."""
    return sorted((root / "tutorials").glob("[0-9][0-9]_*.py"))


def as_markdown(script: str) -> str:
    """The page of one script."""
    _, docstring, code = script.split('"""', 2)
    title, text = docstring.split("\n", 1)
    code, *cells = _CELL.split(code)
    parts = [f"# {title.rstrip('.')}", text.strip(), _block(code)]
    for heading, cell in zip(cells[::2], cells[1::2], strict=True):
        cell = cell.lstrip("\n")
        found = _PROSE.match(cell)
        prose = found[0] if found else ""
        parts += [f"## {heading}", _uncommented(prose), _block(cell[len(prose) :])]
    return "\n\n".join(part for part in parts if part) + "\n"


def _uncommented(prose: str) -> str:
    text = re.sub(r"^# ?", "", prose, flags=re.MULTILINE).strip()
    return re.sub(r"(?<=[^\n])\n(?=- )", "\n\n", text, count=1)  # lists want a blank


def _block(code: str) -> str:
    code = code.strip("\n")
    return f"```python\n{code}\n```" if code else ""
