"""The end of the interpreter, which would wait for ever for endless data."""

from __future__ import annotations

import atexit
import functools
import gc
import sys
import traceback


@functools.cache  # once a process
def let_go_at_exit() -> None:
    """Has iterators over endless data that nobody uses destroyed before the end.

    They read ahead in threads that call Python. While the interpreter lives, destroying
    one stops its threads; once it ends, no thread may enter Python any more, and the
    destructor waits for them for ever. Keras leaves such iterators in cycles when `fit`
    is over, and those of a `fit` that failed hang on the traceback.
    """
    atexit.register(_let_go)


def _let_go() -> None:
    errors, seen = [getattr(sys, "last_value", None)], set()
    while errors:
        error = errors.pop()
        if error is not None and id(error) not in seen:
            seen.add(id(error))
            traceback.clear_frames(error.__traceback__)
            errors += [error.__cause__, error.__context__]
    gc.collect()
