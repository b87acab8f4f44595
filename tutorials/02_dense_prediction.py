"""From one score every 32 pixels to one score per pixel, without training again.

A classifier shrinks its image on the way, so the map of the net that it becomes is
small: here one cell every 32 pixels. This lesson makes the map of the same weights
dense, first the plain way, then the fast one. Run this file as a script, or cell by
cell in an editor that knows `# %%`:

    python tutorials/02_dense_prediction.py
"""

import argparse
import logging
import os
import time
from pathlib import Path
from typing import NamedTuple

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # read when Keras is imported

import keras
import numpy as np
from dense_pictures import draw_three, draw_times
from heatmap_pictures import save_small
from keras import layers
from scipy import ndimage

import kerasseg
from kerasseg.convert.report import describe
from kerasseg.data.digit_scenes import PlacedDigit, make_scene
from kerasseg.data.digit_windows import classifier_arrays
from kerasseg.data.digits import BACKGROUND, DIGIT_SIZE, load_digits
from kerasseg.inference import predict_heatmap, predict_shift_and_stitch
from kerasseg.inference.matching import match_detections
from kerasseg.inference.peaks import find_peaks
from kerasseg.visualize import save_figure

parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
parser.add_argument("--output", type=Path, default="kerasseg-tutorials/02")
parser.add_argument("--epochs", type=int, default=8)
parser.add_argument("--copies", type=int, default=4, help="windows of each digit")
parser.add_argument("--corner", type=int, default=192, help="side of the part shifted")
parser.add_argument("--pictures", type=Path, help="where the picture of README goes")
args, _ = parser.parse_known_args()  # a notebook's kernel has arguments of its own
args.output.mkdir(parents=True, exist_ok=True)
pictures = args.pictures or args.output
logging.getLogger("tensorflow").setLevel(logging.ERROR)
keras.utils.set_random_seed(1)


def largest_difference(a, b):
    return f"they differ by at most {np.abs(np.asarray(a) - np.asarray(b)).max():.1e}"


# %% 1. A photo, and a classifier of stride 32
# A page as in tutorial 1, taken with a better camera: its digits are 72 pixels tall.
# The classifier sees windows of 96×96, and its class 10 is "no digit in my middle".
def photographed(images):
    """The same three times as large, as a camera would blur it."""
    return ndimage.zoom(images, (1, 3, 3, 1), order=1, mode="nearest", grid_mode=True)


seen, unseen = load_digits()
windows, classes = classifier_arrays(*seen, copies=args.copies)
windows = photographed(windows)
page, placed = make_scene(*unseen, height=192, width=288, count=14)
page = photographed(page[None])[0]
placed = [PlacedDigit(d.label, *(3 * n for n in d[1:])) for d in placed]

# Five layers halve the map, and 2·2·2·2·2 is 32: the stride of VGG16 and of ResNets.
# Nothing pads, so what we prove below is exact at every pixel.
classifier = keras.Sequential(
    [
        keras.Input((96, 96, 1)),
        layers.Conv2D(16, 5, strides=2, activation="relu", name="conv1"),
        layers.MaxPooling2D(2, name="pool1"),
        layers.Conv2D(32, 3, activation="relu", name="conv2"),
        layers.MaxPooling2D(2, name="pool2"),
        layers.Conv2D(64, 3, activation="relu", name="conv3"),
        layers.MaxPooling2D(2, name="pool3"),
        layers.Conv2D(64, 1, activation="relu", name="conv4"),
        layers.MaxPooling2D(2, name="pool4"),
        layers.Flatten(name="flatten"),
        layers.Dense(64, activation="relu", name="fc1"),
        layers.Dense(11, activation="softmax", name="predictions"),
    ]
)
steps = args.epochs * len(windows) // 64
rate = keras.optimizers.schedules.CosineDecay(2e-3, steps)
loss = "sparse_categorical_crossentropy"
classifier.compile(keras.optimizers.Adam(rate), loss, metrics=["accuracy"])
classifier.fit(windows, classes, batch_size=64, epochs=args.epochs, verbose=2)
tests, answers = classifier_arrays(*unseen, vary=False, seed=1)
right = classifier.predict_on_batch(photographed(tests)).argmax(axis=-1) == answers
print(f"1. {right.mean():.1%} of {len(tests)} unseen windows are classified right")


# %% 2. Its map: one cell every 32 pixels
# Each digit has its window, but the windows of the map stand where they stand: 32
# pixels apart, while a digit should be within some 10 pixels of their middle.
def seconds(call, repeats=5):
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times[1:])  # the first call compiles


class Result(NamedTuple):
    stride: int
    field: kerasseg.ReceptiveField
    scores: np.ndarray
    seconds: float
    found: list  # what was found
    right: list  # which of it is right
    wrong: int  # finds where nothing is, or under another name


