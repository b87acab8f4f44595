"""How a small map becomes a large one: four ways, first on sixteen numbers.

A segmentation net shrinks an image until each number knows about much of it, and must
then give an answer for every pixel. Here is what the layers that grow a map do, by
numbers small enough to check in the head, and on a photo. Run this file as a script,
or cell by cell in an editor that knows `# %%`:

    python tutorials/04_unpooling.py
"""

import argparse
import logging
import os
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # read when Keras is imported

import keras
import numpy as np
from heatmap_pictures import save_small
from sklearn.datasets import load_sample_image
from unpooling_pictures import draw_checkerboard, draw_edges, draw_ways

from kerasseg.initializers import Bilinear
from kerasseg.layers import (
    BedOfNailsUpSampling2D,
    MaxPoolingWithIndices2D,
    MaxUnpooling2D,
    Resize2D,
)
from kerasseg.visualize import save_figure

parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
parser.add_argument("--output", type=Path, default="kerasseg-tutorials/04")
parser.add_argument("--epochs", type=int, default=30)
parser.add_argument("--pictures", type=Path, help="where the picture for docs goes")
args, _ = parser.parse_known_args()  # a notebook's kernel has arguments of its own
args.output.mkdir(parents=True, exist_ok=True)
pictures = args.pictures or args.output
logging.getLogger("tensorflow").setLevel(logging.ERROR)


def as_map(rows):
    """Rows of numbers as Keras wants them: one image, one channel."""
    return np.asarray(rows, "float32")[None, ..., None]  # (1, H, W, 1)


def as_rows(tensor):
    return keras.ops.convert_to_numpy(tensor)[0, ..., 0]  # (H, W)


def show(title, rows):
    print(title)
    width = max(len(f"{number:g}") for number in np.ravel(rows))
    for row in rows:
        print("      " + " ".join(f"{number:{width}g}" for number in row))


def largest_difference(a, b):
    return f"they differ by at most {np.abs(a - b).max():.1e}"


# %% 1. Down: max pooling, with a note of where
# Of each 2×2 window only the largest number stays. The layer also says which of the
# four it was, counted row by row: 0 1 above, 2 3 below. One byte a number holds that.
big = as_map([[1, 2, 6, 3], [3, 5, 2, 1], [1, 2, 2, 1], [7, 3, 4, 8]])
pooled, indices = MaxPoolingWithIndices2D(2)(big)
show("1. A map of 4×4:", as_rows(big))
show("1. The largest of each window:", as_rows(pooled))
show("1. Where in its window it was:", as_rows(indices))
# The net goes on from here. Say some layers later the 2×2 map has become this:
small = as_map([[1, 2], [3, 4]])

# %% 2. Up, without learning anything
# Nearest: every number fills its block. Bed of nails: it stands at the top left of its
# block, the rest is zero. Max unpooling: it stands where the largest number was, since
# that is where the thing was seen that the number speaks of.
nearest = keras.layers.UpSampling2D(2, interpolation="nearest")(small)
nails = BedOfNailsUpSampling2D(2)(small)
unpooled = MaxUnpooling2D(2)([small, indices])
show("2. Nearest:", as_rows(nearest))
show("2. Bed of nails:", as_rows(nails))
show("2. Max unpooling:", as_rows(unpooled))
# Each is undone by the pooling that it mirrors.
again, _ = MaxPoolingWithIndices2D(2)(unpooled)
print(
    "2. Unpooled and pooled again:",
    largest_difference(as_rows(again), small[0, ..., 0]),
)

# %% 3. Up, with weights: transposed convolution
# A convolution of stride 2 looks at three inputs, writes one number, and moves on by
# two. Transposed, it reads one number, writes three of them, and moves on by two: each
# input is a stamp strength, the kernel is the stamp, and where stamps overlap they add
# up. With the inputs 2 and 3 and the stamp 1 4 5:
stamp, numbers = np.array([1.0, 4.0, 5.0]), np.array([2.0, 3.0])
by_hand = np.zeros(5)
for place, number in enumerate(numbers):
    by_hand[2 * place : 2 * place + 3] += number * stamp  # 2 8 10, then 3 12 15 from 2
