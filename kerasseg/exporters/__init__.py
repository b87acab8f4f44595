"""Models written for other engines, each file checked against its source."""

from kerasseg.exporters.exporting import export
from kerasseg.exporters.report import ExportReport

__all__ = ["ExportReport", "export"]
