"""Matrices of integers in MATLAB's .mat files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from scipy import io

from kerasseg.data.decoding import check_is_file, check_pixels
from kerasseg.errors import FileError, KerasSegError


def read_matrix(path: Path, name: str) -> np.ndarray:
    """Reads one matrix of a file, up to version 7.2.

    Returns:
        `(rows, columns)` int32.

    Raises:
        FileError: There is no such file or matrix, it is damaged, or not of integers.
    """
    check_is_file(path)
    try:
        shapes = {n: (shape, kind) for n, shape, kind in io.whosmat(str(path))}
        if name not in shapes:
            raise FileError(path, f"holds no matrix {name}")
        shape, kind = shapes[name]
        if len(shape) != 2 or not kind.startswith(("int", "uint")):
            raise FileError(path, f"{name} must hold integers in rows, not {kind}")
        check_pixels(path, shape[1], shape[0])  # before it is decompressed
        matrix = io.loadmat(str(path), variable_names=[name])[name]
    except KerasSegError:
        raise
    except Exception as error:  # on damage, anything: zlib.error, TypeError, ...
        text = " ".join(str(error).split()) or type(error).__name__
        raise FileError(path, f"cannot be read as a .mat file: {text}") from error
    return matrix.astype(np.int32)
