"""Max pooling and unpooling written out in loops, as an oracle."""

from dataclasses import dataclass

import numpy as np
from hypothesis import strategies


@dataclass(frozen=True)
class Case:
    """A pooling, and a map of small integers, full of ties."""

    arguments: dict
    x: np.ndarray


@strategies.composite
def cases(draw):
    """Poolings of any pool size, stride and padding, of maps that hold a window."""
    pool_size = [draw(strategies.integers(1, 4)) for _ in "yx"]
    padding = draw(strategies.sampled_from(["valid", "same"]))
    smallest = pool_size if padding == "valid" else (1, 1)
    shape = [draw(strategies.integers(low, 8)) for low in smallest]
    strides = [draw(strategies.integers(1, 5)) for _ in "yx"]
    seed = draw(strategies.integers(0, 99))
    x = np.random.default_rng(seed).integers(0, 4, (2, *shape, 2)).astype("float32")
    arguments = {"pool_size": pool_size, "strides": strides, "padding": padding}
    return Case(arguments, x)


def begins(length, size, stride, padding):
    """The first cell of each window, as TensorFlow defines its paddings."""
    if padding == "valid":
        return range(0, length - size + 1, stride)
    count = -(-length // stride)
    missing = max((count - 1) * stride + size - length, 0)
    return range(-(missing // 2), -(missing // 2) + count * stride, stride)


def pool_by_hand(x, pool_size, strides, padding):
    """Maxima, positions in the windows, and the places (y, x) of the maxima."""
    tops, lefts = (
        begins(x.shape[1 + i], pool_size[i], strides[i], padding) for i in (0, 1)
    )
    shape = x.shape[0], len(tops), len(lefts), x.shape[3]
    maxima, codes = np.empty(shape, x.dtype), np.empty(shape, int)
    places = np.empty((*shape, 2), int)
    for b, i, j, c in np.ndindex(shape):
        best = None
        for code, (di, dj) in enumerate(np.ndindex(*pool_size)):
            y, z = tops[i] + di, lefts[j] + dj
            if not (0 <= y < x.shape[1] and 0 <= z < x.shape[2]):
                continue
            value = x[b, y, z, c]
            if best is None or value > best or np.isnan(value):
                best = value
                codes[b, i, j, c], places[b, i, j, c] = code, (y, z)
        maxima[b, i, j, c] = best
    return maxima, codes, places


def unpool_by_hand(values, places, size):
    """The map, and for each value whether it is the one that stands at its place."""
    batch, _, _, channels = values.shape
    y, owner = np.zeros((batch, *size, channels), values.dtype), {}
    for b, i, j, c in np.ndindex(values.shape):  # in row-major order of the windows
        y[(b, *places[b, i, j, c], c)] = values[b, i, j, c]
        owner[(b, *places[b, i, j, c], c)] = (b, i, j, c)
    stands = np.zeros(values.shape, bool)
    for window in owner.values():
        stands[window] = True
    return y, stands


def gathered(x, places):
    """The value of a map at the place of each window."""
    out = np.empty(places.shape[:-1], x.dtype)
    for b, i, j, c in np.ndindex(out.shape):
        out[b, i, j, c] = x[(b, *places[b, i, j, c], c)]
    return out


def added(values, places, size):
    """Each value added to the map at its place."""
    batch, _, _, channels = values.shape
    y = np.zeros((batch, *size, channels), values.dtype)
    for b, i, j, c in np.ndindex(values.shape):
        y[(b, *places[b, i, j, c], c)] += values[b, i, j, c]
    return y