def look_at_page(net):
    scores, field = predict_heatmap(net, page), kerasseg.receptive_field(net)
    took = seconds(lambda: predict_heatmap(net, page))
    # The cells within 16 pixels vote on a place: at stride 32 one, at stride 1 many.
    votes = max(16 // field.stride[0], 1)
    voted = ndimage.uniform_filter(scores, (votes, votes, 0))
    size = (3 * DIGIT_SIZE, 3 * DIGIT_SIZE)
    found = find_peaks(voted, field, BACKGROUND, object_size=size)
    matches = match_detections(found, placed, tolerance=DIGIT_SIZE)
    wrong = len(matches.false_alarms) + len(matches.misnamed)
    return Result(
        field.stride[0], field, scores, took, found, matches.right_found, wrong
    )


fcn = kerasseg.convert_to_fcn(classifier)
coarse = look_at_page(fcn)
print(
    f"2. {page.shape[:2]} pixels become {coarse.scores.shape[:2]} cells, one ", end=""
)
print(f"every {coarse.field.stride} pixels; each sees {coarse.field.size}")
print(f"2. It finds {len(coarse.right)} of {len(placed)} digits")

# %% 3. The plain way: move the page under the net
# Moved by one pixel, the page puts every window elsewhere. All 32·32 moves together
# put one at every pixel; interlaced, their maps are one map of stride 1. This is
# shift-and-stitch. It needs nothing but the net, 1 024 times.
corner = page[: args.corner, : args.corner]
stitched = predict_shift_and_stitch(fcn, corner, batch_size=32)
shifting = seconds(lambda: predict_shift_and_stitch(fcn, corner, batch_size=32), 2)
print(
    f"3. {stitched.shape[:2]} cells for a corner of {corner.shape[:2]} pixels ", end=""
)
print(f"in {shifting:.2f} s")

# %% 4. The fast way: strides become dilations
# A pooling of stride 2 computes half of the rows and drops the others. Let it keep
# them: its map is twice as large, and the cells that the next layer used to find side
# by side now lie two apart. So the next layer reaches two cells far, which is called a
# dilation of 2 (or "à trous", with holes). Not one weight changes. The moves of the
# page are still all there, but what they share is computed once.
dense = kerasseg.convert_to_fcn(classifier, output_stride=1)
for layer in dense.layers[1:]:
    dilation = getattr(layer, "dilation_rate", (1, 1))
    print(f"4. {layer.name:12} {describe(layer):26} dilation {dilation[0]}")
at_once = predict_heatmap(dense, corner)
dilated = seconds(lambda: predict_heatmap(dense, corner))
print("4. Against shift-and-stitch:", largest_difference(at_once, stitched))
print(f"4. {dilated:.3f} s for the corner: {shifting / dilated:.0f} times as fast")

# %% 5. Stride 32, 8, 1 on the whole page
# The strides between are to be had as well: output_stride=8 keeps the first three
# halvings and dilates behind them.
results = []
for stride in (32, 8, 1):
    net = kerasseg.convert_to_fcn(classifier, output_stride=stride)
    result = look_at_page(net)
    results.append(result)
    rows, columns = coarse.scores.shape[:2]
    same = result.scores[:: 32 // stride, :: 32 // stride][:rows, :columns]
    each = result.seconds / result.scores[..., 0].size
    print(f"5. Stride {stride}: {result.scores.shape[:2]} cells in ", end="")
    print(f"{1e3 * result.seconds:.1f} ms, {1e6 * each:.2f} µs each; finds ", end="")
    print(f"{len(result.right)} digits, is wrong {result.wrong} times")
    print("5. In the cells of step 2", largest_difference(same, coarse.scores))

# A cell costs less the denser the map: neighbours share nearly all that they see.
save_small(draw_three(page, results, placed), pictures / "dense_prediction.png")
save_figure(draw_times(results), args.output / "times.png")

# %% 6. Each pixel is the classifier's own answer
scores = results[-1].scores
for digit in placed[:3]:
    top, left = digit.top - 11, digit.left - 13  # about the digit's own window
    alone = classifier.predict_on_batch(page[None, top : top + 96, left : left + 96])[0]
    difference = largest_difference(alone, scores[top, left])
    print(f"6. Window at ({top}, {left}) alone: {difference}")

# %% 7. What density buys, and what it does not
# Finds: no digit falls between two cells any more. Places: many cells vote on where a
# digit has its middle. But no sharpness: the classifier was trained to forgive some
# pixels, so the heat of a digit is a blot of that size. To draw its outline a net must
# learn from masks, which is what the segmentation nets do.
middles = np.array([(d.top, d.left) for d in placed]) + 3 * DIGIT_SIZE / 2
for result in results:
    boxes = np.array([result.found[index].box for index in result.right])
    if len(boxes):
        away = (boxes[:, None, :2] + boxes[:, None, 2:]) / 2 - middles
        pixels = np.linalg.norm(away, axis=-1).min(axis=1).mean()
        print(f"7. Stride {result.stride}: a find is {pixels:.1f} pixels from ", end="")
        print("the middle of its digit, on average")
print(f"Pictures are in {args.output}")

# %% Things to try
# - Ask for output_stride=16, or for (32, 1): dense along the rows only.
# - Train with jitter of more pixels: how do the blots and the finds at 32 change?
# - Convert zoo.VGG16(padding="valid") with output_stride=8; read its dilations.
# - Run benchmarks/dense.py: what do the three ways cost on other nets?
