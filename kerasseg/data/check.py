"""Everything that is wrong with a data set, found by reading all of it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from kerasseg.data.listing import Problem
from kerasseg.errors import DataError, printable

Source = TypeVar("Source")

_THREADS = 4  # decoding runs outside Python's lock


@dataclass(frozen=True)
class CheckReport:
    """What `SegmentationDataset.check` found.

    Attributes:
        name: Of the data set.
        samples: How many samples were read.
        problems: `(path, what is wrong)` of every file at fault.

    Example:

    >>> from pathlib import Path
    >>> report = CheckReport("cells", 2, [(Path("a.png"), "no such file")])
    >>> print(report)
    cells: 2 samples read, 1 problem
      a.png: no such file
    """

    name: str
    samples: int
    problems: list[Problem]

    @property
    def summary(self) -> str:
        problems = len(self.problems)
        plural = "s" if problems != 1 else ""
        return f"{self.name}: {self.samples} samples read, {problems} problem{plural}"

    def __str__(self) -> str:
        lines = [f"\n  {printable(path)}: {text}" for path, text in self.problems]
        return self.summary + "".join(lines)

    def raise_if_broken(self) -> None:
        """Raises DataError if there are problems."""
        if self.problems:
            raise DataError(self.summary, self.problems)


def check_samples(
    name: str,
    sources: Sequence[Source],
    problems_of: Callable[[Source], Iterable[Problem]],
) -> CheckReport:
    """Collects the problems of all sources, in order, each once."""
    with ThreadPoolExecutor(_THREADS) as pool:
        found = pool.map(lambda source: list(problems_of(source)), sources)
        problems = dict.fromkeys(itertools.chain.from_iterable(found))
    return CheckReport(name, len(sources), list(problems))
