"""The labels of Cityscapes: 34 ids, of which 19 are trained under numbers of their own.

https://github.com/mcordts/cityscapesScripts
"""

from __future__ import annotations

import numpy as np

from kerasseg.errors import ArgumentError

IGNORED = 255
_NOT_TRAINED = IGNORED

# Label, train id, colour; the row is the id.
_LABELS = (
    ("unlabeled", _NOT_TRAINED, (0, 0, 0)),
    ("ego vehicle", _NOT_TRAINED, (0, 0, 0)),
    ("rectification border", _NOT_TRAINED, (0, 0, 0)),
    ("out of roi", _NOT_TRAINED, (0, 0, 0)),
    ("static", _NOT_TRAINED, (0, 0, 0)),
    ("dynamic", _NOT_TRAINED, (111, 74, 0)),
    ("ground", _NOT_TRAINED, (81, 0, 81)),
    ("road", 0, (128, 64, 128)),
    ("sidewalk", 1, (244, 35, 232)),
    ("parking", _NOT_TRAINED, (250, 170, 160)),
    ("rail track", _NOT_TRAINED, (230, 150, 140)),
    ("building", 2, (70, 70, 70)),
    ("wall", 3, (102, 102, 156)),
    ("fence", 4, (190, 153, 153)),
    ("guard rail", _NOT_TRAINED, (180, 165, 180)),
    ("bridge", _NOT_TRAINED, (150, 100, 100)),
    ("tunnel", _NOT_TRAINED, (150, 120, 90)),
    ("pole", 5, (153, 153, 153)),
    ("polegroup", _NOT_TRAINED, (153, 153, 153)),
    ("traffic light", 6, (250, 170, 30)),
    ("traffic sign", 7, (220, 220, 0)),
    ("vegetation", 8, (107, 142, 35)),
    ("terrain", 9, (152, 251, 152)),
    ("sky", 10, (70, 130, 180)),
    ("person", 11, (220, 20, 60)),
    ("rider", 12, (255, 0, 0)),
    ("car", 13, (0, 0, 142)),
    ("truck", 14, (0, 0, 70)),
    ("bus", 15, (0, 60, 100)),
    ("caravan", _NOT_TRAINED, (0, 0, 90)),
    ("trailer", _NOT_TRAINED, (0, 0, 110)),
    ("train", 16, (0, 80, 100)),
    ("motorcycle", 17, (0, 0, 230)),
    ("bicycle", 18, (119, 11, 32)),
)
NAMES = tuple(name for name, _, _ in _LABELS)
COLORS = np.array([color for _, _, color in _LABELS], np.uint8)
TRAIN_ID_OF_ID = np.array([train_id for _, train_id, _ in _LABELS])
ID_OF_TRAIN_ID = np.flatnonzero(TRAIN_ID_OF_ID != _NOT_TRAINED)
TRAIN_NAMES = tuple(NAMES[i] for i in ID_OF_TRAIN_ID)


def ids_to_train_ids(ids: np.ndarray) -> np.ndarray:
    """The class to train, 0…18, of each Cityscapes id 0…33; 255 where there is none.

    Raises:
        ArgumentError: There are other ids.
    """
    return _translated(ids, TRAIN_ID_OF_ID)


def train_ids_to_ids(train_ids: np.ndarray) -> np.ndarray:
    """The Cityscapes id of each class trained, as the benchmark's server takes them.

    Ignored pixels, 255, become 0, "unlabeled".

    Raises:
        ArgumentError: There are other ids.
    """
    table = np.full(IGNORED + 1, -1)
    table[: len(ID_OF_TRAIN_ID)] = ID_OF_TRAIN_ID
    table[IGNORED] = 0
    return _translated(train_ids, table)


def _translated(ids: np.ndarray, table: np.ndarray) -> np.ndarray:
    ids = np.asarray(ids)
    if ids.size and (ids.min() < 0 or ids.max() >= len(table) or table[ids].min() < 0):
        raise ArgumentError(
            f"There are ids that Cityscapes has not. Received: {ids.min()}…{ids.max()}"
        )
    return table[ids].astype(np.int32)
