"""From a digit classifier to a heatmap over a whole page, one step at a time.

You know Keras classifiers: an image goes in, one row of probabilities comes out. Here
the same trained weights answer at every place of a page of any size, in one pass. Run
this file as a script, or cell by cell in an editor that knows `# %%`:

    python tutorials/01_classifier_to_heatmap.py
"""

import argparse
import logging
import os
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # read when Keras is imported

import keras
import numpy as np
from heatmap_pictures import draw_idea, draw_receptive_field, draw_ten, save_small

import kerasseg
import zoo
from kerasseg.data.digit_scenes import make_scene
from kerasseg.data.digit_windows import classifier_arrays
from kerasseg.data.digits import BACKGROUND, DIGIT_NAMES, DIGIT_SIZE, load_digits
from kerasseg.inference import predict_heatmap, predict_sliding, project_heatmap
from kerasseg.inference.matching import match_detections
from kerasseg.inference.peaks import find_peaks
from kerasseg.visualize import save_figure, side_by_side

parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
parser.add_argument("--output", type=Path, default="kerasseg-tutorials/01")
parser.add_argument("--epochs", type=int, default=7)
parser.add_argument("--pictures", type=Path, help="where the two pictures of README go")
args, _ = parser.parse_known_args()  # a notebook's kernel has arguments of its own
args.output.mkdir(parents=True, exist_ok=True)
pictures = args.pictures or args.output
logging.getLogger("tensorflow").setLevel(logging.ERROR)


def largest_difference(a, b):
    return f"they differ by at most {np.abs(np.asarray(a) - np.asarray(b)).max():.1e}"


# %% 1. Digits, and a class for "no digit"
# 1 797 digits written by 43 people. We hold 359 out: the net will never train on them.
# Each training window is 32×32 pixels of paper with a digit near its middle, or
# without one. That second half matters. The outputs of a softmax add up to 1, so a net
# that knows ten digits alone must call bare paper, or a gap between two digits, one of
# the ten. We will ask it about every place of a page, and most places hold no digit;
# hence an eleventh class, the background.
seen, unseen = load_digits()
windows, classes = classifier_arrays(*seen, copies=10)
print(f"1. {len(windows):,} windows to train on, {windows.shape[1:]} each; ", end="")
print(f"{(classes == BACKGROUND).mean():.0%} of them background")
names = [DIGIT_NAMES[label] for label in classes[:12]]
save_figure(side_by_side(windows[:12], names, 6), args.output / "windows.png")

# %% 2. LeNet-5, an ordinary classifier
# Two rounds of convolution and pooling, then Flatten and three Dense layers. Nothing
# in it, or in the training, knows that it will ever see more than 32×32 pixels.
saved = args.output / "lenet5.keras"


def train(model, epochs):
    rate = keras.optimizers.schedules.CosineDecay(2e-3, epochs * len(windows) // 64)
    loss = "sparse_categorical_crossentropy"
    model.compile(keras.optimizers.Adam(rate), loss, metrics=["accuracy"])
    model.fit(windows, classes, batch_size=64, epochs=epochs, verbose=2)


keras.utils.set_random_seed(0)
if saved.exists():
    classifier = kerasseg.load_model(saved)
    print(f"2. Loaded {saved}; delete it to train again")
else:
    classifier = zoo.LeNet5(classes=len(DIGIT_NAMES))
    train(classifier, args.epochs)
    classifier.save(saved)
tests, answers = classifier_arrays(*unseen, vary=False)
correct = classifier.predict_on_batch(tests).argmax(axis=-1) == answers
accuracy = correct[answers != BACKGROUND].mean()
print(f"2. It names {accuracy:.1%} of the {len(unseen[0])} digits it has never seen")

# %% 3. The slow way: slide it over a page
# 24 of the unseen digits on one page, eight windows high and twelve wide. The plain
# way to find them: cut a window every 4 pixels, classify each, note what it says.
page, placed = make_scene(*unseen)
save_figure(side_by_side([page]), args.output / "page.png")


def seconds(call, repeats=5):
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times[1:])  # the first call compiles


slid = predict_sliding(classifier, page, stride=4, batch_size=256)
slow = seconds(lambda: predict_sliding(classifier, page, stride=4, batch_size=256))
print(f"3. {slid.shape[0]} × {slid.shape[1]} = {slid[..., 0].size:,} windows ", end="")
print(f"in {slow:.3f} s, for {page.shape[0]} × {page.shape[1]} pixels")
# Neighbouring windows share 7 of every 8 columns, so the first convolution computes
# nearly every number again and again. A convolution over the whole page would do it
# once. Only Flatten and Dense stand in the way, since they want a fixed size.

# %% 4. By hand: Dense after Flatten is a convolution
# The last feature map of a window is 5×5 with 16 channels; Flatten lays it out row by
# row as 400 numbers. A unit of fc1 multiplies each by its own weight and adds up. A 5×5
# convolution over that map does precisely this, at the one place where it fits: the
# same 400 products, the same sum. So we write the 400 weights as 5×5×16. The later
# Dense layers see one position at a time: they are 1×1 convolutions.
image = keras.Input((None, None, 1))
x = image
for layer in classifier.layers[1:5]:  # up to Flatten: convolutions take any size
    x = layer(x)
for name, size in (("fc1", 5), ("fc2", 1), ("predictions", 1)):
    dense = classifier.get_layer(name)
    kernel, bias = dense.get_weights()
    convolution = keras.layers.Conv2D(dense.units, size, activation=dense.activation)
    x = convolution(x)
    reshaped = kernel.reshape(size, size, -1, dense.units)
    convolution.set_weights([reshaped, bias])
    print(f"4. {name}: {kernel.shape} becomes {reshaped.shape}")
