"""The table as it stands in docs/exports.md."""

from __future__ import annotations

from pathlib import Path

from checks.export_table.columns import COLUMNS
from checks.export_table.rows import ROWS

DOCUMENT = Path(__file__).parents[4] / "docs" / "exports.md"
BEGIN, END = "<!-- the table -->", "<!-- the end of the table -->"


def read_cells() -> dict[tuple[str, str], str]:
    """What the document says, by row and column."""
    lines = _table().strip().splitlines()
    header, _, *rows = [[c.strip() for c in x.strip("|").split("|")] for x in lines]
    return {
        (name.strip("`"), column): cell
        for name, *cells in rows
        for column, cell in zip(header[1:], cells, strict=True)
    }


def write_cells(cells: dict[tuple[str, str], str]) -> None:
    """Puts cells into the document; the others stay as they are."""
    known = read_cells() | cells
    lines = [" | ".join(["| net", *COLUMNS]) + " |", "|---" * (len(COLUMNS) + 1) + "|"]
    for row in ROWS:
        values = [known.get((row, column), "") for column in COLUMNS]
        lines.append(" | ".join([f"| `{row}`", *values]) + " |")
    table = "\n".join(["", "", *lines, "", ""])
    text = DOCUMENT.read_text(encoding="utf-8").replace(_table(), table)
    DOCUMENT.write_text(text, encoding="utf-8")


def _table() -> str:
    text = DOCUMENT.read_text(encoding="utf-8")
    return text.split(BEGIN)[1].split(END)[0]
