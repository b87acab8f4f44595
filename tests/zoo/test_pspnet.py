"""The oracles are counts by the papers' tables, and twins in PyTorch.

The tables: ResNet, table 1 of https://arxiv.org/abs/1512.03385; the pyramid and the
heads, section 3 of https://arxiv.org/abs/1612.01105 and the authors' `model/pspnet.py`
in https://github.com/hszhao/semseg.
"""

from functools import partial

import keras
import numpy as np
import pytest
from checks.models import count_parameters
from checks.pytorch_twins import check_twin
from checks.segmentation import (
    awaken,
    check_default_network,
    check_segmentation,
    images_of,
    run,
)

from kerasseg.errors import ArgumentError
from zoo import PSPNet
from zoo.encoders import Encoder

STAGES = ((64, 3), (128, 4), (256, 6), (512, 3))  # of ResNet-50: width, blocks


def convolution(size, before, after, has_bias=False):
    return (size * size * before + has_bias) * after


def resnet_50_parameters(stage_4_blocks=6):
    """Keras's, whose convolutions have biases, with four numbers a channel to norm."""
    count = convolution(7, 3, 64, True) + 4 * 64
    before = 64
    for width, blocks in (*STAGES[:2], (256, stage_4_blocks), STAGES[3]):
        after = 4 * width
        count += convolution(1, before, after, True) + 4 * after
        for _ in range(blocks):
            count += convolution(1, before, width, True) + 4 * width
            count += convolution(3, width, width, True) + 4 * width
            count += convolution(1, width, after, True) + 4 * after
            before = after
    return count


def head_parameters(before, width, classes):
    hidden = convolution(3, before, width) + 4 * width
    return hidden + convolution(1, width, classes, True)


def pyramid_parameters():
    return 4 * (convolution(1, 2048, 512) + 4 * 512)


def tiny(align_corners=False):
    """An encoder of strides 8 and 16, with what a dilation has to cope with."""
    layers = keras.layers
    x = inputs = keras.Input((None, None, 3))
    for index, filters in enumerate((4, 6, 8), start=1):
        x = layers.Conv2D(filters, 3, strides=2, padding="same", name=f"c{index}")(x)
        x = layers.Activation("relu", name=f"r{index}")(x)
    x = layers.Conv2D(8, 3, strides=2, padding="same", name="c4")(x)
    x = layers.BatchNormalization(name="bn4")(x)
    x = layers.Conv2D(8, 3, padding="same", activation="relu", name="c5")(x)
    return Encoder(awaken(keras.Model(inputs, x)), ["r3", "c5"], align_corners)


def small(**options):
    shape = {"input_shape": (None, None, 3), "classes": 3, "base_filters": 4}
    return shape | {"encoder": tiny(), "dropout": 0.0} | options


@pytest.mark.slow_elsewhere
def test_as_a_segmentation_net(tmp_path, fresh_process):
    counted = resnet_50_parameters() + pyramid_parameters()
    counted += head_parameters(4096, 512, 21)
    check_default_network(PSPNet, counted)
    assert counted == 46_677_397
    counted += head_parameters(1024, 256, 21)
    builder = partial(PSPNet, auxiliary=True)
    check_segmentation(
        builder,
        small(),
        parameter_count=counted,
        tmp_path=tmp_path,
        fresh_process=fresh_process,
        bad_arguments=[
            {"encoder": None},
            {"encoder": "resnet50"},
            {"encoder_weights": "imagenot"},
            {"encoder_weights": "imagenet", "input_shape": (64, 64, 1)},
            {"encoder": tiny(), "output_stride": 32},
            {"output_stride": 0},
            {"bins": ()},
            {"bins": 6},
            {"bins": (1, 1)},
            {"bins": (0, 2)},
            {"base_filters": 0},
            {"auxiliary": "yes"},
            {"dropout": 1.0},
        ],
    )


@pytest.mark.parametrize(("name", "blocks"), [("ResNet50", 6), ("ResNet101", 23)])
def test_parameters_are_those_of_the_tables(name, blocks):
    fixed = pyramid_parameters() + head_parameters(4096, 512, 19)
    counted = count_parameters(PSPNet, encoder=name, classes=19)
    assert counted == resnet_50_parameters(blocks) + fixed


