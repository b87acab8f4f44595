"""The oracles are figure 1 of the paper and twins in PyTorch."""

from functools import partial

import keras
import numpy as np
import pytest
from checks.models import count_parameters
from checks.pytorch_twins import check_twin
from checks.segmentation import awaken, check_segmentation, images_of, numpy, run

from kerasseg.errors import ArgumentError
from zoo import UNet, unet_valid_sizes
from zoo.encoders import Encoder

GREY = (64, 64, 1)
SMALL = {"input_shape": (None, None, 2), "classes": 3, "base_filters": 2, "depth": 2}
# Figure 1: what each operation gives, (size, channels), for an image of 572×572×1.
FIGURE_1 = {
    "down1_conv1": (570, 64),
    "down1_conv2": (568, 64),
    "down1_pool": (284, 64),
    "down2_conv1": (282, 128),
    "down2_conv2": (280, 128),
    "down2_pool": (140, 128),
    "down3_conv1": (138, 256),
    "down3_conv2": (136, 256),
    "down3_pool": (68, 256),
    "down4_conv1": (66, 512),
    "down4_conv2": (64, 512),
    "down4_pool": (32, 512),
    "bottom_conv1": (30, 1024),
    "bottom_conv2": (28, 1024),
    "up4_transpose": (56, 512),
    "up4_concatenate": (56, 1024),
    "up4_conv1": (54, 512),
    "up4_conv2": (52, 512),
    "up3_transpose": (104, 256),
    "up3_concatenate": (104, 512),
    "up3_conv1": (102, 256),
    "up3_conv2": (100, 256),
    "up2_transpose": (200, 128),
    "up2_concatenate": (200, 256),
    "up2_conv1": (198, 128),
    "up2_conv2": (196, 128),
    "up1_transpose": (392, 64),
    "up1_concatenate": (392, 128),
    "up1_conv1": (390, 64),
    "up1_conv2": (388, 64),
    "logits": (388, 2),
}


def encoder():
    """A small encoder of strides 2, 4 and 8, square by square."""
    x = inputs = keras.Input((None, None, 3))
    for index, filters in enumerate((4, 5, 6), start=1):
        x = keras.layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
        x = keras.layers.MaxPooling2D(name=f"pool{index}")(x)
    return Encoder(awaken(keras.Model(inputs, x)), ["pool1", "pool2", "pool3"])


@pytest.mark.slow_elsewhere
def test_without_padding(tmp_path, fresh_process):
    check_segmentation(
        UNet,
        SMALL,
        parameter_count=31_030_658,
        tmp_path=tmp_path,
        fresh_process=fresh_process,
        sizes=((44, 44), (48, 60), (52, 44)),
        output_size=lambda height, width: (height - 40, width - 40),
        bad_arguments=[
            {"base_filters": 0},
            {"depth": 0},
            {"upsampling": "nearest"},
            {"batch_normalization": None},
            {"dropout": 1},
            {"padding": "full"},
            {"input_shape": (572, 571, 1)},
            {"depth": 3, "input_shape": (572, 570, 1)},
            {"encoder": "resnet50"},
            {"encoder_weights": "imagenet"},
            {"encoder": "VGG16", "padding": "valid"},
            {"encoder": "VGG16", "encoder_weights": "imagenot"},
            {
                "encoder": "VGG16",
                "encoder_weights": "imagenet",
                "input_shape": [9, 9, 1],
            },
            {"encoder": "VGG16", "depth": 6},
        ],
    )


