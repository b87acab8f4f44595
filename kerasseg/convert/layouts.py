"""How a tensor of the classifier stands in the converted net."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from keras import KerasTensor

from kerasseg.convert.lengths import Lengths
from kerasseg.graph import Call


class Layout(Enum):
    """The ways in which one tensor stands for another.

    Attributes:
        MAP: `(B, h, w, C)` stays a map, of any size.
        VECTOR: `(B, n)` becomes `(B, H, W, n)`: a vector at every place.
        WINDOW: `(B, h*w*C)`, a flattened map, becomes the map itself, `(B, H, W, C)`.
            The vector at a place is the window that begins there, not yet taken.
        PERMUTED: A map whose axes were exchanged becomes the map as it was before.
        PLANE: `(B, h, w)`, an image without channel axis, becomes `(B, H, W, 1)`.
        WHOLE: `(B, n)` or `(B, 1, 1, n)`, pooled from the whole image, stays what it
            is: the gate of a squeeze-and-excite block.
        BESIDE: What an input beside the image gives stays what it is, for all places.
    """

    MAP = "map"
    VECTOR = "vector"
    WINDOW = "window"
    PERMUTED = "permuted"
    PLANE = "plane"
    WHOLE = "whole"
    BESIDE = "beside"

    @property
    def has_places(self) -> bool:
        """Whether the tensor of the converted net is a map."""
        return self not in (Layout.WHOLE, Layout.BESIDE)


@dataclass(frozen=True)
class Value:
    """A tensor of the converted net and what it stands for.

    Attributes:
        tensor: The tensor, channels last.
        layout: How it stands for the classifier's tensor.
        window_size: `(height, width)` of the flattened map, for the `WINDOW` layout.
        flattened_by: For `WINDOW`, the call that flattened the map.
        order: For `WINDOW` and `PERMUTED`, how the classifier's axes follow from
            (height, width, channels): `(2, 0, 1)` if it had the channels first.
        stride: Pixels from cell to cell of the new map, (y, x).
        rate: Cells of the new map from one of the classifier's to the next, (y, x);
            above 1 where strides were removed.
        lengths: Sizes of the new map, over many image sizes; `None` if it has no
            places.
    """

    tensor: KerasTensor
    layout: Layout
    lengths: Lengths | None
    window_size: tuple[int, int] | None = None
    flattened_by: Call | None = None
    order: tuple[int, int, int] = (0, 1, 2)
    stride: tuple[int, int] = (1, 1)
    rate: tuple[int, int] = (1, 1)

    def vector(self, tensor: KerasTensor, window_size=(1, 1), padding="valid") -> Value:
        """A vector at every place, taken from a window of cells `rate` apart."""
        lengths = self.lengths.after(window_size, (1, 1), self.rate, padding)
        return Value(tensor, Layout.VECTOR, lengths, stride=self.stride, rate=self.rate)