show("3. The stamps of 2 and 3, added:", [by_hand])

# The name comes from the matrix. The convolution from 5 numbers to 2 is a product with
# a 2×5 matrix; with the same matrix transposed, 2 numbers become 5.
matrix = np.array([[1, 4, 5, 0, 0], [0, 0, 1, 4, 5]])
show("3. The matrix of the convolution:", matrix)
print("3. Its transpose, by hand:", largest_difference(numbers @ matrix, by_hand))


def transposed(kernel, stride, padding="valid"):
    """A Conv2DTranspose of one channel that has the kernel we want."""
    layer = keras.layers.Conv2DTranspose(
        1, kernel.shape, stride, padding, use_bias=False
    )
    layer.build((None, None, None, 1))
    layer.set_weights([kernel[:, :, None, None]])
    return layer


by_keras = as_rows(transposed(stamp[None], (1, 2))(as_map([numbers])))[0]
print("3. Conv2DTranspose, by hand:", largest_difference(by_keras, by_hand))
# Five numbers from two, where we want four. `padding="same"` cuts off what hangs over.
same = as_rows(transposed(stamp[None], (1, 2), "same")(as_map([numbers])))
show('3. padding="same" keeps four:', same)

# Now in two dimensions, with a stamp of 3×3 ones. Look at the third row and column:
# stamps meet there, so they are larger than all about them, however even the input.
stamped = as_rows(transposed(np.ones((3, 3)), 2)(small))
show("3. A stamp of ones on 1 2 / 3 4:", stamped)
even = as_map(np.ones((6, 6)))
boards = [as_rows(transposed(np.ones((k, k)), 2, "same")(even)) for k in (3, 4)]
for size, board in zip((3, 4), boards, strict=True):
    inside = np.unique(board[2:-2, 2:-2])
    print(f"3. Stamps of {size}×{size} on ones leave", *(f"{n:g}" for n in inside))
# That is the checkerboard which nets with transposed convolutions show. A kernel size
# that the stride divides covers every pixel equally often.
save_figure(draw_checkerboard(boards), args.output / "checkerboard.png")

# %% 4. A good start: bilinear
# The FCNs begin with a stamp shaped like a tent. Overlapping tents make straight lines
# from one number to the next: the transposed convolution starts as the interpolation
# that a photo viewer does, and may learn something better.
tent = keras.ops.convert_to_numpy(Bilinear()((4, 4, 1, 1)))[:, :, 0, 0]
show("4. The tent, times 16:", tent * 16)
ramp = as_map([[1, 2, 3, 4]] * 4)
tents = as_rows(transposed(tent, 2, "same")(ramp))
resized = as_rows(Resize2D(scale=2)(ramp))
show("4. Along 1 2 3 4:", tents[3:4])
show("4. Resize2D(scale=2):", resized[3:4])
inside = np.s_[1:-1, 1:-1]  # along the border, the tents of the neighbours are missing
print("4. Inside:", largest_difference(tents[inside], resized[inside]))

# %% 5. On a photo
# The same four ways on a detail of a photo, pooled by windows of 2×2 as above.
photo = load_sample_image("china.jpg").astype("float32").mean(axis=-1) / 255  # (H, W)
detail = photo[26:98, 168:240]
pooled, indices = MaxPoolingWithIndices2D(2)(as_map(detail))
ways = {
    "nearest": keras.layers.UpSampling2D(2)(pooled),
    "bed of nails": BedOfNailsUpSampling2D(2)(pooled),
    "max unpooling": MaxUnpooling2D(2)([pooled, indices]),
    "transposed convolution": transposed(tent, 2, "same")(pooled),
}
numbers = [as_rows(nearest), as_rows(nails), as_rows(unpooled), stamped]
ways = {name: as_rows(way) for name, way in ways.items()}
figure = draw_ways(as_rows(big), numbers, detail, ways)
save_small(figure, pictures / "unpooling.png")

