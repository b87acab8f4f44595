import numpy as np
import pytest

from kerasseg.errors import ArgumentError
from kerasseg.ignored_labels import checked_ignore_class, ignored_labels


@pytest.mark.parametrize(
    ("given", "kept", "labels"),
    [
        (None, None, ()),
        (255, 255, (255,)),
        (np.uint8(255), 255, (255,)),
        (-1, -1, (-1,)),
        ([255, np.int64(0)], (0, 255), (0, 255)),
        ({11}, (11,), (11,)),
        ((), (), ()),
    ],
)
def test_reads_one_label_or_several(given, kept, labels):
    found = checked_ignore_class(given)
    assert (found, type(found)) == (kept, type(kept))
    assert ignored_labels(given) == ignored_labels(found) == labels


@pytest.mark.parametrize("given", [255.0, "void", (1, 2.5)])
def test_refuses_what_is_no_label(given):
    with pytest.raises(ArgumentError, match="Received: ignore_class="):
        ignored_labels(given)