def test_sizes_are_those_of_the_authors():
    """Crops of 473 pixels there give 60 cells a side, dilated by 2 and by 4."""
    with keras.StatelessScope(initialize_variables=False):
        model = PSPNet((473, 473, 3), auxiliary=True)
    encoder = model.get_layer("encoder")
    *_, fourth, fifth = encoder.compute_output_shape((None, 473, 473, 3))
    assert fourth == (None, 60, 60, 1024)
    assert fifth == (None, 60, 60, 2048)
    assert model.get_layer("pyramid").output.shape == (None, 60, 60, 4096)
    assert [x.shape for x in model.outputs] == [(None, 473, 473, 21)] * 2
    for layer in encoder.layers:
        if layer.name.endswith("_2_conv"):
            rate = {"conv4": 2, "conv5": 4}.get(layer.name[:5], 1)
            assert layer.dilation_rate == (rate, rate), layer.name
            assert layer.strides == (1, 1), layer.name


def test_output_stride_16_and_none():
    for output_stride, cells in [(16, 4), (None, 4), (8, 8)]:
        with keras.StatelessScope(initialize_variables=False):
            model = PSPNet(**small(output_stride=output_stride))
        shapes = model.get_layer("encoder").compute_output_shape((1, 64, 64, 3))
        assert shapes[-1][1:3] == (cells, cells)


@pytest.mark.slow_elsewhere
@pytest.mark.parametrize("name", ["MobileNetV3Small", "VGG16"])
def test_other_encoders_take_any_size(name):
    model = PSPNet(classes=4, encoder=name, base_filters=2)
    for size in [(1, 1), (33, 47)]:
        assert model(images_of(model, size)).shape == (2, *size, 4)


def test_every_place_sees_the_whole_scene():
    model = awaken(PSPNet(**small(bins=(1,), base_filters=16)))
    images = images_of(model, (96, 96))
    before = run(model, images)[:, 0, 0]
    images[:, 80:, 80:] += 3
    assert np.abs(run(model, images)[:, 0, 0] - before).max() > 1e-4


def test_an_encoder_needs_two_levels_for_auxiliary_scores():
    encoder = Encoder(tiny().model, ["r3"])
    assert PSPNet(**small(encoder=encoder)).compute_output_shape((1, 9, 9, 3))
    with pytest.raises(ArgumentError, match=r"two levels.* Received: auxiliary=True"):
        PSPNet(**small(encoder=encoder, auxiliary=True))


@pytest.mark.parametrize("align_corners", [False, True])
@pytest.mark.parametrize("size", [(33, 49), (30, 21), (1, 1)])
def test_equals_a_pytorch_twin(size, align_corners):
    options = small(encoder=tiny(align_corners), auxiliary=True)
    model = awaken(PSPNet(**options))
    twin = twin_of(tiny_twin, 8, 8, 3, 4, align_corners)
    check_twin(model, twin, images_of(model, size))


@pytest.mark.slow_elsewhere
@pytest.mark.parametrize("size", [(33, 33), (40, 25)])
def test_equals_a_pytorch_twin_on_resnet_50(size):
    model = PSPNet(
        classes=3, classifier_activation=None, base_filters=4, auxiliary=True
    )
    twin = twin_of(resnet_twin, 1024, 2048, 3, 4, True, scores=lambda x: x)
    check_twin(awaken(model), twin, images_of(model, size))


