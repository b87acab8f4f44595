"""Files written whole or not at all, and models loaded with errors that say why not."""

from kerasseg.files.first_bytes import check_readable
from kerasseg.files.loading import load_and_report, load_model
from kerasseg.files.weights import check_weights_file
from kerasseg.files.writing import (
    atomic_path,
    check_writable,
    save_model,
    strays_of,
)

__all__ = [
    "atomic_path",
    "check_readable",
    "check_weights_file",
    "check_writable",
    "load_and_report",
    "load_model",
    "save_model",
    "strays_of",
]
