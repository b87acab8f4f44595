"""Training a SegNet: rare classes, a run that records itself, and fresh statistics.

SegNet-Basic learns to part street scenes into sky, buildings, road, trees, cars and
poles. The scenes are drawn, so nothing is downloaded; `--data` takes a real data set,
such as CamVid. Run this file as a script, or cell by cell in an editor that knows
`# %%`:

    python tutorials/07_train_segnet.py
"""

import argparse
import logging
import os
import tempfile
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # read when Keras is imported

import keras
import numpy as np
from street_data import write_streets

import kerasseg
import zoo
from kerasseg import data, losses, metrics, training
from kerasseg.visualize import overlay_labels, save_figure

parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
parser.add_argument("--output", type=Path, default="kerasseg-tutorials/07")
parser.add_argument("--data", type=Path, help="a data set of your own")
parser.add_argument("--epochs", type=int, default=15)
parser.add_argument("--scenes", type=int, default=96)
args, _ = parser.parse_known_args()  # a notebook's kernel has arguments of its own
args.output.mkdir(parents=True, exist_ok=True)
logging.getLogger("tensorflow").setLevel(logging.ERROR)


def largest_difference(a, b):
    return f"they differ by at most {np.abs(np.asarray(a) - b).max():.1e}"


# %% 1. The data
# A folder of images, a folder of masks of the same names, and the names of the classes:
# that is a data set. `kerasseg preview FOLDER -o preview.png` draws it.
folder = args.data
if folder is None:
    folder = Path(tempfile.mkdtemp()) / "streets"
    write_streets(folder, args.scenes)
scenes = data.open_dataset(folder)
quarter = len(scenes) // 4
held_out, seen = (
    scenes.subset(range(quarter)),
    scenes.subset(range(quarter, len(scenes))),
)
print(f"1. {len(seen)} scenes to learn from, {len(held_out)} to be tested on")

# %% 2. Rare classes
# Most pixels are sky, road and buildings; a net that never says "pole" is right nearly
# everywhere. So each class is weighed by the median frequency over its own, where a
# frequency is its share in the images that show it.
counts = seen.class_statistics()
frequency = counts.pixels / counts.pixels_of_images
by_hand = np.median(frequency) / frequency
weights = data.class_weights(counts, "median_frequency")
print(f"2. class_weights, by hand: {largest_difference(weights, by_hand)}")
for name, share, weight in zip(seen.names, counts.frequencies, weights, strict=True):
    print(f"2. {name:10} {share:6.1%} of the pixels, weight {weight:.2f}")

# %% 3. The net and the run
# Everything that a run is goes into one folder. Kill it and call `fit` with
# `resume=True`: it goes on at the very next batch, as tutorial 09 shows.
keras.utils.set_random_seed(0)
net = zoo.SegNetBasic((None, None, 3), classes=scenes.classes, base_filters=16)
batches = data.Pipeline(seen, 6, augment="flip")
validation = data.Pipeline(held_out, 6, shuffle=False)
steps = args.epochs * batches.steps_per_epoch
rate = training.learning_rate("polynomial", 0.1, steps)
history = training.fit(
    net,
    batches,
    validation,
    epochs=args.epochs,
    optimizer=training.optimizer("segnet", rate),
    loss=losses.CrossEntropy(class_weight=weights, ignore_class=scenes.ignore_class),
    metrics=[
        metrics.MeanIoU(scenes.classes, ignore_class=scenes.ignore_class),
        metrics.MeanAccuracy(scenes.classes, ignore_class=scenes.ignore_class),
    ],
    run_dir=args.output / "run",
    overwrite=True,
    colors=scenes.colors,
    seed=0,
)
best = max(history.history["val_mean_iou"])
print(f"3. After {steps} steps the best mean IoU on unseen scenes is {best:.3f}")

# %% 4. Fresh statistics
# In training, BatchNormalization takes mean and variance from the batch; in testing, a
# moving average that lags behind the weights. SegNet's authors ran the training set
# once more to have the true ones.


def mean_iou(model):
    measure = metrics.MeanIoU(scenes.classes, ignore_class=scenes.ignore_class)
    model.compile(
        loss=losses.CrossEntropy(ignore_class=scenes.ignore_class), metrics=[measure]
    )
    found = model.evaluate(validation.epoch(0), return_dict=True, verbose=0)
    return found["mean_iou"]


net = kerasseg.load_model(args.output / "run" / "last.keras")
before = mean_iou(net)
in_order = data.Pipeline(seen, 6, shuffle=False)
refreshed = training.refresh_batch_statistics(net, in_order)
print(f"4. {refreshed} layers; mean IoU {before:.3f} before, {mean_iou(net):.3f} after")
# What the first layer has now is the mean of all that its convolution gives.
first = keras.Model(net.input, net.get_layer("block1_conv1").output)
sums = [
    keras.ops.convert_to_numpy(first(images)).astype(float).mean(axis=(1, 2))
    for images, _ in in_order.epoch(0)
]
by_hand = np.concatenate(sums).mean(axis=0)
moving = net.get_layer("block1_bn1").get_weights()[2]
print(f"4. Its mean, by hand: {largest_difference(moving, by_hand)}")

# %% 5. Look
# `run/curves.png` and `run/predictions.png` were drawn along the way.
image, mask, *_ = held_out[0]
scores = net.predict(image[None] / np.float32(255), verbose=0)[0]
for name, labels in {"truth": mask, "prediction": scores.argmax(axis=-1)}.items():
    figure = overlay_labels(image, labels, scenes.names, np.asarray(scenes.colors))
    save_figure(figure, args.output / f"{name}.png")
for name in ("curves", "predictions"):
    (args.output / f"{name}.png").write_bytes(
        (args.output / "run" / f"{name}.png").read_bytes()
    )
print(f"Pictures are in {args.output}")

# %% Things to try
# - Leave out `class_weight`: what becomes of the poles, and what of the pixel accuracy?
# - On the command line, the same on CamVid:
#   kerasseg train CAMVID -o run --model SegNetBasic --optimizer segnet \
#       --class-weight median_frequency --batch-size 12 --refresh-statistics
# - Give the net `base_filters=64`, as in the paper.