def test_with_padding(tmp_path, fresh_process):
    # Bilinear: 1×1 in place of 2×2 kernels. Normalised: four numbers a filter, no bias.
    fewer = sum(3 * c * c // 2 for c in (1024, 512, 256, 128))
    more = 3 * 2 * (2 * (64 + 128 + 256 + 512) + 1024)
    builder = partial(
        UNet, padding="same", upsampling="bilinear", batch_normalization=True
    )
    check_segmentation(
        builder,
        SMALL,
        parameter_count=31_030_658 - fewer + more,
        tmp_path=tmp_path,
        fresh_process=fresh_process,
    )
    assert count_parameters(UNet, padding="same") == 31_030_658


@pytest.mark.slow_elsewhere
def test_with_an_encoder(tmp_path, fresh_process):
    builder = partial(UNet, upsampling="bilinear")
    small = {"input_shape": (None, None, 3), "classes": 3, "base_filters": 2}
    small["encoder"] = encoder()
    check_segmentation(
        builder,
        small,
        parameter_count=count_parameters(builder),
        tmp_path=tmp_path,
        fresh_process=fresh_process,
    )


def test_sizes_and_channels_are_those_of_figure_1():
    with keras.StatelessScope(initialize_variables=False):
        model = UNet()
    for name, (size, channels) in FIGURE_1.items():
        assert model.get_layer(name).output.shape == (None, size, size, channels), name
    named = {layer.name for layer in model.layers}
    assert {n for n in named if "conv" in n or "transpose" in n} <= set(FIGURE_1)
    assert model.output_shape == (None, 388, 388, 2)


def test_dropout_and_initial_weights_are_those_of_the_paper():
    model = UNet((None, None, 1), base_filters=32, depth=1)
    dropouts = [x for x in model.layers if isinstance(x, keras.layers.Dropout)]
    assert [x.name for x in dropouts] == ["down1_dropout", "bottom_dropout"]
    assert [x.rate for x in dropouts] == [0.5, 0.5]
    kernel = numpy(model.get_layer("bottom_conv2").kernel)
    assert kernel.std() == pytest.approx(np.sqrt(2 / (9 * 64)), rel=0.02)


@pytest.mark.parametrize("depth", [1, 2])
def test_every_size_but_the_valid_ones_is_refused(depth):
    valid = [size for size, _ in unet_valid_sizes(depth=depth, count=20)]
    model = UNet((None, None, 1), base_filters=1, depth=depth)
    for size in range(1, 56):
        if size in valid:
            continue
        with pytest.raises(ArgumentError, match=r"valid sizes are \d+, .*Received"):
            UNet((valid[0], size, 1), base_filters=1, depth=depth)
        with pytest.raises(ArgumentError, match="nearest valid ones are"):
            model(np.zeros((1, valid[0], size, 1), "float32"))


def test_a_refusal_names_the_next_sizes():
    with pytest.raises(ArgumentError, match="are 572, which gives 388 pixels, and 588"):
        UNet((572, 557, 1))


def test_padded_scores_do_not_shift():
    """Cutting an image at the right and the bottom changes scores near the cut only."""
    model = awaken(UNet((None, None, 2), padding="same", base_filters=2, depth=2))
    image = images_of(model, (64, 64))
    whole = run(model, image)
    reach = 2 + 4 + 8 + 4 + 2 + 4  # convolutions at strides 1, 2, 4, 2, 1; poolings
    for height, width in [(64, 63), (61, 58), (57, 64)]:
        part = run(model, image[:, :height, :width])
        inner = np.s_[:, : height - reach, : width - reach]
        np.testing.assert_allclose(part[inner], whole[inner], atol=1e-5)


def test_the_encoder_is_one_layer_to_freeze():
    model = UNet((None, None, 3), base_filters=2, encoder=encoder())
    before = len(model.trainable_weights)
    model.get_layer("encoder").trainable = False
    assert before - len(model.trainable_weights) == 6


@pytest.mark.slow_elsewhere
@pytest.mark.parametrize("name", ["VGG16", "ResNet50"])
def test_encoders_of_keras_take_any_size(name):
    model = UNet((None, None, 3), 4, base_filters=1, encoder=name)
    for size in [(1, 1), (33, 47)]:
        assert model(images_of(model, size)).shape == (2, *size, 4)
    shallow = count_parameters(UNet, encoder=name, base_filters=1, depth=3)
    assert shallow < count_parameters(UNet, encoder=name, base_filters=1)


@pytest.mark.parametrize("upsampling", ["transpose", "bilinear"])
@pytest.mark.parametrize(
    ("padding", "size"), [("valid", (48, 60)), ("same", (48, 60)), ("same", (37, 22))]
)
def test_equals_a_pytorch_twin(padding, size, upsampling):
    options = {"padding": padding, "upsampling": upsampling}
    normalised = size == (37, 22)
    model = awaken(UNet(**SMALL, **options, batch_normalization=normalised))
    twin = twin_of(2, 3, 2, 2, **options, normalised=normalised)
    check_twin(model, twin, images_of(model, size))


def twin_of(channels, classes, base, depth, *, padding, upsampling, normalised):
    torch = pytest.importorskip("torch")
    from torch import nn
    from torch.nn import functional as F

    pad = int(padding == "same")

    class Twin(nn.Module):
        def __init__(self):
            super().__init__()
            before = channels
            for level in range(1, depth + 1):
                before = self.add_pair(f"down{level}", before, base * 2 ** (level - 1))
            before = self.add_pair("bottom", before, base * 2**depth)
            for level in range(depth, 0, -1):
                after = base * 2 ** (level - 1)
                if upsampling == "transpose":
                    up = nn.ConvTranspose2d(before, after, 2, 2)
                    self.add_module(f"up{level}_transpose", up)
                else:
                    self.add_module(f"up{level}_conv0", nn.Conv2d(before, after, 1))
                before = self.add_pair(f"up{level}", 2 * after, after)
            self.logits = nn.Conv2d(before, classes, 1)

        def add_pair(self, name, before, after):
            for index in (1, 2):
                conv = nn.Conv2d(before, after, 3, padding=pad, bias=not normalised)
                self.add_module(f"{name}_conv{index}", conv)
                if normalised:
                    bn = nn.BatchNorm2d(after, eps=1e-3)
                    self.add_module(f"{name}_bn{index}", bn)
                before = after
            return after

        def pair(self, name, x):
            for index in (1, 2):
                x = self.get_submodule(f"{name}_conv{index}")(x)
                if normalised:
                    x = self.get_submodule(f"{name}_bn{index}")(x)
                x = x.relu()
            return x

        def up(self, name, x):
            if upsampling == "transpose":
                return self.get_submodule(f"{name}_transpose")(x)
            # Interpolated first and mixed after: the order of the paper's words.
            x = F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
            return self.get_submodule(f"{name}_conv0")(x)

        def forward(self, x):
            copies = []
            for level in range(1, depth + 1):
                x = self.pair(f"down{level}", x)
                copies.append(x)
                x = F.max_pool2d(x, 2, ceil_mode=bool(pad))
            x = self.pair("bottom", x)
            for level in range(depth, 0, -1):
                x, copy = self.up(f"up{level}", x), copies.pop()
                if padding == "same":
                    x = x[..., : copy.shape[2], : copy.shape[3]]
                else:
                    top, left = ((copy.shape[i] - x.shape[i]) // 2 for i in (2, 3))
                    copy = copy[..., top : top + x.shape[2], left : left + x.shape[3]]
                x = self.pair(f"up{level}", torch.cat([copy, x], dim=1))
            return self.logits(x).softmax(dim=1)

    return Twin()
