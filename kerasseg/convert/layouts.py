"""How a tensor of the classifier stands in the converted net."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from keras import KerasTensor


class Layout(Enum):
    """The ways in which one tensor stands for another.

    Attributes:
        MAP: `(B, h, w, C)` stays a map, of any size.
        VECTOR: `(B, n)` becomes `(B, H, W, n)`: a vector at every place.
        WINDOW: `(B, h*w*C)`, a flattened map, becomes the map itself, `(B, H, W, C)`.
            The vector at a place is the window that begins there, not yet taken.
        PERMUTED: A map whose axes were exchanged becomes the map as it was before.
        WHOLE: `(B, n)` or `(B, 1, 1, n)`, pooled from the whole image, stays what it
            is: the gate of a squeeze-and-excite block.
    """

    MAP = "map"
    VECTOR = "vector"
    WINDOW = "window"
    PERMUTED = "permuted"
    WHOLE = "whole"


@dataclass(frozen=True)
class Value:
    """A tensor of the converted net and what it stands for.

    Attributes:
        tensor: The tensor, channels last.
        layout: How it stands for the classifier's tensor.
        window_size: `(height, width)` of the flattened map, for the `WINDOW` layout.
        order: For `WINDOW` and `PERMUTED`, how the classifier's axes follow from
            (height, width, channels): `(2, 0, 1)` if it had the channels first.
    """

    tensor: KerasTensor
    layout: Layout
    window_size: tuple[int, int] | None = None
    order: tuple[int, int, int] = (0, 1, 2)
