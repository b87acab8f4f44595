"""How each kind of layer moves the receptive field of the map that it works on."""

from __future__ import annotations

from dataclasses import replace

from keras import layers

from kerasseg.errors import GeometryError
from kerasseg.graph import Call, Edge
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
from kerasseg.layers import (
    CheckSize2D,
    CropToCommon2D,
    PadToMultiple2D,
    SpreadOverMap2D,
)
from kerasseg.receptive_axes import Axis, Field, each_axis, enlarge, see_all, slide
from kerasseg.windows import covers_map, spatial_axes, window_of

# What PadToMultiple2D adds stands behind the image, like the zeros of other paddings.
_SAME_PLACES = (CheckSize2D, PadToMultiple2D)


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
    if _joins(call, known):
        return _union(call, known)
    if type(operation) is SpreadOverMap2D:
        return known[-1]
    field = known[0]
    if type(operation) in _SAME_PLACES:
        return field
    reshapes = is_flattening(operation) or adds_channel_axis(call)
    if reshapes and field.flattened is not None:
        shape, before = field.flattened
        as_before = call.outputs[0].shape == shape
        return before if as_before else _after_pooling(call, field)
    if adds_channel_axis(call):
        return field
    if is_pointwise(operation):
        if not field.pooled:
            _check_channels(call)
        return replace(field, flattened=None)
    return _after_pooling(call, field) if field.pooled else _on_map(call, field)


def _joins(call: Call, known: list[Field]) -> bool:
    operation = call.operation
    if is_merge(operation) or type(operation) is CropToCommon2D:
        return True
    return is_elementwise_operation(operation) and len(known) > 1


def _after_pooling(call: Call, field: Field) -> Field:
    """Vectors, and maps of one cell, stay what they are; exchanged axes count so.

    What has several cells again may lie inside a gate, to be merged into a map.
    """
    if _one_cell(call.outputs):
        return replace(field, spread=None)
    return replace(field, spread=f"'{call.path}' ({type(call.operation).__name__})")


def _on_map(call: Call, field: Field) -> Field:
    operation = call.operation
    window = window_of(operation)
    if window is not None:
        if covers_map(call):
            window = replace(window, strides=(1, 1))
        lengths = _lengths(call)
        return each_axis(field, lambda i, axis: slide(axis, window, i, lengths[i]))
    if global_pooling(operation) or type(operation) is layers.Permute:
        # Exchanged axes can only be flattened.
        return _after_pooling(call, _whole(call, field))
    if is_flattening(operation):
        before = call.inputs[0].shape, field
        return _after_pooling(call, replace(_whole(call, field), flattened=before))
    if type(operation) is layers.UpSampling2D and operation.interpolation == "nearest":
        factors = operation.size
        return each_axis(field, lambda i, axis: enlarge(axis, factors[i], factors[i]))
    if type(operation) is layers.Conv2DTranspose and operation.output_padding is None:
        return _transposed(call, field)
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


def _transposed(call: Call, field: Field) -> Field:
    layer = call.operation

    def spread(i: int, axis: Axis) -> Axis:
        kernel, stride = layer.kernel_size[i], layer.strides[i]
        span = (kernel - 1) * layer.dilation_rate[i] + 1
        before = max(span - stride, 0) // 2 if layer.padding == "same" else 0
        return enlarge(axis, stride, span, before)

    return each_axis(field, spread)


def _whole(call: Call, field: Field) -> Field:
    """One cell that saw all the cells of the map before it."""
    lengths = _lengths(call)
    return replace(
        each_axis(field, lambda i, axis: see_all(axis, lengths[i])), pooled=True
    )


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
    spread = None if maps else next((f.spread for f in fields if f.spread), None)
    return Field(y, x, pooled=not maps, whole_image=whole, spread=spread)


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


def _lengths(call: Call) -> tuple[int | None, int | None]:
    shape = call.inputs[0].shape
    if len(shape) == 3:  # an image without channel axis
        return shape[1:]
    if len(shape) != 4:
        return 1, 1
    y, x = spatial_axes(getattr(call.operation, "data_format", None))
    return shape[y], shape[x]


def _one_cell(edges: list[Edge]) -> bool:
    """Whether these are vectors or maps of one cell."""
    return all(
        set(edge.shape[1:-1]) <= {1} or edge.shape[2:] == (1, 1) for edge in edges
    )
