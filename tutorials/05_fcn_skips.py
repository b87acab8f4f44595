"""FCN-32s, FCN-16s and FCN-8s side by side: what the skips are for.

Tutorials 1 and 2 let a classifier look at every place. To *outline* things it has to
learn one thing more: to join what coarse maps know with where fine maps know it. Here
one small classifier grows into FCN-32s, that into FCN-16s, and that into FCN-8s, as in
the paper, each starting from the weights of the one before. Run this file as a script,
or cell by cell in an editor that knows `# %%`:

    python tutorials/05_fcn_skips.py
"""

import argparse
import logging
import os
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # read when Keras is imported

import keras
import numpy as np
from fcn_pictures import draw_skips, draw_squares
from heatmap_pictures import save_small
from keras import layers
from scipy import ndimage

import kerasseg
import zoo
from kerasseg.data.digits import load_digits
from kerasseg.visualize import save_figure

parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
parser.add_argument("--output", type=Path, default="kerasseg-tutorials/05")
parser.add_argument("--epochs", type=int, default=15, help="of each of the three nets")
parser.add_argument("--pages", type=int, default=64, help="to learn outlines from")
parser.add_argument("--pictures", type=Path, help="where the picture for docs goes")
args, _ = parser.parse_known_args()  # a notebook's kernel has arguments of its own
args.output.mkdir(parents=True, exist_ok=True)
pictures = args.pictures or args.output
logging.getLogger("tensorflow").setLevel(logging.ERROR)
keras.utils.set_random_seed(0)


def largest_difference(a, b):
    a, b = np.asarray(a), np.asarray(b)
    return f"they differ by at most {np.abs(a - b).max() / np.abs(b).max():.1e}"


# %% 1. Pages, and what is to be found on them
# Real handwritten digits, large, in three inks on grey paper. The class of a pixel is
# its ink: 0 for paper, then red, green and blue. Strokes are 10 to 25 pixels wide, so a
# net that scores squares of 32 pixels cannot outline them.
NAMES = ["paper", "red", "green", "blue"]
INKS = np.array([[0.8, 0.1, 0.1], [0.1, 0.5, 0.1], [0.1, 0.2, 0.8]])


def make_page(digits, rng, size, count, heights):
    """One page, prepared for the nets, and the class of each of its pixels."""
    page = 0.85 + rng.normal(0, 0.04, (size, size, 3))  # (H, W, 3)
    mask = np.zeros((size, size), "int32")  # (H, W)
    taken = np.zeros((size, size), bool)
    for _ in range(20 * count):
        digit, height = digits[rng.integers(len(digits))], rng.integers(*heights)
        ink = ndimage.zoom(digit, height / len(digit), order=1)[..., None]
        top, left = rng.integers(0, size - len(ink), 2)
        box = np.s_[top : top + len(ink), left : left + len(ink)]
        if taken[box].any():
            continue
        name = rng.integers(1, len(NAMES))
        page[box] += (INKS[name - 1] - page[box]) * ink
        mask[box][ink[..., 0] > 0.5] = name
        taken[box] = True
        count -= 1
        if count == 0:
            break
    return page.astype("float32") - 0.5, mask


def make_pages(digits, number, seed, **options):
    rng = np.random.default_rng(seed)
    pages = [make_page(digits, rng, **options) for _ in range(number)]
    return [np.stack(parts) for parts in zip(*pages, strict=True)]


