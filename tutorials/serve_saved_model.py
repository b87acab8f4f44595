"""The server of tutorial 10: TensorFlow and a SavedModel, and nothing else.

    python serve_saved_model.py FOLDER ROUNDS

reads `net` and `pixels.npy` in the folder, writes the scores and the mask beside them,
and prints as JSON what it knows of the net and how long a page took.
"""

import json
import os
import sys
import time
from pathlib import Path

import numpy as np

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
# To import any of these would now fail: the file must do without them.
sys.modules.update(dict.fromkeys(("kerasseg", "zoo", "keras", "tf_keras")))

import tensorflow as tf  # noqa: E402 - that it cannot bring Keras along

folder, rounds = Path(sys.argv[1]), int(sys.argv[2])
net = tf.saved_model.load(str(folder / "net"))
serve = net.signatures["serving_default"]
((_, arguments),) = [serve.structured_input_signature]
(name,) = arguments

pixels = tf.constant(np.load(folder / "pixels.npy"))  # (1, H, W, 1), 0…255
scaled = tf.cast(pixels, tf.float32) / 255
(scores,) = serve(**{name: scaled}).values()  # (1, H, W, classes)
np.save(folder / "served_scores.npy", scores)
np.save(folder / "served_mask.npy", net.predict_mask(pixels))  # (1, H, W)

durations = []
for _ in range(rounds):
    start = time.perf_counter()
    serve(**{name: scaled})
    durations.append(1e3 * (time.perf_counter() - start))
names = [name.decode() for name in net.class_names().numpy()]
print(json.dumps({"names": names, "milliseconds": min(durations)}))
