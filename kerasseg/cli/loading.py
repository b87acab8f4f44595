"""Loading Keras without the page of notices that TensorFlow prints when imported."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


def load_keras(begin: Callable[[], Any] | None = None) -> Any:
    """Imports Keras and its backend; what they print is shown only if that fails.

    Args:
        begin: What is to come before any operation; its result is returned.

    TensorFlow's notices (which instructions it uses, that there is no GPU) come from
    C++ before any setting of Python's is read, and since 2.18 `TF_CPP_MIN_LOG_LEVEL`
    does not stop them.
    """
    if "keras" not in sys.modules:
        with _held_back_standard_error():
            import keras

            result = None if begin is None else begin()
            keras.ops.zeros(())  # the first operation looks for devices, and says so
            return result
    return None if begin is None else begin()


@contextmanager
def _held_back_standard_error() -> Iterator[None]:
    sys.stderr.flush()
    try:
        kept = os.dup(2)
    except OSError:  # no standard error at all, as under some schedulers
        yield
        return
    with tempfile.TemporaryFile() as notices:
        os.dup2(notices.fileno(), 2)
        try:
            yield
        except BaseException:
            os.dup2(kept, 2)
            notices.seek(0)
            os.write(2, notices.read())
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)
