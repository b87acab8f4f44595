"""Results as aligned text for people, or as JSON for machines."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from typing import Any


def add_json_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--json", action="store_true", help="print the results as one JSON object"
    )


def print_json(results: dict[str, Any]) -> None:
    """Prints an object, with JSON's own escapes for what the stream cannot hold."""
    is_utf = (sys.stdout.encoding or "utf-8").lower().startswith("utf")
    print(json.dumps(results, indent=2, default=float, ensure_ascii=not is_utf))


def print_table(rows: Sequence[Sequence[Any]], indent: str = "  ") -> None:
    """Prints columns, each as wide as its widest cell."""
    texts = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(cell) for cell in column) for column in zip(*texts, strict=True)]
    for row in texts:
        line = "  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True))
        print((indent + line).rstrip())


def by(pair: Sequence[Any]) -> str:
    """A pair of numbers as `height×width`."""
    return "×".join("?" if n is None else f"{n:g}" for n in pair)