(seen, _), (unseen, _) = load_digits()
one = {"size": 224, "count": 1, "heights": (120, 200)}
some = {"size": 192, "count": 3, "heights": (64, 100)}
windows, window_masks = make_pages(seen, 3 * args.pages, 0, **one)
pages, masks = make_pages(seen, args.pages, 1, **some)
tests, truth = make_pages(unseen, max(3, args.pages // 4), 2, **some)

# %% 2. A classifier of VGG16's kind
# The layers of VGG16 with a sixteenth of its filters. It only learns *which* ink is on
# a window of 224×224 pixels.
WIDTH, HIDDEN = 4, 32
BLOCKS = [(1, 2), (2, 2), (4, 3), (8, 3), (8, 3)]  # width, convolutions


def build_classifier():
    x = inputs = keras.Input((224, 224, 3))
    start = {"activation": "relu", "kernel_initializer": "he_normal"}
    for block, (width, count) in enumerate(BLOCKS, start=1):
        for index in range(1, count + 1):
            name = f"block{block}_conv{index}"
            x = layers.Conv2D(WIDTH * width, 3, padding="same", name=name, **start)(x)
        x = layers.MaxPooling2D(name=f"block{block}_pool")(x)
    x = layers.Flatten()(x)  # (B, 7 · 7 · 32)
    x = layers.Dense(HIDDEN, name="fc1", **start)(x)
    x = layers.Dense(HIDDEN, name="fc2", **start)(x)
    x = layers.Dense(len(NAMES) - 1, activation="softmax", name="predictions")(x)
    return keras.Model(inputs, x, name="classifier")


classifier = build_classifier()
classifier.compile("adam", "sparse_categorical_crossentropy")
inks = window_masks.max(axis=(1, 2)) - 1
epochs = -(-args.epochs // 3)
classifier.fit(windows, inks, batch_size=8, epochs=epochs, verbose=2)
right = classifier.predict(windows, verbose=0).argmax(axis=-1) == inks
print(f"2. The classifier names {right.mean():.0%} of its windows rightly")

# %% 3. Surgery
# `convert_to_fcn` makes convolutions of the fully connected layers; at the trained size
# nothing has changed. FCN-32s has the same layers, and `move_weights` fills them, with
# that surgery on the way. In place of the last layer comes a new one that scores the
# four classes of pixels; it starts at zero, so that no class is preferred. Its scores
# are enlarged 32 times by a transposed convolution that starts as, and stays, bilinear.
converted = kerasseg.convert_to_fcn(classifier)
same = largest_difference(converted(windows[:1])[:, 0, 0], classifier(windows[:1]))
print(f"3. Converted, at its own size: {same}")


def build(builder):
    """A small FCN that pads as usual; the paper's pads the image by 100 pixels."""
    shape = {"base_filters": WIDTH, "hidden_units": HIDDEN, "variant": "same"}
    return builder((None, None, 3), len(NAMES), dropout=0.1, **shape)


nets = {"FCN-32s": build(zoo.FCN32s)}
moved = zoo.fcn.move_weights(classifier, nets["FCN-32s"])
print(f"3. Moved into FCN-32s: {len(moved)} layers, {moved[0]} to {moved[-1]}")


# %% 4. Training: 32s, then 16s, then 8s
def train(net):
    steps = args.epochs * -(-len(pages) // 4)
    rate = keras.optimizers.schedules.CosineDecay(2e-3, steps)
    net.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy")
    net.fit(pages, masks, batch_size=4, epochs=args.epochs, verbose=2)


def mean_iou(found):
    """Intersection over union of each class on the pages, averaged."""
    present = np.unique(truth)
    both = [((found == k) & (truth == k)).sum() for k in present]
    any_ = [((found == k) | (truth == k)).sum() for k in present]
    return np.mean(np.divide(both, any_))


def find(net):
    return net.predict(tests, batch_size=4, verbose=0).argmax(axis=-1)  # (B, H, W)


train(nets["FCN-32s"])
found = {"FCN-32s": find(nets["FCN-32s"])}
# FCN-16s asks the fourth pooling, at stride 16, for scores of its own, and adds them to
# the coarse ones, doubled. These new scores start at zero as well: at first FCN-16s
# gives what FCN-32s gave, but for enlarging by 2 and 16 in place of 32 at once.
for coarse, fine, builder in [
    ("FCN-32s", "FCN-16s", zoo.FCN16s),
    ("FCN-16s", "FCN-8s", zoo.FCN8s),
]:
    nets[fine] = build(builder)
    zoo.fcn.move_weights(nets[coarse], nets[fine])
    agree = (find(nets[fine]) == found[coarse]).mean()
    print(f"4. {fine} begins where {coarse} ended: {agree:.1%} of all pixels agree")
    train(nets[fine])
    found[fine] = find(nets[fine])

# %% 5. Side by side
save_small(draw_skips(tests + 0.5, found, truth), pictures / "fcn_skips.png")

# How much can a map of that stride hold? Take the true classes, average each over
# squares of 32, 16 or 8 pixels, and enlarge that as the nets do. No net can be much
# better, though a little it may, since it need not average.
masses = (truth[..., None] == np.arange(len(NAMES))).astype("float32")  # (B, H, W, 4)
held = {}
for name, stride in zip(nets, (32, 16, 8), strict=True):
    shrunk = layers.AveragePooling2D(stride)(masses)
    grown = kerasseg.layers.Resize2D(scale=stride)(shrunk)
    held[name] = mean_iou(keras.ops.convert_to_numpy(grown).argmax(axis=-1))
scores = {name: mean_iou(labels) for name, labels in found.items()}
for name, score in scores.items():
    print(
        f"5. {name}: mean IoU {score:.1%}; the truth in its squares, {held[name]:.1%}"
    )
save_figure(draw_squares(scores, held), args.output / "squares.png")
# The paper found 59.4, 62.4 and 62.7 % on photos, whose things are larger than strokes;
# little was left to gain there at stride 8. Here much is.
print(f"Pictures are in {args.output}")

# %% Things to try
# - Train FCN-8s at once, from the classifier: `at_once=True` scales its skips.
# - Give `build` the paper's padding, `variant="paper"`. Does it learn as fast?
# - Let the last enlargement learn as well: `upsampling="learned"`.
# - Draw thinner digits, `heights=(32, 48)`, and look at the squares before you train.
# - Which classes do the skips help most? Print the IoU of each.
