"""An encoder made ready for images of any size: its maps, strides and alignment."""

from __future__ import annotations

import itertools
import os
import warnings
from dataclasses import dataclass
from pathlib import Path

import keras

from kerasseg.errors import ArgumentError, FileError
from zoo.dilation import rebuild
from zoo.encoders import LEVELS, PAD_ALIKE_ON_BOTH_SIDES, Encoder
from zoo.weights import load_weights

_PROBE = 960  # pixels; every stride that nets have divides it


@dataclass(frozen=True)
class Trunk:
    """An encoder that is ready to be called.

    Attributes:
        model: From an image of any size to the list of its maps, finest first.
        strides: Pixels between neighbouring cells of each.
        align_corners: As in `Encoder`.
    """

    model: keras.Model
    strides: tuple[int, ...]
    align_corners: bool

    @property
    def rest(self) -> int:
        """What image sizes must leave when divided by the coarsest stride."""
        return int(self.align_corners and self.strides[-1] > 1)


def build_trunk(
    encoder: str | Encoder,
    encoder_weights: str | Path | None,
    channels: int,
    *,
    depth: int | None = None,
    output_stride: int | None = None,
) -> Trunk:
    """Builds an encoder for images of any size.

    Args:
        encoder: A name from the table of `zoo.encoders`, or an `Encoder`.
        encoder_weights: As the networks take them, checked by `check_encoder`.
        channels: Those of the image.
        depth: Number of levels, the finest ones; `None` for all.
        output_stride: Largest stride; later ones become dilations. `None` keeps all.

    Raises:
        ArgumentError: The `Encoder` has no such levels, or they do not fit.
        FileError: The weights cannot be downloaded, or the file does not fit.
    """
    if isinstance(encoder, Encoder):
        model, levels, align_corners = (
            encoder.model,
            encoder.levels,
            encoder.align_corners,
        )
        _check_model(model, levels, channels)
    else:
        model = _build(encoder, encoder_weights, channels)
        levels = LEVELS[encoder]
        align_corners = encoder in PAD_ALIKE_ON_BOTH_SIDES
    if depth is not None and depth > len(levels):
        raise ArgumentError(
            f"The encoder has {len(levels)} levels. Received: depth={depth}"
        )
    levels = levels[:depth]
    outputs = [_output(model, level) for level in levels]
    is_trained = isinstance(encoder, Encoder) or encoder_weights is not None
    maps = rebuild(model, outputs, channels, output_stride, copy_weights=is_trained)
    strides = _strides(maps, levels, channels, align_corners)
    if output_stride is not None and strides[-1] != output_stride:
        own = rebuild(model, outputs, channels, copy_weights=False)
        _refuse_stride(output_stride, _strides(own, levels, channels, align_corners))
    _check_strides(strides, output_stride)
    return Trunk(maps, strides, align_corners)


def _build(name, weights, channels):
    build = getattr(keras.applications, name)
    is_published = weights == "imagenet"
    with warnings.catch_warnings():
        # MobileNet wants to know the size; the others, what is odd about four channels.
        warnings.filterwarnings("ignore", message="`input_shape` is undefined")
        warnings.filterwarnings("ignore", message="This model usually expects")
        try:
            model = build(
                include_top=False,
                weights="imagenet" if is_published else None,
                input_shape=(None, None, channels),
            )
        except Exception as error:  # get_file raises a bare Exception when offline
            if not is_published:
                raise
            home = Path(os.environ.get("KERAS_HOME", "~/.keras")).expanduser()
            raise FileError(
                home / "models",
                f"the weights of {name} are not here and cannot be downloaded: {error}",
            ) from error
    load_weights(model, None if is_published else weights)
    return model


def _check_model(model, levels, channels):
    if not isinstance(model, keras.Model) or not isinstance(levels, list | tuple):
        raise ArgumentError(
            "An Encoder takes a Keras model and a list of names of its layers. "
            f"Received: encoder=Encoder({model!r}, {levels!r})"
        )
    received = f"Received: encoder=Encoder(model, {list(levels)!r})"
    names = {layer.name for layer in model.layers}
    for level in levels:
        if level not in names:
            raise ArgumentError(
                f"The encoder '{model.name}' has no layer '{level}'. {received}"
            )
    shape = model.input_shape
    if not isinstance(shape, tuple) or len(shape) != 4 or shape[3] != channels:
        raise ArgumentError(
            f"The encoder '{model.name}' must take one image of {channels} channels, "
            f"but its input is {shape}. {received}"
        )
    if not levels:
        raise ArgumentError(f"An encoder needs a level or more. {received}")


def _output(model, level):
    return model.output if level is None else model.get_layer(level).output


def _strides(model, levels, channels, align_corners):
    """Strides of all levels, from the sizes of the maps of a large image."""
    rest = int(align_corners)
    size = _PROBE + rest
    shapes = keras.tree.map_shape_structure(
        tuple, model.compute_output_shape((1, size, size, channels))
    )
    strides = []
    for level, shape in zip(levels, shapes, strict=True):
        cells = shape[1] - rest if len(shape) == 4 else 0
        if cells < 1 or _PROBE % cells or shape[1] != shape[2]:
            raise ArgumentError(
                f"Level '{level}' of the encoder gives {tuple(shape[1:3])} cells for "
                f"{size} pixels, which is no whole stride: its layers must pad as "
                f"'same' does. Received: encoder with levels {list(levels)!r}"
            )
        strides.append(_PROBE // cells)
    return tuple(strides)


def _check_strides(strides, output_stride):
    for fine, coarse in itertools.pairwise(strides):
        if coarse % fine or (coarse == fine != output_stride):
            raise ArgumentError(
                "Each level of an encoder must be coarser than the one before by a "
                f"whole factor. Received: encoder with levels of strides {strides}"
            )


def _refuse_stride(output_stride, own):
    raise ArgumentError(
        "output_stride must be the stride of a level of the encoder, one of "
        f"{', '.join(map(str, sorted(set(own))))}. Received: "
        f"output_stride={output_stride}"
    )
