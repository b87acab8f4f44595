"""What a conversion changed, and how exact its net is, as lines for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kerasseg.cli.output import print_table


def print_changes(changes: Sequence[dict[str, Any]], indent: str = "  ") -> None:
    """Prints what became of each layer of the head.

    Args:
        changes: Those of `kerasseg.convert.report.list_changes`, as plain values.
        indent: Begins each line.
    """
    nothing = "nothing: the map stays a map"
    rows = [(c["layer"], c["before"], "→", c["after"] or nothing) for c in changes]
    print_table(rows, indent)


def exactness_told(padded: list[str], whole_image: list[bool]) -> str:
    """Which cells of a converted net equal the classifier, by what its layers do.

    Args:
        padded: The layers that pad.
        whole_image: For each output, whether its cells depend on the whole image.
    """
    if any(whole_image):
        numbers = [str(n) for n, whole in enumerate(whole_image, 1) if whole]
        of = "" if all(whole_image) else f" of output {' and '.join(numbers)}"
        return (
            f"every cell{of} also depends on the whole image, which the model pools to "
            "weigh its maps: equal at the classifier's own size; in a larger image a "
            "cell differs from the classifier run on its window"
        )
    if not padded:
        return "no layer pads: every cell equals the classifier run on its window"
    some = ", ".join(padded[:3]) + (", …" if len(padded) > 3 else "")
    return (
        f"{len(padded)} layers pad ({some}): equal at the classifier's own size; in "
        "a larger image a cell sees pixels where a crop has its border of zeros"
    )
