"""A net leaves Python: exported, proved equal, served by three engines, and timed.

Trained nets end up in servers, phones and browsers, where there is no Keras. Here a
small U-Net is written as a SavedModel, as ONNX and for LiteRT, each file is opened by
nothing but its own engine, and all must give the masks that the net gives. ONNX takes
`pip install ".[onnx]"`; without it that part is left out. Run this file as a
script, or cell by cell in an editor that knows `# %%`:

    python tutorials/10_export_and_serve.py
"""

import argparse
import json
import logging
import os
import subprocess
import sys
import time
import warnings
from importlib.util import find_spec
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # read when Keras is imported

import keras
import numpy as np
from export_pictures import draw_served
from heatmap_pictures import save_small

import kerasseg
import zoo
from kerasseg.data.digit_scenes import make_scene
from kerasseg.data.digits import load_digits

parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
parser.add_argument("--output", type=Path, default="kerasseg-tutorials/10")
parser.add_argument("--epochs", type=int, default=15)
parser.add_argument("--pages", type=int, default=160, help="to learn from")
parser.add_argument("--depth", type=int, default=3, help="how often the net halves")
parser.add_argument("--rounds", type=int, default=20, help="of which a time is taken")
parser.add_argument("--pictures", type=Path, help="where the picture for docs goes")
args, _ = parser.parse_known_args()  # a notebook's kernel has arguments of its own
args.output.mkdir(parents=True, exist_ok=True)
pictures = args.pictures or args.output
logging.getLogger("tensorflow").setLevel(logging.ERROR)
warnings.filterwarnings("ignore", message=".*Interpreter is deprecated")
keras.utils.set_random_seed(0)


def largest_difference(a, b):
    return f"they differ by at most {np.abs(np.asarray(a) - np.asarray(b)).max():.1e}"


# %% 1. A net to export
# Pages of handwritten digits. The class of a pixel is the digit whose ink it is, 0 to
# 9, or 10 for paper. The net takes pages of any size, and pixels of 0…1.
NAMES = [*map(str, range(10)), "paper"]


def make_page(digits, seed, height=128, width=192, count=6):
    """A page and the class of each of its pixels."""
    page, placed = make_scene(*digits, height, width, count, seed)  # (H, W, 1)
    mask = np.full(page.shape[:2], NAMES.index("paper"), "int32")  # (H, W)
    for digit in placed:
        box = np.s_[digit.top : digit.box[2], digit.left : digit.box[3]]
        mask[box][page[box][..., 0] < 0.6] = digit.label
    return page, mask


seen, unseen = load_digits()
pages = [make_page(seen, seed) for seed in range(args.pages)]
images, masks = (np.stack(parts) for parts in zip(*pages, strict=True))