def twin_of(trunk, fourth, fifth, classes, base, align_corners, scores=None):
    torch = pytest.importorskip("torch")
    from torch import nn
    from torch.nn import functional as F

    scores = scores or partial(torch.softmax, dim=1)
    enlarge = partial(F.interpolate, mode="bilinear", align_corners=True)

    class Twin(nn.Module):
        def __init__(self):
            super().__init__()
            self.trunk = trunk(nn, F, align_corners)
            for n in (1, 2, 3, 6):
                self.add(f"pyramid{n}", fifth, fifth // 4, 1)
            self.add("conv", 2 * fifth, base, 3)
            self.logits = nn.Conv2d(base, classes, 1)
            self.add("auxiliary_conv", fourth, base // 2, 3)
            self.auxiliary_logits = nn.Conv2d(base // 2, classes, 1)

        def add(self, name, before, after, size):
            conv = nn.Conv2d(before, after, size, padding=size // 2, bias=False)
            self.add_module(name, conv)
            self.add_module(f"{name}_bn", nn.BatchNorm2d(after, eps=1e-5))

        def convolve(self, name, x):
            return self.get_submodule(f"{name}_bn")(self.get_submodule(name)(x)).relu()

        def forward(self, image):
            missing = [(align_corners - n) % 8 for n in image.shape[2:]]
            pads = (0, missing[1], 0, missing[0])
            padded = F.pad(image, pads, mode="replicate")
            fourth, x = self.trunk(padded)
            branches = [x]
            for n in (1, 2, 3, 6):
                y = self.convolve(f"pyramid{n}", F.adaptive_avg_pool2d(x, n))
                branches.append(enlarge(y, x.shape[2:]))
            x = self.convolve("conv", torch.cat(branches, dim=1))
            both = (
                self.logits(x),
                self.auxiliary_logits(self.convolve("auxiliary_conv", fourth)),
            )
            resize = partial(enlarge, align_corners=align_corners)
            height, width = image.shape[2:]
            return [
                scores(resize(x, padded.shape[2:])[..., :height, :width]) for x in both
            ]

    return Twin()


def tiny_twin(nn, F, align_corners):
    class Twin(nn.Module):
        def __init__(self):
            super().__init__()
            for index, (before, after) in enumerate([(3, 4), (4, 6), (6, 8)], start=1):
                self.add_module(f"c{index}", nn.Conv2d(before, after, 3, stride=2))
            self.c4 = nn.Conv2d(8, 8, 3, padding=1)  # its stride is gone
            self.bn4 = nn.BatchNorm2d(8, eps=1e-3)
            self.c5 = nn.Conv2d(8, 8, 3, padding=2, dilation=2)

        def forward(self, x):
            for index in (1, 2, 3):
                # "same": nothing before an even row, one cell after it.
                pads = [m for n in x.shape[:1:-1] for m in (n % 2, 1)]
                x = self.get_submodule(f"c{index}")(F.pad(x, pads)).relu()
            return x, self.c5(self.bn4(self.c4(x))).relu()

    return Twin()


def resnet_twin(nn, F, align_corners):
    """Dilated as the authors do it: the 3×3 kernels of stage 4 by 2, of 5 by 4."""

    class Twin(nn.Module):
        def __init__(self):
            super().__init__()
            self.add("conv1", 3, 64, 7, stride=2, padding=3)
            before = 64
            for stage, (width, blocks) in enumerate(STAGES, start=2):
                dilation = {4: 2, 5: 4}.get(stage, 1)
                for block in range(1, blocks + 1):
                    name = f"conv{stage}_block{block}"
                    stride = 2 if (stage, block) == (3, 1) else 1
                    if block == 1:
                        self.add(f"{name}_0", before, 4 * width, 1, stride=stride)
                    self.add(f"{name}_1", before, width, 1, stride=stride)
                    gaps = {"padding": dilation, "dilation": dilation}
                    self.add(f"{name}_2", width, width, 3, **gaps)
                    self.add(f"{name}_3", width, 4 * width, 1)
                    before = 4 * width

        def add(self, name, *arguments, **options):
            self.add_module(f"{name}_conv", nn.Conv2d(*arguments, **options))
            self.add_module(f"{name}_bn", nn.BatchNorm2d(arguments[1], eps=1.001e-5))

        def normalised(self, name, x):
            return self.get_submodule(f"{name}_bn")(
                self.get_submodule(f"{name}_conv")(x)
            )

        def block(self, name, x, is_first):
            shortcut = self.normalised(f"{name}_0", x) if is_first else x
            for index in (1, 2):
                x = self.normalised(f"{name}_{index}", x).relu()
            return (shortcut + self.normalised(f"{name}_3", x)).relu()

        def forward(self, x):
            x = self.normalised("conv1", x).relu()
            x = F.max_pool2d(x, 3, stride=2, padding=1)
            maps = []
            for stage, (_, blocks) in enumerate(STAGES, start=2):
                for block in range(1, blocks + 1):
                    x = self.block(f"conv{stage}_block{block}", x, block == 1)
                maps.append(x)
            return maps[2], maps[3]

    return Twin()
