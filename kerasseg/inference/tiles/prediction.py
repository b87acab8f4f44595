"""The overlap-tile strategy: a score for every pixel of an image of any size."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from kerasseg.errors import ArgumentError
from kerasseg.inference.tiles.arguments import (
    check_image,
    check_model,
    check_options,
    check_out,
    pair,
)
from kerasseg.inference.tiles.assembly import BlendedTiles, CroppedTiles, Finish
from kerasseg.inference.tiles.axis_plan import AxisPlan
from kerasseg.inference.tiles.planning import plan_tiles
from kerasseg.inference.tiles.progress import TileBar
from kerasseg.inference.tiles.runner import Preprocess, TileRunner
from kerasseg.inference.tiles.symmetries import symmetries


def predict_tiled(
    model: keras.Model,
    image: Any,
    tile_size: int | tuple[int, int],
    overlap: int | tuple[int, int] | None = None,
    blend: str = "crop",
    padding_mode: str | None = "reflect",
    output: str = "scores",
    out: Any = None,
    *,
    extend_border: bool = False,
    batch_size: int = 1,
    preprocess: Preprocess = None,
    flips: bool = False,
    rotations: bool = False,
    threshold: float = 0.5,
    progress: bool = True,
) -> Any:
    """Segments an image of any size in tiles, exactly as in one piece.

    This is the overlap-tile strategy of U-Net, for any net that gives a score for every
    pixel: padded nets, nets that give less than they take (572 → 388 pixels), nets of
    one fixed size, nets that refuse some sizes. Tiles overlap by as much as the net
    looks around a pixel, and begin on the grid of its poolings, so with
    `blend="crop"` every score is the one that the whole image would give, border
    included, as long as the net can take that image.

    *At the border of the image* a padded net sees its own zeros, as it did in training
    and would in one piece: its tiles end there. A net that gives less than it takes
    needs pixels beyond the border, and `padding_mode` says which; with `None` it gives
    scores for the inside alone. `extend_border=True` continues the image for padded
    nets too, so that they meet no zeros; the scores near the border then differ from
    those in one piece.

    *Memory* holds the tiles of a batch; by "gaussian" and "mean" also the scores of a
    band as high as a tile and as wide as the image. The image and `out` may be
    `numpy.memmap`, arrays of zarr or data sets of h5py: each tile is read, and each
    part that is done written, by slices, and mapped pages are let go.

    Reference:

    - [U-Net: Convolutional Networks for Biomedical Image Segmentation](
      https://arxiv.org/abs/1505.04597) (Ronneberger, Fischer and Brox, 2015), section 2

    Args:
        model: A net from `(batch, height, width, channels)` to
            `(batch, height', width', classes)`.
        image: `(height, width, channels)`, or `(height, width)` for one channel: an
            array, or anything with `shape` that can be sliced.
        tile_size: Height and width of the largest tiles allowed, in pixels, one number
            or two. Tiles are the largest that the net takes and that fit its grid and
            the image's size, at most a few pixels smaller.
        overlap: Scores that neighbouring tiles share at least, one number or
            `(y, x)`. By default, with `blend="crop"` what exactness needs, else a
            quarter of what a tile gives.
        blend: `"crop"`: of each place the scores of one tile, the one whose border is
            far enough. `"mean"`: the mean of all. `"gaussian"`: the mean weighted by a
            Gaussian about each tile's centre, of an eighth of its size.
        padding_mode: What continues the image where a net needs it: `"reflect"`,
            `"symmetric"`, `"edge"` as in `numpy.pad`, repeated as often as needed;
            `None` or `"model"` for nothing.
        output: `"scores"`, or `"labels"`: the number of the largest score, found tile
            by tile; with a single score, whether it is above `threshold`.
        out: Where to write: an array, memory map or data set of the right shape, which
            is returned. By default a new array of float32, or of uint8 labels (uint16
            with more than 256 classes).
        extend_border: Whether padded nets too see the image continued.
        batch_size: Tiles that run together.
        preprocess: What brings a tile into the range of the training: a mode of
            `kerasseg.data.preprocess` (`"unit"` for 0…255 to 0…1), or a function of a
            tile `(h, w, channels)` that treats each pixel by itself.
        flips: Whether to average over mirror images: left to right, upside down, both.
        rotations: Whether to average over turns by quarters; with `flips`, over all
            eight symmetries of a square.
        threshold: For labels from a single score.
        progress: Whether to show a bar where standard error is a terminal.

    Returns:
        `out`: scores `(height, width, classes)`, or labels `(height, width)`.

    Raises:
        ArgumentError: An argument is out of its range or does not fit the others; the
            tiles are too small for what the net looks at; or, by "crop" without
            `overlap`, the net has layers that see the whole image (PSPNet's pyramid)
            or whose reach is not known, so that tiles can never be exact; labels are
            wanted of scores that are NaN.

    Example:

    >>> import keras, numpy as np
    >>> net = keras.Sequential([
    ...     keras.Input((None, None, 1)),
    ...     keras.layers.Conv2D(2, 3, padding="same"), keras.layers.MaxPooling2D(2),
    ...     keras.layers.Conv2DTranspose(3, 2, strides=2)])
    >>> image = np.random.default_rng(0).random((50, 70, 1), "float32")
    >>> scores = predict_tiled(net, image, 32)
    >>> bool(np.allclose(scores, net.predict_on_batch(image[None])[0], atol=1e-6))
    True
    >>> predict_tiled(net, image, 32, output="labels").shape
    (50, 70)
    """
    check_model(model)
    image = check_image(image)
    check_options(blend, padding_mode, output, batch_size)
    turns = symmetries(flips, rotations)
    y, x, classes = plan_tiles(
        model,
        image.shape[:2],
        pair(tile_size, "tile_size", 1),
        None if overlap is None else pair(overlap, "overlap", 0),
        is_exact=blend == "crop",
        extend=_extends(padding_mode, extend_border),
        flips=flips or rotations,
        rotations=rotations,
    )
    shape = (y.scores, x.scores) + ((classes,) if output == "scores" else ())
    if out is None:
        out = np.zeros(shape, _dtype(output, classes))
    check_out(out, shape, classes, output)
    finish = _finish(model.name, output, classes, threshold)
    target = _assembly(y, x, out, finish, blend, classes)
    mode = None if padding_mode == "model" else padding_mode
    runner = TileRunner(model, image, mode, preprocess, turns, batch_size)
    bar = TileBar(len(y.starts) * len(x.starts), progress)
    for row, column, scores in runner.run(y, x):
        target.add(row, column, scores)
        bar.add(1)
    return out


def _extends(padding_mode: str | None, extend_border: bool) -> bool | None:
    """Whether the image is continued; `None` where the net needs it."""
    nothing = padding_mode in (None, "model")
    if nothing and extend_border:
        raise ArgumentError(
            "extend_border needs a padding_mode that says how. "
            f"Received: padding_mode={padding_mode!r}"
        )
    return False if nothing else extend_border or None


def _dtype(output: str, classes: int) -> type:
    if output == "scores":
        return np.float32
    return np.uint8 if classes <= 256 else np.uint16


def _finish(name: str, output: str, classes: int, threshold: float) -> Finish:
    def finish(scores: np.ndarray) -> np.ndarray:  # (h, w, classes)
        if output == "scores":
            return scores
        if np.isnan(scores.max()):
            raise ArgumentError(
                f"Model '{name}' gives scores that are no numbers (NaN), which are of "
                "no class. Its weights may be NaN, or the image: "
                "predict_tiled(output='scores') shows where."
            )
        if classes == 1:
            return (scores[..., 0] > threshold).astype(np.uint8)
        return scores.argmax(axis=-1).astype(_dtype(output, classes))

    return finish


def _assembly(y: AxisPlan, x: AxisPlan, out, finish: Finish, blend, classes):
    if blend == "crop":
        return CroppedTiles(y, x, out, finish)
    return BlendedTiles(y, x, out, finish, blend == "gaussian", classes)
