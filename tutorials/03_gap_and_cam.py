"""Two heads for one trunk, and a net that tells where although nobody told it where.

You know from tutorial 1 how Flatten and Dense become convolutions. Many classifiers end
in global average pooling (GAP) instead. Here both heads learn from the same images,
which only say *that* a digit is there. Then both look at a page: one gives blobs, the
other can be taken apart into class activation maps, which point at the digits. Run
this file as a script, or cell by cell in an editor that knows `# %%`:

    python tutorials/03_gap_and_cam.py
"""

import argparse
import logging
import os
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # read when Keras is imported

import keras
import numpy as np
from cam_pictures import draw_anatomy, draw_three_maps
from heatmap_pictures import save_small
from keras import layers

import kerasseg
import zoo
from kerasseg.data.digit_scenes import compose, make_scene
from kerasseg.data.digits import BACKGROUND, DIGIT_NAMES, load_digits
from kerasseg.inference import predict_heatmap, predict_sliding, project_heatmap
from kerasseg.visualize import (
    draw_exciting_inputs,
    exciting_inputs,
    feature_maps,
    filters,
    save_figure,
    side_by_side,
)

parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
parser.add_argument("--output", type=Path, default="kerasseg-tutorials/03")
parser.add_argument("--epochs", type=int, default=10)
parser.add_argument("--copies", type=int, default=6, help="windows for each digit")
parser.add_argument("--pictures", type=Path, help="where docs/pictures are")
args, _ = parser.parse_known_args()  # a notebook's kernel has arguments of its own
args.output.mkdir(parents=True, exist_ok=True)
pictures = args.pictures or args.output
logging.getLogger("tensorflow").setLevel(logging.ERROR)


def largest_difference(a, b):
    a, b = np.asarray(a), np.asarray(b)
    return f"they differ by at most {np.abs(a - b).max() / np.abs(b).max():.1e}"


# %% 1. Images that say that, not where
# Each window is 48×48 pixels of paper with one digit of 24×24 *anywhere* in it, or with
# none. The label is the digit's name; where it stands is told to nobody.
WINDOW = 48


def windows_of(digits, labels, copies, seed=0):
    """`copies` windows for each digit, and an eighth as many of bare paper."""
    rng = np.random.default_rng(seed)
    windows, classes = [], []
    for index in [*range(len(digits))] * copies:
        for part in [slice(index, index + 1)] + [slice(0)] * (index % 8 == 0):
            sheet, placed = compose(digits[part], labels[part], 72, 72, rng)
            windows.append(sheet[12:60, 12:60])  # the margin, where no digit may be
            classes.append(placed[0].label if placed else BACKGROUND)
    order = rng.permutation(len(windows))
    return np.stack(windows)[order], np.array(classes)[order]


seen, unseen = load_digits()
windows, classes = windows_of(*seen, args.copies)
tests, answers = windows_of(*unseen, 1, seed=1)
names = [DIGIT_NAMES[label] for label in classes[:12]]
save_figure(side_by_side(windows[:12], names, 6), args.output / "windows.png")
print(f"1. {len(windows):,} windows to train on; the labels say what, not where")

# %% 2. One trunk, two heads
# The trunk is LeNet-5's, with two more convolutions, so that each cell of its last map
# sees 32×32 pixels: enough for a digit. That map is 5×5 with 64 channels.
# The fully connected head flattens it: 1 600 numbers, each with its own weights, so it
# has to learn every digit anew for every place. The GAP head first averages each
# channel over the map; what remains is 64 numbers, and a place no longer counts.


def build(head, size=WINDOW):
    trunk = zoo.LeNet5(
        include_top=False, input_shape=(size, size, 1), activation="leaky_relu"
    )
    x = trunk.output
    for number in (1, 2):
        name = f"block3_conv{number}"
        x = layers.Conv2D(64, 3, activation="leaky_relu", name=name)(x)
    if head == "fc":
        x = layers.Flatten()(x)
        x = layers.Dense(120, activation="leaky_relu", name="fc1")(x)
    else:
        x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dense(len(DIGIT_NAMES), activation="softmax", name="predictions")(x)
    return keras.Model(trunk.input, x, name=head)


