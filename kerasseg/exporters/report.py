"""What an export came to: the file, the sizes it was tried on, and the differences."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class ExportReport:
    """The measured likeness of an exported file to the model it was made from.

    Attributes:
        path: The file, or the folder of a SavedModel.
        format: As given to `kerasseg.export`.
        quantization: Likewise.
        bytes: The size of the file, or of all files in the folder.
        differences: For each set of input shapes that was tried, the largest difference
            between the outputs over the largest output.
        tolerance: The largest difference that was allowed.
        remarks: What a user of the file should know.
        changed_classes: For `"int8"` and a single output: which share of the classes
            that it gives on the first 16 of `representative_data` are others than the
            model's, at each place or of each image; `None` otherwise.
    """

    path: Path
    format: str
    quantization: str | None
    bytes: int
    differences: dict[str, float]
    tolerance: float
    remarks: list[str] = field(default_factory=list)
    changed_classes: float | None = None

    @property
    def largest_difference(self) -> float:
        """The greatest of `differences`; NaN if one of them is."""
        values = list(self.differences.values())
        return next((v for v in values if v != v), max(values))
