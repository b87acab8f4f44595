"""U-Net, SegNet and FCN-8s written plainly in PyTorch, as peers to race against.

Each has the layers of the network in `zoo`, under the same names, so that one set of
weights serves both. Images are channels-first, as PyTorch wants them.
"""

from __future__ import annotations

import keras
import numpy as np
import torch
from torch import nn
from torch.nn import functional

_VGG16 = ((1, 2), (2, 2), (4, 3), (8, 3), (8, 3))  # width, convolutions of each block


class UNet(nn.Module):
    """U-Net: the paper's without padding, or with."""

    def __init__(self, channels: int, classes: int, base_filters: int, padding: str):
        super().__init__()
        pad = 1 if padding == "same" else 0
        widths = [base_filters * 2**level for level in range(5)]
        names = ["down1", "down2", "down3", "down4", "bottom"]
        for name, width in zip(names, widths, strict=True):
            self._add_pair(name, channels, width, pad)
            channels = width
        for level in (4, 3, 2, 1):
            width = widths[level - 1]
            up = nn.ConvTranspose2d(2 * width, width, 2, stride=2)
            self.add_module(f"up{level}_transpose", up)
            self._add_pair(f"up{level}", 2 * width, width, pad)
        self.logits = nn.Conv2d(base_filters, classes, 1)
        self.dropout = nn.Dropout(0.5)

    def _add_pair(self, name, channels, width, pad):
        self.add_module(f"{name}_conv1", nn.Conv2d(channels, width, 3, padding=pad))
        self.add_module(f"{name}_conv2", nn.Conv2d(width, width, 3, padding=pad))

    def _pair(self, x, name):
        x = functional.relu(getattr(self, f"{name}_conv1")(x))
        return functional.relu(getattr(self, f"{name}_conv2")(x))

    def forward(self, x):
        copies = []
        for level in (1, 2, 3, 4):
            x = self._pair(x, f"down{level}")
            if level == 4:
                x = self.dropout(x)
            copies.append(x)
            x = functional.max_pool2d(x, 2)
        x = self.dropout(self._pair(x, "bottom"))
        for level in (4, 3, 2, 1):
            x = getattr(self, f"up{level}_transpose")(x)
            x = torch.cat([_centre(copies.pop(), x.shape[-2:]), x], dim=1)
            x = self._pair(x, f"up{level}")
        return self.logits(x)


class SegNet(nn.Module):
    """SegNet, by PyTorch's own pooling with indices and unpooling."""

    def __init__(self, channels: int, classes: int, base_filters: int):
        super().__init__()
        widths = [base_filters * width for width, _ in _VGG16]
        for block, (_, count) in enumerate(_VGG16, start=1):
            for index in range(1, count + 1):
                self._add_unit(f"block{block}", index, channels, widths[block - 1])
                channels = widths[block - 1]
        for block in (5, 4, 3, 2, 1):
            for index in range(_VGG16[block - 1][1], 0, -1):
                if (block, index) == (1, 1):
                    break
                width = widths[block - 1] if index > 1 else widths[block - 2]
                self._add_unit(f"decoder{block}", index, channels, width)
                channels = width
        self.logits = nn.Conv2d(channels, classes, 3, padding=1)

    def _add_unit(self, block, index, channels, width):
        convolution = nn.Conv2d(channels, width, 3, padding=1)
        self.add_module(f"{block}_conv{index}", convolution)
        # Keras's momentum 0.99 keeps what PyTorch's 0.01 lets in.
        norm = nn.BatchNorm2d(width, eps=1e-3, momentum=0.01)
        self.add_module(f"{block}_bn{index}", norm)

    def _unit(self, x, block, index):
        x = getattr(self, f"{block}_conv{index}")(x)
        return functional.relu(getattr(self, f"{block}_bn{index}")(x))

    def forward(self, x):
        pooled = []
        for block, (_, count) in enumerate(_VGG16, start=1):
            for index in range(1, count + 1):
                x = self._unit(x, f"block{block}", index)
            size = x.shape[-2:]
            x, indices = functional.max_pool2d(
                x, 2, ceil_mode=True, return_indices=True
            )
            pooled.append((indices, size))
        for block in (5, 4, 3, 2, 1):
            indices, size = pooled.pop()
            x = functional.max_unpool2d(x, indices, 2, output_size=size)
            last = 1 if block > 1 else 2
            for index in range(_VGG16[block - 1][1], last - 1, -1):
                x = self._unit(x, f"decoder{block}", index)
        return self.logits(x)