def train(head):
    keras.utils.set_random_seed(0)
    model = build(head)
    steps = args.epochs * -(-len(windows) // 64)
    rate = keras.optimizers.schedules.CosineDecay(3e-3, steps)
    model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy")
    model.fit(windows, classes, batch_size=64, epochs=args.epochs, verbose=2)
    return model


nets = {}
for head in ("fc", "gap"):
    saved = args.output / f"{head}.keras"
    if saved.exists():
        nets[head] = kerasseg.load_model(saved)
        print(f"2. Loaded {saved}; delete it to train again")
    else:
        nets[head] = train(head)
        nets[head].save(saved)
trunk_size = sum(x.count_params() for x in nets["gap"].layers[:-1])
for head, net in nets.items():
    right = net.predict(tests, verbose=0).argmax(axis=-1) == answers
    print(f"2. {head:>3}: the head has {net.count_params() - trunk_size:7,} ", end="")
    print(f"parameters; {right.mean():.1%} of unseen windows are named rightly")
# Some 270 times fewer parameters in the head, for a point or two of accuracy. Network
# in Network (2014), which brought GAP up, and ResNet after it made the same bargain.

# %% 3. Slide both over a page
# Converted, the FC head is a 5×5 convolution (tutorial 1), the GAP head an average over
# 5×5 cells at stride 1. Both give what sliding the classifier would give.
page, placed = make_scene(*unseen)
maps, fields = {}, {}
for head, net in nets.items():
    fcn = kerasseg.convert_to_fcn(net)
    maps[head], fields[head] = predict_heatmap(fcn, page), kerasseg.receptive_field(fcn)
    slid = predict_sliding(net, page, stride=8, batch_size=256)  # every second cell
    print(f"3. {head:>3} against sliding:", end=" ")
    print(largest_difference(maps[head][::2, ::2], slid))
print(f"3. A cell sees {fields['fc'].size} pixels, and the page has 24 digits. A cell")
print("   says “4” when a 4 stands anywhere in its box: a blob, not a place")

# %% 4. Take the average apart: class activation maps
# The GAP net's logit of a class is w · mean(f) + b, with f the 64 numbers of a cell.
# A mean and a weighted sum can be exchanged: it is also the mean over the cells of
# w · f + b. So each cell has a logit of its own, and the classifier's answer is their
# average. These maps are Zhou's class activation maps (2016, arxiv.org/abs/1512.04150):
# the head without its pooling. A cell now sees 32 pixels instead of 48.
options = {"global_pooling": "cam", "classifier_activation": None}
cam_logits = kerasseg.convert_to_fcn(nets["gap"], **options)
gap_logits = kerasseg.convert_to_fcn(nets["gap"], classifier_activation=None)
each_cell = cam_logits.predict(tests, verbose=0)  # (B, 5, 5, classes)
whole = gap_logits.predict(tests, verbose=0)  # (B, 1, 1, classes)
print(f"4. {each_cell.shape[1:3]} cells for a window, and their mean is the answer:")
print("  ", largest_difference(each_cell.mean(axis=(1, 2)), whole[:, 0, 0]))
by_hand = keras.Model(
    nets["gap"].input, nets["gap"].get_layer("block3_conv2").output
).predict(tests, verbose=0)
kernel, bias = nets["gap"].get_layer("predictions").get_weights()
print("4. By hand, features times weights:", end=" ")
print(largest_difference(by_hand @ kernel + bias, each_cell))

# It holds at any size. GAP leaves the size open: with the same weights, the net takes
# the whole page as one image and gives one answer: the mean of the page's map.
any_size = build("gap", size=None)
any_size.set_weights(nets["gap"].get_weights())
page_map = predict_heatmap(cam_logits, page)
of_page = any_size.predict(page[None], verbose=0)[0]
odds = np.exp(page_map.mean(axis=(0, 1), dtype=np.float64))
print("4. The page as one image:", largest_difference(odds / odds.sum(), of_page))

# %% 5. Which of the three points at the digits?
# The share of all heat that lies on the digits themselves. Digits cover only a seventh
# of the page; a map that knew nothing would have that share.
cam = kerasseg.convert_to_fcn(nets["gap"], global_pooling="cam")
maps["cam"], fields["cam"] = predict_heatmap(cam, page), kerasseg.receptive_field(cam)
covered = np.zeros(page.shape[:2], bool)
for digit in placed:
    top, left, bottom, right_edge = digit.box
    covered[top:bottom, left:right_edge] = True
print(f"5. Digits cover {covered.mean():.0%} of the page. Of the heat, they hold:")
on_page, shares = {}, {}
for kind, scores in maps.items():
    on_page[kind] = project_heatmap(scores, fields[kind], page.shape[:2], border="nan")
    heat = np.nan_to_num(1 - on_page[kind][..., BACKGROUND])
    shares[kind] = heat[covered].sum() / max(heat.sum(), 1e-9)
    print(
        f"   {kind:>3}: {shares[kind]:.0%}, each cell sees {fields[kind].size} pixels"
    )
figure = draw_three_maps(page, on_page, fields, shares, BACKGROUND)
save_small(figure, pictures / "gap_and_cam.png")
# Training never told a position. What changed is what a cell is asked: "is there a
# digit somewhere in my box?" by the first two, "how much do I speak for it?" by the
# last. The price: a cell that sees part of a digit has to judge by that part. Look at
# the 4s: the CAM is sharp, and now and then takes a stroke of another digit for one.

# %% 6. What the trunk sees
# Its first filters: mid-grey is zero, light asks for paper, dark for ink.
figure = filters(nets["gap"], "block1_conv1", columns=6)
save_figure(figure, args.output / "filters.png")
# What they and the last layer make of the page: here the 12 most active of 64 maps.
figure = feature_maps(cam, page, "block3_conv2", count=12, columns=4)
save_figure(figure, args.output / "feature_maps.png")
# The channel that speaks most for a class is the one with its greatest weight. Which
# places of 20 unseen pages excite it most, and which excite the class's own cells of
# the CAM? Each place is cut out by its receptive field.
scenes = [make_scene(*unseen, 128, 160, count=6, seed=seed) for seed in range(20)]
sheets = [scene for scene, _ in scenes]


def is_on(hit, label):
    """Whether a place lies in the middle of a digit of this class, give or take 8."""
    middle = np.add(hit.box[:2], hit.box[2:]) / 2
    digits = [digit for digit in scenes[hit.image_index][1] if digit.label == label]
    return any(np.abs(middle - digit.box[:2] - 12).max() <= 8 for digit in digits)


found = {}
for label in (0, 4):
    channel = int(kernel[:, label].argmax())
    asked = {
        f"channel {channel}": ("block3_conv2", channel),
        f"class “{label}”": ("predictions", label),
    }
    for name, (layer, unit) in asked.items():
        found[name] = exciting_inputs(cam_logits, sheets, layer, unit, count=8)
        right = sum(is_on(hit, label) for hit in found[name])
        print(f"6. {name}: {right} of its 8 best places show a {label}")
# A channel is a stroke that several digits share; a class is a weighted sum of 64.
figure = draw_exciting_inputs(found["class “4”"], columns=4)
save_figure(figure, args.output / "exciting_inputs.png")
figure = draw_anatomy(nets["gap"], page, found)
save_small(figure, pictures / "what_a_net_sees.png")
print(f"Pictures are in {args.output}")

# %% Things to try
# - Train with copies=2: which head suffers more from having less data?
# - Leave block3 out, so that a cell sees 16 pixels: how sharp is the CAM, how right?
# - GlobalMaxPooling2D in place of the average: why has its head no such maps?
# - Ask exciting_inputs for other channels, and for those of block2_conv1.
# - kerasseg.convert_to_fcn(nets["gap"], global_pooling="cam", output_stride=1).
