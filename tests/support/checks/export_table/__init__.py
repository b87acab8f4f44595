"""Every network and every kind of converted classifier, in every format."""

from checks.export_table.columns import COLUMNS, Column
from checks.export_table.document import DOCUMENT, read_cells, write_cells
from checks.export_table.measuring import KNOWN_FAILURES, measure
from checks.export_table.rows import ROWS

__all__ = [
    "COLUMNS",
    "DOCUMENT",
    "KNOWN_FAILURES",
    "ROWS",
    "Column",
    "measure",
    "read_cells",
    "write_cells",
]