def train():
    net = zoo.UNet(
        (None, None, 1),
        classes=len(NAMES),
        padding="same",
        base_filters=8,
        depth=args.depth,
        batch_normalization=True,
        dropout=0.1,
    )
    steps = args.epochs * -(-args.pages // 4)
    rate = keras.optimizers.schedules.CosineDecay(5e-3, steps)
    net.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy")
    # Nearly all of a page is paper: a pixel of it counts for less.
    worth = np.where(masks == NAMES.index("paper"), 0.05, 1.0)
    net.fit(images, masks, 4, args.epochs, sample_weight=worth, verbose=2)
    return net


saved = args.output / "net.keras"
if saved.exists():
    net = kerasseg.load_model(saved)
    print(f"1. Loaded {saved}; delete it to train again")
else:
    net = train()
    net.save(saved)
page, truth = make_page(unseen, 0, 224, 320, 16)  # of another size, other digits
pixels = np.round(page * 255).astype("uint8")[None]  # (1, H, W, 1), as a file has it
scaled = pixels / np.float32(255)
scores = net.predict(scaled, verbose=0)  # (1, H, W, 11)
mask = scores.argmax(axis=-1)  # (1, H, W)
right = (mask[0] == truth)[truth < 10].mean()
print(f"1. {right:.0%} of the ink on an unseen page is given its digit")

# %% 2. Three files
# Each is loaded again at once and run on random images of two sizes. Had one differed
# by more than 1e-5 of the largest score, it would not have been written.
files = {"tf_saved_model": "net", "onnx": "net.onnx", "litert": "net.tflite"}
if not all(map(find_spec, ("tf2onnx", "onnxruntime"))):
    del files["onnx"]
    print('2. Without ONNX, which needs: pip install ".[onnx]"')
for format, name in files.items():
    report = kerasseg.export(net, args.output / name, format, class_names=NAMES)
    sizes = " and ".join(report.differences)
    print(f"2. {name}: {report.bytes / 1e3:.0f} kB, tried at {sizes}; ", end="")
    print(f"they differ by at most {report.largest_difference:.1e}")
# The same from the command line, which exits 1 if the file differs:
#
#     kerasseg export net.keras net.onnx --labels names.txt

# %% 3. SavedModel, in a process that has no Keras
# `serving_default` takes what the net takes. `predict_mask` takes an image as it comes
# out of a file and gives class numbers: scaling and argmax are in the graph. The
# program `serve_saved_model.py` beside this one loads TensorFlow alone, and forbids
# itself kerasseg, its networks and Keras.
times, found = {}, {}
np.save(args.output / "pixels.npy", pixels)
server = Path(__file__).with_name("serve_saved_model.py")
answer = subprocess.run(
    [sys.executable, server, args.output, str(args.rounds)],
    capture_output=True,
    text=True,
    check=True,
)
facts = json.loads(answer.stdout)
served = np.load(args.output / "served_scores.npy")
found["SavedModel"] = np.load(args.output / "served_mask.npy")
print(f"3. SavedModel knows the names of its classes: {', '.join(facts['names'])}")
print("3. Its scores and the net's:", largest_difference(served, scores))
times["SavedModel"] = facts["milliseconds"]


# %% 4. ONNX, in onnxruntime
def timed(run):
    """What it gives, and the shortest of its times in milliseconds."""
    result = run()  # the first call plans memory, or compiles
    durations = []
    for _ in range(args.rounds):
        start = time.perf_counter()
        run()
        durations.append(1e3 * (time.perf_counter() - start))
    return result, min(durations)  # what else runs here can only add to it


if "onnx" in files:
    import onnxruntime

    session = onnxruntime.InferenceSession(args.output / "net.onnx")
    (argument,) = session.get_inputs()
    inputs = {argument.name: scaled}
    (served,), times["ONNX"] = timed(lambda: session.run(None, inputs))
    print(f"4. {argument.name} of shape {argument.shape}; ", end="")
    print("ONNX and the net:", largest_difference(served, scores))
    found["ONNX"] = served.argmax(axis=-1)

# %% 5. LiteRT, in its interpreter
# The format for phones, known as TensorFlow Lite. Its interpreter is a package of its
# own, ai-edge-litert; TensorFlow still brings the same.
try:
    from ai_edge_litert.interpreter import Interpreter
except ImportError:
    import tensorflow as tf

    Interpreter = tf.lite.Interpreter


def run_litert(name):
    """Scores, and the time they took."""
    interpreter = Interpreter(str(args.output / name), num_threads=os.cpu_count())
    serve = interpreter.get_signature_runner()
    (argument,) = serve.get_input_details()
    return timed(lambda: serve(**{argument: scaled})["output_0"])


served, times["LiteRT"] = run_litert("net.tflite")
found["LiteRT"] = served.argmax(axis=-1)
print("5. LiteRT and the net:", largest_difference(served, scores))

# Numbers of fewer bits make smaller files, which are no longer equal but similar. What
# counts is the mask: how many pixels change their class? For int8 the ranges of all
# values inside the net are measured on some images.
examples = list(images[:16])
for kind in ("float16", "dynamic", "int8"):
    name, given = f"net_{kind}.tflite", examples if kind == "int8" else None
    report = kerasseg.export(
        net,
        args.output / name,
        "litert",
        quantization=kind,
        representative_data=given,
        tolerance=1,  # we look for ourselves
    )
    served, milliseconds = run_litert(name)
    changed = (served.argmax(axis=-1) != mask).mean()
    print(f"5. {kind}: {report.bytes / 1e3:.0f} kB, {milliseconds:.0f} ms; ", end="")
    print(f"{changed:.2%} of all pixels change their class")
    if kind == "int8":
        found["LiteRT, int8"] = served.argmax(axis=-1)
        times["LiteRT, int8"] = milliseconds

# %% 6. Side by side
_, times["model.predict"] = timed(lambda: net.predict(scaled, verbose=0))
for name, labels in found.items():
    same = (labels == mask).mean()
    print(f"6. {name}: {times[name]:.0f} ms, {same:.2%} of the mask as in Keras")
print(f"6. model.predict: {times['model.predict']:.0f} ms")
# `model.predict` prepares for many batches, which takes longer than one small page.
figure = draw_served(page, {"Keras": mask, **found}, NAMES, times)
save_small(figure, pictures / "export_and_serve.png")
print(f"Pictures are in {args.output}")

# %% Things to try
# - `class_names` went into every file. Read them out of net.onnx and net.tflite.
# - Serve the SavedModel by TensorFlow Serving: it asks for the folder net/ alone.
# - Give int8 random numbers in place of pages, `np.random.random((128, 192, 1))`.
# - Export zoo.SegNet, whose decoder remembers where maxima were, in the same way.
# - Install openvino and write `format="openvino"`, a path that ends in .xml. Where the
#   CPU has bfloat16, compile_model(…, "CPU", {"INFERENCE_PRECISION_HINT": "f32"}) keeps
#   the numbers of the net.