by_hand = keras.Model(image, x)
one_answer = classifier.predict_on_batch(tests)
one_cell = by_hand.predict_on_batch(tests)
print(f"4. The classifier gives {one_answer.shape}, the convolutions {one_cell.shape}")
print("4. Same answers:", largest_difference(one_answer, one_cell[:, 0, 0]))

# %% 5. In one line, for any classifier
# `convert_to_fcn` does this to every graph it is given, or says which layer it cannot.
fcn = kerasseg.convert_to_fcn(classifier)
scores = predict_heatmap(fcn, page)
fast = seconds(lambda: predict_heatmap(fcn, page))
hand = predict_heatmap(by_hand, page)
print("5. One line against by hand:", largest_difference(scores, hand))
print("5. One pass against sliding:", largest_difference(scores, slid))
print(f"5. {scores.shape} in {fast:.4f} s: {slow / fast:.0f} times as fast")

# %% 6. What a cell sees
# Each cell of the map looks at a box of pixels, its receptive field. It is as large as
# the old window, and two poolings by 2 put neighbours 4 pixels apart.
field = kerasseg.receptive_field(fcn)
print(f"6. size {field.size}, stride {field.stride}, offset {field.offset}")
first = min(placed, key=lambda digit: digit.top + digit.left)
cell = (round((first.top - 4) / 4), round((first.left - 4) / 4))  # digit in mid-box
top, left, bottom, right = field.box(*cell)
window = page[top:bottom, left:right]
alone = classifier.predict_on_batch(window[None])[0]
print(f"6. Cell {cell} sees rows {top} to {bottom}, columns {left} to {right}")
print("6. This window alone:", largest_difference(alone, scores[cell]))

# So a score belongs to the middle of its box: that of cell (0, 0) to pixel (16, 16),
# not to the corner! Resizing the map to the page, as is often done, puts it in the
# corner, and moves every peak outwards, the more the nearer it is to the border.
heat = 1 - scores[..., BACKGROUND]  # the probability of any digit
aligned = project_heatmap(heat, field, page.shape[:2], border="nan")
resized = keras.ops.image.resize(heat[..., None], page.shape[:2])
resized = keras.ops.convert_to_numpy(resized)[..., 0]
about = page, field, scores, cell, aligned
figure = draw_receptive_field(*about, resized, placed)
save_small(figure, pictures / "receptive_field.png")

# %% 7. Ten heatmaps, then the digits found
# The net gives one heatmap for each class. Where cells side by side agree, there is one
# digit: `find_peaks` takes the surest cell within half a digit's size.
maps = project_heatmap(scores, field, page.shape[:2], border="nan")
save_figure(draw_ten(page, maps), args.output / "ten_heatmaps.png")
found = find_peaks(scores, field, BACKGROUND, object_size=(DIGIT_SIZE, DIGIT_SIZE))
matches = match_detections(found, placed)
print(f"7. Found and named {len(matches.right)} of {len(placed)} digits; ", end="")
print(f"{len(matches.misnamed)} misnamed, {len(matches.false_alarms)} false alarms")

is_right = [index in matches.right_found for index in range(len(found))]
figure = draw_idea(*about, found, is_right)
save_small(figure, pictures / "classifier_to_heatmap.png")

# %% 8. What padding changes
# In the head: `padding="same"` lets the 5×5 convolution hang over the border, so that
# the map keeps the size of the trunk's. Inside, nothing changes; the two new rings of
# cells see part of a window and zeros for the rest, which no training has shown them.
same = predict_heatmap(kerasseg.convert_to_fcn(classifier, padding="same"), page)
print(f'8. padding="same": {scores.shape[:2]} cells become {same.shape[:2]}')
print("8. Inside the two rings:", largest_difference(same[2:-2, 2:-2], scores))


# In the trunk it is another matter. Here is LeNet-5 once more, with convolutions that
# pad. Zero is black: every window it trained on had a black frame. A cell inside the
# page sees its neighbours' paper there instead, so the weights are the same, the pixels
# are not, and the answers differ from the classifier's. (VGG16 pads as well. Its images
# have their mean subtracted, so there a zero is at least an average pixel.)
def with_padding(layer):
    padded = {"padding": "same"} if isinstance(layer, keras.layers.Conv2D) else {}
    return layer.from_config(layer.get_config() | padded)


padded = keras.models.clone_model(classifier, clone_function=with_padding)
train(padded, 1)
cells = predict_heatmap(kerasseg.convert_to_fcn(padded), page)
crops = predict_sliding(padded, page, stride=4, batch_size=256)
changed = np.abs(cells - crops).max(axis=-1)
renamed = (cells.argmax(axis=-1) != crops.argmax(axis=-1)).mean()
print(f"8. A trunk that pads: probabilities change by up to {changed.max():.2f}")
print(f"8. {renamed:.1%} of the cells name another class; each sees ", end="")
print(f"{kerasseg.receptive_field(padded).size} pixels, more than the window")
print(f"Pictures are in {args.output}")

# %% Things to try
# - Leave the background out of the training windows, and look at the ten heatmaps.
# - Draw a page of your own, in dark ink with digits some 24 pixels tall.
# - Shrink the page to half its size: what does a net know that saw one size only?
# - Print receptive_field(classifier, "block1_pool"), then follow it up the layers.
# - Convert zoo.VGG16() and ask for the receptive field: where does a cell of it look?
