"""Counting cells in a picture of any size: weights between them, tiles, and a census.

A net that is to count cells has to keep them apart, and the picture it counts in is
larger than what fits in memory. U-Net of 2015 solves both: by a weight for every pixel
while it learns, and by tiles while it predicts. Here are both on real nuclei, if the
environment variable KERASSEG_DATA says where dsb2018 is, or else on coins. Run this
file as a script, or cell by cell in an editor that knows `# %%`:

    python tutorials/06_tiles_and_counting.py
"""

import argparse
import logging
import os
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # read when Keras is imported

import keras
import numpy as np
from heatmap_pictures import save_small
from nuclei_data import load_pictures
from nuclei_pictures import draw_census, draw_tiles, draw_weights
from scipy import ndimage

import zoo
from kerasseg.data import separate_touching, unet_weight_map
from kerasseg.inference import predict_tiled
from kerasseg.visualize import save_figure

parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
parser.add_argument("--output", type=Path, default="kerasseg-tutorials/06")
parser.add_argument("--epochs", type=int, default=10, help="of each of the two nets")
parser.add_argument("--images", type=int, default=24, help="pictures to learn from")
parser.add_argument("--crops", type=int, default=8, help="pieces of each, per epoch")
parser.add_argument("--pictures", type=Path, help="where the picture for docs goes")
args, _ = parser.parse_known_args()  # a notebook's kernel has arguments of its own
args.output.mkdir(parents=True, exist_ok=True)
pictures = args.pictures or args.output
logging.getLogger("tensorflow").setLevel(logging.ERROR)
keras.utils.set_random_seed(0)
rng = np.random.default_rng(0)


def largest_difference(a, b):
    return f"they differ by at most {np.abs(a - b).max():.1e}"


# %% 1. Objects that touch
# The truth is a number for every object. A net gives classes, not numbers, so two cells
# that touch would become one. We put a line of background between them first.
train, (image, truth), things = load_pictures(args.images, rng)
counted = [int(labels.max()) for _, labels in train]
print(f"1. {sum(counted)} {things} on {len(train)} pictures to learn from")
apart = separate_touching(truth)
print(f"1. {truth.max()} {things} on a picture of {truth.shape[0]}×{truth.shape[1]}")
for name, region in (("as they are", truth > 0), ("with lines", apart > 0)):
    print(f"1. Pieces that hang together, {name}: {ndimage.label(region)[1]}")

# %% 2. A weight for every pixel
# These lines are a hundredth of the picture. To a net that is paid by the pixel they
# are not worth learning, so U-Net pays more for them: every pixel of background gets
# w0 exp(-(d1 + d2)² / 2σ²) more, where d1 and d2 are its distances to the two nearest
# cells. Let us take one apart by hand.
weights = unet_weight_map(apart)
y, x = np.unravel_index(weights.argmax(), weights.shape)
distances = [
    ndimage.distance_transform_edt(apart != number)[y, x]
    for number in np.unique(apart[max(y - 20, 0) : y + 21, max(x - 20, 0) : x + 21])
    if number > 0  # of those near by
]
d1, d2 = sorted(distances)[:2]
by_hand = 1 + 10 * np.exp(-((d1 + d2) ** 2) / (2 * 5**2))
print(f"2. The largest weight, {weights[y, x]:.2f}, {d1:.1f} and {d2:.1f} pixels away")
print("2. By hand:", largest_difference(by_hand, weights[y, x]))
save_figure(draw_weights(image, apart, weights), args.output / "weight_map.png")

# %% 3. Two nets, one of them paid by the pixel
# A small U-Net as in the paper, without padding: of 172×172 pixels it gives the 84×84
# in the middle. What it needs around a piece at the border, a mirror supplies.
TAKEN, GIVEN = 172, 84
EDGE = (TAKEN - GIVEN) // 2


def build():
    keras.utils.set_random_seed(1)
    return zoo.UNet(
        (None, None, 1), base_filters=8, depth=3, batch_normalization=True, dropout=0.1
    )


def pieces(seed):
    """Random pieces of all pictures: what is seen, what to say, what it is worth."""
    rng = np.random.default_rng(seed)
    batch = []
    for pixels, labels, worth in prepared:
        for _ in range(args.crops):
            top, left = (rng.integers(n - GIVEN + 1) for n in labels.shape)
            seen = pixels[top : top + TAKEN, left : left + TAKEN]
            place = np.s_[top : top + GIVEN, left : left + GIVEN]
            piece = seen, labels[place] > 0, worth[place]
            turns = rng.integers(4)
            batch.append([np.rot90(part, turns) for part in piece])
    images, masks, worth = (np.stack(parts) for parts in zip(*batch, strict=True))
    return images[..., None], masks.astype("int32"), worth


