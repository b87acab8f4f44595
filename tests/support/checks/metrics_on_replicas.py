"""Evaluates one net on two replicas, then on one, and prints what the metrics say.

A program of its own: devices can be split only before TensorFlow runs anything.
"""

import json

import numpy as np
import tensorflow as tf

tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0],
    [tf.config.LogicalDeviceConfiguration()] * 2,
)

import keras  # noqa: E402

from kerasseg.metrics import ConfusionMatrix, MeanIoU  # noqa: E402

IGNORED = 255


def evaluate(strategy, images, masks, weights):
    with strategy.scope():
        net = keras.Sequential(
            [keras.Input((None, None, 3)), keras.layers.Conv2D(4, 1)]
        )
        options = {"ignore_class": IGNORED, "average": "image"}
        matrix = ConfusionMatrix(4, ignore_class=IGNORED)
        net.compile(
            loss=lambda y_true, y_pred: keras.ops.mean(y_pred, axis=-1),
            metrics=[matrix],
            weighted_metrics=[
                ConfusionMatrix(4, ("iou", "mean_dice"), **options),
                MeanIoU(4, name="by_image", **options),
            ],
        )
    net.set_weights([np.arange(12.0).reshape(1, 1, 3, 4) % 5 - 2, np.zeros(4)])
    for _ in range(2):  # the second time starts from zero again
        logs = net.evaluate(
            *(images, masks),
            batch_size=4,
            sample_weight=weights,
            verbose=0,
            return_dict=True,
        )
    return {
        "replicas": strategy.num_replicas_in_sync,
        "logs": {name: float(value) for name, value in logs.items()},
        "matrix": matrix.numpy().tolist(),
    }


def main():
    random = np.random.default_rng(0)
    images = random.normal(size=(8, 6, 7, 3)).astype("float32")
    masks = random.integers(0, 4, (8, 6, 7))
    masks[0] = IGNORED
    weights = random.uniform(0.5, 2, masks.shape).astype("float32")
    strategies = [
        tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]),
        tf.distribute.get_strategy(),
    ]
    found = [evaluate(strategy, images, masks, weights) for strategy in strategies]
    print(json.dumps(found))


if __name__ == "__main__":
    main()
