"""The nets that `networks.py` races, and how either side runs them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import keras
import numpy as np
import pytorch_networks as peers
import torch
from torch.nn import functional

import zoo

TASKS = ("forward", "training")
# Each side's forms, and whether they compile the whole net.
FORMS = {
    "kerasseg": {"graph": False, "XLA": True},
    "PyTorch": {"eager": False, "compiled": True},
}
_LEARNING_RATE = 1e-4  # small, so that no run meets infinities


@dataclass(frozen=True)
class Case:
    """One net at one size, with a builder on either side.

    Attributes:
        shape: Batch, height, width and channels of the images.
        tiny_shape: The same for a run that only shows that all works.
        classes: Number of classes.
        filters: Filters of its first block.
        ours, theirs: The builders.
        margin: How many rows and columns the scores are smaller than the image.
    """

    shape: tuple[int, int, int, int]
    tiny_shape: tuple[int, int, int, int]
    classes: int
    filters: int
    ours: Callable
    theirs: Callable
    margin: int = 0

    def tiny(self) -> Case:
        """The same net with few filters, on a small image."""
        return replace(self, shape=self.tiny_shape, filters=2)

    def build_ours(self) -> keras.Model:
        """The net of `zoo`, without softmax."""
        options = {"classifier_activation": None, "base_filters": self.filters}
        return self.ours(self.shape[1:], self.classes, **options)

    def build_theirs(self) -> torch.nn.Module:
        """The net in PyTorch, its weights channels last as its images are."""
        net = self.theirs(self.shape[3], self.classes, self.filters)
        return net.to(memory_format=torch.channels_last)

    def data(self) -> tuple[np.ndarray, np.ndarray]:
        """Random images and the class of every pixel that gets a score."""
        random = np.random.default_rng(1)
        images = random.normal(size=self.shape).astype("float32")
        batch, height, width, _ = self.shape
        size = (batch, height - self.margin, width - self.margin)
        return images, random.integers(self.classes, size=size)


def _fcn8s(shape, classes, base_filters, **options):
    options["hidden_units"] = 64 * base_filters  # 4096 in the paper
    return zoo.FCN8s(shape, classes, base_filters=base_filters, **options)


CASES = {
    "unet": Case(
        (4, 256, 256, 3),
        (1, 16, 32, 3),
        classes=2,
        filters=32,
        ours=partial(zoo.UNet, padding="same"),
        theirs=partial(peers.UNet, padding="same"),
    ),
    "unet572": Case(
        (1, 572, 572, 1),
        (1, 188, 188, 1),
        classes=2,
        filters=64,
        ours=zoo.UNet,
        theirs=partial(peers.UNet, padding="valid"),
        margin=184,
    ),
    "segnet": Case((1, 360, 480, 3), (1, 33, 47, 3), 11, 64, zoo.SegNet, peers.SegNet),
    "fcn8s": Case((1, 500, 500, 3), (1, 24, 17, 3), 21, 64, _fcn8s, peers.FCN8s),
}


def difference(case: Case) -> float:
    """Largest difference of the scores over the largest score, with equal weights.

    In float64, for in float32 it would tell nothing of SegNet: of some million pooling
    windows a few hold two values that are equal but for rounding, either side takes the
    one that its own rounding favours, and the decoder spreads that over many pixels.
    """
    model, net = _build_in_float64(case), case.build_theirs().double().eval()
    random = np.random.default_rng(0)
    for weight in model.weights:  # score layers may start at zero, where all is equal
        if len(weight.shape) == 4:
            scale = np.sqrt(2 / np.prod(weight.shape[:3]))
            weight.assign(random.normal(scale=scale, size=weight.shape))
    peers.move_weights(model, net)
    images = case.data()[0].astype("float64")
    mine, theirs = model.predict_on_batch(images), _forward_of_pytorch(net, images)()
    return float(np.abs(mine - theirs).max() / np.abs(theirs).max())


def _build_in_float64(case):
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float64")
    try:
        return case.build_ours()  # but for the scores, which are float32 always
    finally:
        keras.config.set_dtype_policy(policy)


def runner(side: str, task: str, form: str, case: Case) -> Callable:
    """What does the task once, with a net of its own; NumPy goes in and comes out."""
    images, masks = case.data()
    is_compiled = FORMS[side][form]
    if side == "kerasseg":
        return _runner_of_keras(case.build_ours(), task, is_compiled, images, masks)
    net = case.build_theirs().train(task == "training")
    parameters = [*net.parameters()]
    if is_compiled:
        net = torch.compile(net)
    if task == "forward":
        return _forward_of_pytorch(net, images)
    return _step_of_pytorch(net, parameters, images, masks)


def _runner_of_keras(model, task, jit_compile, images, masks):
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    optimizer = keras.optimizers.SGD(_LEARNING_RATE)
    model.compile(optimizer, loss, jit_compile=jit_compile)
    if task == "forward":
        return lambda: model.predict_on_batch(images)
    return lambda: model.train_on_batch(images, masks)


def _forward_of_pytorch(net, images):
    def run():
        with torch.inference_mode():
            # The images are channels last in memory already: nothing is copied.
            scores = net(torch.from_numpy(images).permute(0, 3, 1, 2))
        return scores.permute(0, 2, 3, 1).numpy()

    return run


def _step_of_pytorch(net, parameters, images, masks):
    optimizer = torch.optim.SGD(parameters, _LEARNING_RATE)

    def run():
        optimizer.zero_grad()
        scores = net(torch.from_numpy(images).permute(0, 3, 1, 2))
        loss = functional.cross_entropy(scores, torch.from_numpy(masks))
        loss.backward()
        optimizer.step()
        return loss.item()

    return run