prepared = []
for pixels, labels in train:
    lines = separate_touching(labels)
    prepared.append((np.pad(pixels, EDGE, "reflect"), lines, unet_weight_map(lines)))

nets = {"all pixels alike": build(), "weighted": build()}
for name, net in nets.items():
    net.compile(keras.optimizers.Adam(3e-3), "sparse_categorical_crossentropy")
    for epoch in range(args.epochs):
        images, masks, worth = pieces(epoch)
        chosen = worth if name == "weighted" else None
        net.optimizer.learning_rate = 3e-3 * (1 - epoch / args.epochs)
        history = net.fit(images, masks, 8, sample_weight=chosen, verbose=0)
    print(f"3. {name}: loss {history.history['loss'][-1]:.3f} after {args.epochs}")

# %% 4. Tiles
# The whole picture, mirrored at its border, in one piece by hand:
net = nets["weighted"]
rest = [(4 - n) % 8 for n in image.shape]  # so that all halves come out even
around = [(EDGE, EDGE + r) for r in rest]
whole = net.predict_on_batch(np.pad(image, around, "reflect")[None, ..., None])[0]
whole = whole[: image.shape[0], : image.shape[1]]  # (H, W, 2)

# And in tiles of 172. Each gives 84 pixels, which lie side by side without a seam.
scores = predict_tiled(net, image, TAKEN, batch_size=4)
print("4. Tiles and one piece:", largest_difference(scores, whole))
save_figure(draw_tiles(image, scores[..., 1], TAKEN, GIVEN), args.output / "tiles.png")

# A picture that does not fit in memory is a file that is read and written by pieces.
file = args.output / "picture.raw"
np.asarray(image, "float32").tofile(file)
mapped = np.memmap(file, "float32", "r", shape=image.shape)
found = np.memmap(args.output / "labels.raw", "uint8", "w+", shape=image.shape)
predict_tiled(net, mapped, TAKEN, output="labels", out=found)
same = (found == scores.argmax(-1)).all()
print(f"4. From file to file, the same classes everywhere: {same}")

# %% 5. The census
# Pieces that hang together are objects; those of a few pixels are crumbs.
CRUMB = 20


def census(mask):
    """Numbers the objects of a mask; returns the numbers, and how many there are."""
    numbers, _ = ndimage.label(mask)
    sizes = np.bincount(numbers.ravel())
    numbers[sizes[numbers] < CRUMB] = 0
    return numbers, int((sizes[1:] >= CRUMB).sum())


def several_in_one(numbers):
    """How many found objects hold the greater part of two true ones or more."""
    shared = np.zeros((truth.max() + 1, numbers.max() + 1), int)
    np.add.at(shared, (truth, numbers), 1)
    is_held = shared[1:, 1:] > shared.sum(axis=1, keepdims=True)[1:] / 2
    return int((is_held.sum(axis=0) > 1).sum())


results = {}
for name, net in nets.items():
    plain = predict_tiled(net, image, TAKEN, output="labels")
    turned = predict_tiled(net, image, TAKEN, output="labels", flips=True)
    results[name], count = census(plain)
    overlap = ((plain > 0) & (apart > 0)).sum() / ((plain > 0) | (apart > 0)).sum()
    print(f"5. {name}: {count} of {truth.max()} {things}; IoU {overlap:.2f}")
    print(f"5. {name}: several in one {several_in_one(results[name])} times")
    print(f"5. {name}, the mean of four mirror images: {census(turned)[1]}")
figure = draw_census(image, truth, results, things)
save_small(figure, pictures / "tiles_and_counting.png")
print(f"Pictures are in {args.output}")

# The same from the command line, for a folder of pictures:
#
#     kerasseg predict net.keras pictures -o masks --counts counts.csv --min-size 20

# %% Things to try
# - Set w0 to 30, or σ to 2: what happens to the gaps, and what to the outlines?
# - Give predict_tiled a tile_size of 300. What changes but the time?
# - Take padding="same" for the net, and compare tiles and one piece again.
# - Count with CRUMB = 1. How many crumbs are there?
