"""How each kind of layer moves the receptive field, along one image axis at a time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from keras import layers

from kerasseg.errors import GeometryError
from kerasseg.graph import Call
from kerasseg.layer_kinds import (
    adds_channel_axis,
    global_pooling,
    has_axis,
    is_elementwise_operation,
    is_flattening,
    is_merge,
    is_pointwise,
    works_on_channels,
)
from kerasseg.layers import CropToCommon2D, SpreadOverMap2D
from kerasseg.windows import Window, covers_map, padding_of, spatial_axes, window_of


@dataclass(frozen=True)
class Axis:
    """Along one axis, cell i sees the pixels from start + i*stride, `size` of them.

    Fractions, because maps that were enlarged have strides below one. `size` is `None`
    where a global pooling saw a map of unknown length.
    """

    start: Fraction = Fraction(0)
    size: Fraction | None = Fraction(1)
    stride: Fraction = Fraction(1)


@dataclass(frozen=True)
class Field:
    """Both axes of a map.

    Attributes:
        pooled: Whether the map was reduced to one cell that saw all of it.
        whole_image: Whether such a cell was merged back into a map.
        flattened: If the map was only flattened: its shape and field before.
    """

    y: Axis
    x: Axis
    pooled: bool = False
    whole_image: bool = False
    flattened: tuple[tuple, Field] | None = None


def axes_after(call: Call, fields: list[Field | None]) -> Field | None:
    """The field of a call's output, from those of its inputs.

    Args:
        call: The call.
        fields: One for each input edge; `None` for what does not come from the image.

    Raises:
        GeometryError: The layer has no such geometry.
    """
    operation = call.operation
    known = [field for field in fields if field is not None]
    if not known:
        return None
    if is_merge(operation) or (is_elementwise_operation(operation) and len(known) > 1):
        return _union(call, known)
    if type(operation) is SpreadOverMap2D:
        return known[-1]
    if adds_channel_axis(call):
        return known[0]
    if is_pointwise(operation):
        if not known[0].pooled:
            _check_channels(call)
        return replace(known[0], flattened=None)
    if type(operation) is CropToCommon2D:
        return _union(call, known)
    if is_flattening(operation) and known[0].flattened is not None:
        shape, before = known[0].flattened
        return before if call.outputs[0].shape == shape else known[0]
    if known[0].pooled and (_one_cell(call) or is_flattening(operation)):
        return known[0]  # vectors, and maps of one cell, stay what they are
    if known[0].pooled and global_pooling(operation):
        return known[0]  # exchanged axes count as flat already
    window = window_of(operation)
    if known[0].pooled:
        raise GeometryError(
            f"Layer '{call.path}' ({type(operation).__name__}) enlarges or rearranges "
            "what was taken from the whole map: its cells have no place of their own.",
            call.path,
        )
    if window is not None:
        if covers_map(call):
            window = replace(window, strides=(1, 1))
        lengths = _lengths(call)
        return _each_axis(known[0], lambda i, a: _slide(a, window, i, lengths[i]))
    # Exchanged axes can only be flattened, so they count as flat already.
    is_flat = is_flattening(operation) or type(operation) is layers.Permute
    if global_pooling(operation):
        return _whole(call, known[0])
    if is_flat:
        before = call.inputs[0].shape, known[0]
        kept = before if is_flattening(operation) else None
        return replace(_whole(call, known[0]), flattened=kept)
    if type(operation) is layers.UpSampling2D and operation.interpolation == "nearest":
        factors = operation.size
        return _each_axis(known[0], lambda i, a: _enlarge(a, factors[i], factors[i]))
    if type(operation) is layers.Conv2DTranspose and operation.output_padding is None:
        return _transposed(call, known[0])
    raise GeometryError(
        f"The receptive field of layer '{call.path}' ({type(operation).__name__}) is "
        "not known: nothing says which pixels it reads.",
        call.path,
    )


def _check_channels(call: Call) -> None:
    operation, rank = call.operation, len(call.inputs[0].shape)
    if type(operation) is layers.BatchNormalization:
        return  # its statistics are numbers, taken in training
    # An image (batch, height, width) has no channels: its last axis is the width.
    along_rows = rank == 3 and (has_axis(operation) or type(operation) is layers.Dense)
    if along_rows and getattr(operation, "axis", -1) not in (None, ()):
        is_local = False
    else:
        is_local = works_on_channels(operation, rank)
    if not is_local:
        axis = getattr(operation, "axis", -1)
        raise GeometryError(
            f"Layer '{call.path}' ({type(operation).__name__}) works along axis "
            f"{axis}, so its cells see whole rows or columns.",
            call.path,
        )


def _slide(axis: Axis, window: Window, i: int, length: int | None) -> Axis:
    """A window of k cells, d apart, every s cells, beginning p cells outside."""
    reach = (window.kernel_size[i] - 1) * window.dilation_rate[i]
    before, _ = padding_of(window, i, length)
    return Axis(
        start=axis.start - before * axis.stride,
        size=None if axis.size is None else axis.size + reach * axis.stride,
        stride=axis.stride * window.strides[i],
    )


def _enlarge(axis: Axis, factor: int, kernel: int, before: int = 0) -> Axis:
    """Output cell o reads the cells from (o + before - kernel + 1)/f to (o + before)/f.

    The box holds what any output cell can see; those between two input cells see less.
    """
    step = axis.stride / factor
    reach = kernel - 1
    return Axis(
        start=axis.start + (before - reach) * step,
        size=None if axis.size is None else axis.size + reach * step,
        stride=step,
    )


def _transposed(call: Call, field: Field) -> Field:
    layer = call.operation

    def enlarge(i: int, axis: Axis) -> Axis:
        kernel, stride = layer.kernel_size[i], layer.strides[i]
        span = (kernel - 1) * layer.dilation_rate[i] + 1
        before = max(span - stride, 0) // 2 if layer.padding == "same" else 0
        return _enlarge(axis, stride, span, before)

    return _each_axis(field, enlarge)


def _whole(call: Call, field: Field) -> Field:
    """One cell that saw all the cells of the map before it."""
    lengths = _lengths(call)

    def widen(i: int, axis: Axis) -> Axis:
        if axis.size is None or lengths[i] is None:
            return replace(axis, size=None)
        return replace(axis, size=axis.size + (lengths[i] - 1) * axis.stride)

    return replace(_each_axis(field, widen), pooled=True)


def _union(call: Call, fields: list[Field]) -> Field:
    """What the cells of several maps, laid over each other, see together."""
    maps = [field for field in fields if not field.pooled]
    if maps:
        _check_channels(call)
    _check_sizes(call, fields)
    whole = any(f.whole_image for f in fields) or 0 < len(maps) < len(fields)
    joined = maps or fields
    y = _union_axis(call, [field.y for field in joined])
    x = _union_axis(call, [field.x for field in joined])
    return Field(y, x, pooled=not maps, whole_image=whole)


def _check_sizes(call: Call, fields: list[Field]) -> None:
    if type(call.operation) is CropToCommon2D or len(fields) != len(call.inputs):
        return
    pairs = zip(call.inputs, fields, strict=True)
    sizes = {edge.shape[1:3] for edge, field in pairs if not field.pooled}
    if len({size for size in sizes if None not in size}) > 1:
        raise GeometryError(
            f"Layer '{call.path}' ({type(call.operation).__name__}) joins maps of "
            f"different sizes ({sizes}), so that one cell is spread over many.",
            call.path,
        )


def _union_axis(call: Call, axes: list[Axis]) -> Axis:
    strides = {axis.stride for axis in axes}
    if len(strides) > 1:
        raise GeometryError(
            f"Layer '{call.path}' ({type(call.operation).__name__}) joins maps of "
            f"different strides ({', '.join(map(str, sorted(strides)))} pixels), so "
            "its cells have no common place on the image.",
            call.path,
        )
    if any(axis.size is None for axis in axes):
        return replace(axes[0], size=None)
    start = min(axis.start for axis in axes)
    end = max(axis.start + axis.size for axis in axes)
    return Axis(start, end - start, axes[0].stride)


def _each_axis(field: Field, change) -> Field:
    return replace(field, y=change(0, field.y), x=change(1, field.x))


def _lengths(call: Call) -> tuple[int | None, int | None]:
    shape = call.inputs[0].shape
    if len(shape) == 3:  # an image without channel axis
        return shape[1:]
    if len(shape) != 4:
        return 1, 1
    y, x = spatial_axes(getattr(call.operation, "data_format", None))
    return shape[y], shape[x]


def _one_cell(call: Call) -> bool:
    """Whether the call keeps to vectors or to maps of one cell."""
    return all(
        len(edge.shape) == 2 or edge.shape[1:3] == (1, 1) or edge.shape[2:] == (1, 1)
        for edge in call.inputs + call.outputs
    )
