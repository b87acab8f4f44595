"""Memory-mapped arrays, whose pages count as this process's memory once touched."""

from __future__ import annotations

import mmap
from typing import Any

import numpy as np


def release_pages(array: Any) -> None:
    """Lets go of the pages of a memory-mapped file; what was written stays written.

    The system would keep them until memory is short, and count them to this process.
    Maps of mode `"c"` hold changes that no file has, so they are left alone, as is
    everything that is no `numpy.memmap`.
    """
    if not isinstance(array, np.memmap) or array.mode not in ("r", "r+", "w+"):
        return
    base = array
    while isinstance(base, np.ndarray):
        base = base.base
    if isinstance(base, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        base.madvise(mmap.MADV_DONTNEED)