# What is the note of the places worth? Here is a map as nets really have them, with
# large numbers on edges and nearly nothing between. We pool it by 4×4, bring it back,
# and ask of each of the stronger edges how far it has moved.
slope = np.abs(np.diff(photo, axis=0)[:, :-1]) + np.abs(np.diff(photo, axis=1)[:-1])
edges = slope[24:184, 80:336]
pooled, indices = MaxPoolingWithIndices2D(4)(as_map(edges))
rows, columns = np.divmod(as_rows(indices), 4)
moved = {
    "bed of nails": np.hypot(rows, columns),
    "to the middle of its block": np.hypot(rows - 1.5, columns - 1.5),
    "max unpooling": np.zeros(rows.shape),
}
back = as_rows(MaxUnpooling2D(4)([pooled, indices]))
print("5. Unpooled edges and those of the photo:", end=" ")
print(largest_difference(back[back > 0], edges[back > 0]))
is_strong = as_rows(pooled) > np.median(as_rows(pooled))
for name, distance in moved.items():
    print(f"5. Edges move by {distance[is_strong].mean():.2f} pixels: {name}")
returned = {
    "nearest": as_rows(keras.layers.UpSampling2D(4)(pooled)),
    "bed of nails": as_rows(BedOfNailsUpSampling2D(4)(pooled)),
    "max unpooling": back,
}
save_figure(draw_edges(edges, returned), args.output / "edges.png")
# A convolution behind the unpooling closes the gaps: so do the decoders of SegNet and
# DeconvNet, and keep their outlines sharp with one byte for each pooled number.

# %% 6. Learned
# One kernel of 4×4 numbers, started as the tent, learns to double photos: from one at
# half its size to itself. It learns on the left of two photos, turned and mirrored, and
# is tested on the right.
keras.utils.set_random_seed(0)
halve = keras.layers.AveragePooling2D(2)
full = [load_sample_image(name)[:426, :636] for name in ("china.jpg", "flower.jpg")]
full = np.moveaxis(np.stack(full), -1, 1).reshape(6, 426, 636, 1)  # each colour
full = full.astype("float32") / 255
seen, unseen = full[:, :, :318], full[:, :, 318:]
seen = np.concatenate([seen, seen[:, ::-1], seen[:, :, ::-1], seen[:, ::-1, ::-1]])


def error(grown):
    """The usual distance from the true pixel, in the 256 steps of a file."""
    grown = keras.ops.convert_to_numpy(grown)
    return 255 * np.sqrt(np.mean((grown - unseen)[:, 4:-4, 4:-4] ** 2))


learner = keras.Sequential([keras.Input((None, None, 1)), transposed(tent, 2, "same")])
learner.compile(keras.optimizers.Adam(3e-3), "mse")
small = halve(unseen)
print(f"6. nearest: off by {error(keras.layers.UpSampling2D(2)(small)):.2f} of 255")
print(f"6. bilinear: off by {error(learner(small)):.2f} of 255")
learner.fit(halve(seen), seen, batch_size=4, epochs=args.epochs, verbose=0)
print(f"6. learned: off by {error(learner(small)):.2f} of 255")
learned = learner.get_weights()[0][..., 0, 0]
show("6. The stamp now, times 16:", np.round(learned * 16, 1) + 0)
# The true pixels of a photo, averaged two by two, lie between a block and a tent: the
# block that nearest stamps has 16 in its middle and nothing about it.
print(f"Pictures are in {args.output}")

# %% Things to try
# - Swap the 6 and the 3 in the map: which numbers change, and which only move?
# - Make two numbers of a window equal: which does the pooling choose?
# - Start section 6 from `np.random.normal(size=(4, 4))` in place of the tent.
# - Give the learner a kernel of 3×3 and look for the checkerboard.
# - Stack three max poolings of 2×2 in place of one of 4×4. Where do the edges end up?
