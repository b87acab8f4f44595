"""What tutorial 6 looks at: real nuclei, or coins where there are none."""

import os
from pathlib import Path

import numpy as np
from PIL import Image
from scipy import ndimage

_SIZE = (696, 520)  # of the photos that come from one microscope


def load_pictures(count, rng):
    """Pictures to learn from, one to count in, and the name of what is on them.

    A picture is its pixels `(H, W)` from 0 to about 1, and the number of the object
    that each belongs to, 0 for none.
    """
    folder = Path(os.environ.get("KERASSEG_DATA", "nowhere")) / "dsb2018"
    if folder.is_dir():
        return *_nuclei(folder, count), "nuclei"
    return *_scenes(count, rng), "coins"


def _nuclei(folder, count):
    """The Data Science Bowl 2018, in the public domain (CC0)."""
    paths = []
    for path in folder.glob("image/*.png"):
        with Image.open(path) as image:
            if image.size == _SIZE and image.mode == "L":
                paths.append(path)
    labels = {path: _read(folder / "label" / path.name) for path in paths}
    crowded = sorted(paths, key=lambda path: (labels[path].max(), path.name))
    unseen = crowded.pop(-5)  # one of the most crowded, to count in
    train = [(_brightened(path), labels[path]) for path in crowded[-count:]]
    return train, (_brightened(unseen), labels[unseen])


def _read(path):
    with Image.open(path) as image:
        return np.asarray(image).astype(int)


def _brightened(path):
    """Microscopes expose as they like: dark becomes 0 and bright about 1."""
    pixels = _read(path).astype("float32")
    low, high = np.percentile(pixels, (5, 99.5))
    return np.clip((pixels - low) / (high - low), 0, 1.5)


def _scenes(count, rng):
    """Montages of the coins of one photo, so close that many touch."""
    coins = _coins()
    learned, unseen = coins[: len(coins) // 2], coins[len(coins) // 2 :]
    train = [_scene(learned, 30, (220, 260), rng) for _ in range(count)]
    return train, _scene(unseen, 120, (430, 520), rng)


def _coins():
    """The 24 coins of the photo, cut out."""
    try:
        from skimage.data import coins
    except ImportError as error:
        raise SystemExit(
            'This tutorial needs scikit-image (pip install ".[demo]"), or the '
            "environment variable KERASSEG_DATA with a folder that holds dsb2018."
        ) from error
    photo = coins().astype("float32") / 255
    # The light falls from the left above, so what is bright depends on the place.
    ground = ndimage.gaussian_filter(ndimage.percentile_filter(photo, 10, 61), 15)
    bright = ndimage.gaussian_filter(photo - ground, 1) > 0.13
    solid = ndimage.binary_opening(ndimage.binary_fill_holes(bright), iterations=4)
    numbers, _ = ndimage.label(solid)
    boxes = ndimage.find_objects(numbers)
    return [
        ((photo - ground)[box], numbers[box] == number)
        for number, box in enumerate(boxes, start=1)
        if 600 < (numbers[box] == number).sum() < 4000
    ]


def _scene(coins, count, size, rng):
    """Coins thrown on a grey ground; none lies on another."""
    image = (0.1 + rng.normal(0, 0.02, size)).astype("float32")
    labels = np.zeros(size, int)
    taken = 0
    for _ in range(20 * count):
        pixels, inside = coins[rng.integers(len(coins))]
        pixels, inside = np.rot90((pixels, inside), rng.integers(4), axes=(1, 2))
        inside = inside > 0
        top, left = rng.integers(np.subtract(size, pixels.shape))
        place = np.s_[top : top + pixels.shape[0], left : left + pixels.shape[1]]
        if taken == count or labels[place][inside].any():
            continue
        taken += 1
        labels[place][inside] = taken
        image[place][inside] = 0.2 + 1.5 * pixels[inside]
    return image, labels
