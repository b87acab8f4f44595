"""The end of the interpreter, which would wait for ever for endless data."""

from __future__ import annotations

import atexit
import functools
import gc
import sys
import traceback

import tensorflow as tf


@functools.cache  # once a process
def let_go_at_exit() -> None:
    """Has iterators over endless data destroyed before the end.

    They read ahead in threads that call Python. While the interpreter lives, destroying
    one stops its threads; once it ends, no thread may enter Python any more, and the
    destructor waits for them for ever. Keras leaves such iterators in cycles when `fit`
    is over; those of a `fit` that failed hang on the traceback, a script's own in its
    globals.
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
    for iterator in _iterators():
        vars(iterator).clear()  # whoever has it holds the shell alone


def _iterators() -> list[tf.data.Iterator]:
    # By type(): isinstance asks proxies too, whose objects may be gone.
    return [x for x in gc.get_objects() if issubclass(type(x), tf.data.Iterator)]