class FCN8s(nn.Module):
    """FCN-8s with the paper's padding and offsets."""

    def __init__(self, channels: int, classes: int, base_filters: int):
        super().__init__()
        for block, (width, count) in enumerate(_VGG16, start=1):
            for index in range(1, count + 1):
                pad = 100 if (block, index) == (1, 1) else 1
                layer = nn.Conv2d(channels, base_filters * width, 3, padding=pad)
                self.add_module(f"block{block}_conv{index}", layer)
                channels = base_filters * width
        hidden = 64 * base_filters  # 4096 in the paper
        self.fc1 = nn.Conv2d(channels, hidden, 7)
        self.fc2 = nn.Conv2d(hidden, hidden, 1)
        self.score_fr = nn.Conv2d(hidden, classes, 1)
        self.score_pool4 = nn.Conv2d(8 * base_filters, classes, 1)
        self.score_pool3 = nn.Conv2d(4 * base_filters, classes, 1)
        for name, stride in (("upscore2", 2), ("upscore_pool4", 2), ("upscore8", 8)):
            layer = nn.ConvTranspose2d(
                classes, classes, 2 * stride, stride=stride, bias=False
            )
            self.add_module(name, layer)
        self.upscore8.requires_grad_(False)
        self.dropout = nn.Dropout(0.5)

    def forward(self, images):
        x, pools = images, {}
        for block, (_, count) in enumerate(_VGG16, start=1):
            for index in range(1, count + 1):
                x = functional.relu(getattr(self, f"block{block}_conv{index}")(x))
            x = functional.max_pool2d(x, 2, ceil_mode=True)
            pools[block] = x
        x = self.dropout(functional.relu(self.fc1(x)))
        x = self.dropout(functional.relu(self.fc2(x)))
        x = self.upscore2(self.score_fr(x))
        x = x + _cut(self.score_pool4(pools[4]), 5, x.shape[-2:])
        x = self.upscore_pool4(x)
        x = x + _cut(self.score_pool3(pools[3]), 9, x.shape[-2:])
        return _cut(self.upscore8(x), 31, images.shape[-2:])


def move_weights(model: keras.Model, peer: nn.Module) -> None:
    """Gives the peer the weights of the Keras model, layer by layer, by name."""
    with_weights = [layer for layer in model.layers if layer.weights]
    ours = {layer.name for layer in with_weights}
    theirs = {
        name for name, module in peer.named_modules() if [*module.parameters(False)]
    }
    if ours != theirs:
        raise ValueError(f"the two differ in {sorted(ours ^ theirs)}")
    for layer in with_weights:
        module = getattr(peer, layer.name)
        targets = [module.weight]
        if module.bias is not None:
            targets.append(module.bias)
        if isinstance(module, nn.BatchNorm2d):
            targets += [module.running_mean, module.running_var]
        for target, weight in zip(targets, layer.weights, strict=True):
            value = keras.ops.convert_to_numpy(weight)
            if value.ndim == 4:  # (k, k, in, out); transposed (k, k, out, in)
                value = value.transpose(3, 2, 0, 1)
            target.data.copy_(torch.from_numpy(np.ascontiguousarray(value)))


def _centre(x, size):
    top, left = ((old - new) // 2 for old, new in zip(x.shape[2:], size, strict=True))
    return x[:, :, top : top + size[0], left : left + size[1]]


def _cut(x, offset, size):
    return x[:, :, offset : offset + size[0], offset : offset + size[1]]
