"""What the chief does for all workers, and refuses for all of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from kerasseg.errors import FileError

if TYPE_CHECKING:
    from kerasseg.training.distribution.strategy import Strategy

_Found = TypeVar("_Found")
_LONGEST = 2000  # bytes of the words by which something is refused


def let_chief(strategy: Strategy, act: Callable[[], _Found]) -> _Found | None:
    """Lets the chief do something, for which all others wait; every worker calls this.

    Were the chief alone to know why it ends, the others would miss it, and tell to
    start all again.

    Args:
        strategy: Of this worker.
        act: What the chief does.

    Returns:
        To the chief what `act` does, to others `None`.

    Raises:
        FileError: The chief could not do it; every worker raises it.
    """
    found, refusal = None, None
    if strategy.is_chief:
        try:
            found = act()
        except FileError as error:
            refusal = error
    said = "" if refusal is None else f"{refusal.problem}\0{refusal.path}"
    heard = _words(strategy.chiefs(_numbers(said)))
    if refusal is not None:
        raise refusal
    if heard:
        problem, _, path = heard.partition("\0")
        raise FileError(path, problem)
    return found


def _numbers(text: str) -> np.ndarray:
    """The bytes of a text, as an array of one length whatever the text."""
    encoded = text.encode(errors="replace")[:_LONGEST]
    return np.frombuffer(encoded.ljust(_LONGEST, b"\0"), np.uint8)


def _words(numbers: np.ndarray) -> str:
    return numbers.astype(np.uint8).tobytes().rstrip(b"\0").decode(errors="ignore")
