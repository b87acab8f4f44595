"""The oracles are the paper, the authors' layer files, and twins in PyTorch.

The files are `segnet_train.prototxt` and `segnet_basic_train.prototxt` in
https://github.com/alexgkendall/SegNet-Tutorial/tree/master/Models.
"""

import re

import keras
import numpy as np
import pytest
from checks.models import count_parameters
from checks.pytorch_twins import check_twin
from checks.segmentation import awaken, check_segmentation, images_of

from kerasseg.errors import ArgumentError
from zoo import VGG16, segnet
from zoo.segnet import SegNet, SegNetBasic

SMALL = {"input_shape": (None, None, 3), "classes": 3, "base_filters": 2}
SIZES = ((1, 1), (31, 17), (45, 23))
# The published layers in their order: name, filters, and size for an image of 360×480.
PUBLISHED = {
    "conv1_1": (64, 360, 480),
    "conv1_2": (64, 360, 480),
    "pool1": (64, 180, 240),
    "conv2_1": (128, 180, 240),
    "conv2_2": (128, 180, 240),
    "pool2": (128, 90, 120),
    "conv3_1": (256, 90, 120),
    "conv3_2": (256, 90, 120),
    "conv3_3": (256, 90, 120),
    "pool3": (256, 45, 60),
    "conv4_1": (512, 45, 60),
    "conv4_2": (512, 45, 60),
    "conv4_3": (512, 45, 60),
    "pool4": (512, 23, 30),
    "conv5_1": (512, 23, 30),
    "conv5_2": (512, 23, 30),
    "conv5_3": (512, 23, 30),
    "pool5": (512, 12, 15),
    "upsample5": (512, 23, 30),
    "conv5_3_D": (512, 23, 30),
    "conv5_2_D": (512, 23, 30),
    "conv5_1_D": (512, 23, 30),
    "upsample4": (512, 45, 60),
    "conv4_3_D": (512, 45, 60),
    "conv4_2_D": (512, 45, 60),
    "conv4_1_D": (256, 45, 60),
    "upsample3": (256, 90, 120),
    "conv3_3_D": (256, 90, 120),
    "conv3_2_D": (256, 90, 120),
    "conv3_1_D": (128, 90, 120),
    "upsample2": (128, 180, 240),
    "conv2_2_D": (128, 180, 240),
    "conv2_1_D": (64, 180, 240),
    "upsample1": (64, 360, 480),
    "conv1_2_D": (64, 360, 480),
    "conv1_1_D": (11, 360, 480),
}
PUBLISHED_BASIC = {
    "norm": (3, 360, 480),
    "conv1": (64, 360, 480),
    "pool1": (64, 180, 240),
    "conv2": (64, 180, 240),
    "pool2": (64, 90, 120),
    "conv3": (64, 90, 120),
    "pool3": (64, 45, 60),
    "conv4": (64, 45, 60),
    "pool4": (64, 23, 30),
    "upsample4": (64, 45, 60),
    "conv_decode4": (64, 45, 60),
    "upsample3": (64, 90, 120),
    "conv_decode3": (64, 90, 120),
    "upsample2": (64, 180, 240),
    "conv_decode2": (64, 180, 240),
    "upsample1": (64, 360, 480),
    "conv_decode1": (64, 360, 480),
    "conv_classifier": (11, 360, 480),
}


def our_name(published):
    """What a published layer is called here."""
    if published in ("conv1_1_D", "conv_classifier"):
        return "logits"
    kind, *numbers = re.findall(r"[a-z]+|\d", published.removesuffix("_D"))
    if kind == "norm":
        return "lrn"
    if kind in ("pool", "upsample"):
        part = {"pool": "block{}_pool", "upsample": "decoder{}_unpool"}[kind]
        return part.format(*numbers)
    part = "decoder" if "_d" in published.lower() else "block"
    block, index = ([n for n in numbers if n.isdigit()] + ["1"])[:2]
    return f"{part}{block}_conv{index}"


@pytest.mark.slow_elsewhere
def test_segnet_as_a_segmentation_net(tmp_path, fresh_process):
    check_segmentation(
        SegNet,
        SMALL,
        parameter_count=29_465_227,
        tmp_path=tmp_path,
        fresh_process=fresh_process,
        sizes=SIZES,
        bad_arguments=[{"base_filters": 0}],
    )


def test_segnet_basic_as_a_segmentation_net(tmp_path, fresh_process):
    check_segmentation(
        SegNetBasic,
        SMALL,
        parameter_count=1_417_611,
        tmp_path=tmp_path,
        fresh_process=fresh_process,
        sizes=SIZES,
        bad_arguments=[{"base_filters": 2.5}, {"use_bias": "no"}],
    )


@pytest.mark.parametrize(
    ("builder", "published", "kernel_size"),
    [(SegNet, PUBLISHED, 3), (SegNetBasic, PUBLISHED_BASIC, 7)],
)
def test_layers_are_the_published_ones(builder, published, kernel_size):
    with keras.StatelessScope(initialize_variables=False):
        model = builder()
    parts = ("_bn", "_relu", "image", "scores")
    ours = [layer for layer in model.layers if not any(p in layer.name for p in parts)]
    assert [layer.name for layer in ours] == [our_name(name) for name in published]
    for layer, (filters, *size) in zip(ours, published.values(), strict=True):
        output = keras.tree.flatten(layer.output)[0]
        assert output.shape[1:] == (*size, filters)
        if isinstance(layer, keras.layers.Conv2D) and layer.name != "logits":
            assert layer.kernel_size == (kernel_size, kernel_size)
            assert layer.kernel_initializer.__class__.__name__ == "HeNormal"


@pytest.mark.parametrize(("builder", "decoder_relus"), [(SegNet, 12), (SegNetBasic, 0)])
def test_all_but_the_scores_are_normalised(builder, decoder_relus):
    model = builder(**SMALL)
    names = [layer.name for layer in model.layers]
    convolutions = [name for name in names if "_conv" in name]
    assert convolutions
    for name in convolutions:
        assert name.replace("conv", "bn") in names
        assert ("decoder" in name) or name.replace("conv", "relu") in names
    relus = [name for name in names if "decoder" in name and "relu" in name]
    assert len(relus) == decoder_relus


def trainable(builder, **options):
    with keras.StatelessScope(initialize_variables=False):
        weights = builder(**options).trainable_weights
    return sum(int(np.prod(weight.shape)) for weight in weights)


def test_segnet_has_the_parameters_of_the_paper():
    """29.45 million, section 4 of https://arxiv.org/abs/1511.00561: those that learn.

    The running means and variances of 7 936 normalised maps come on top.
    """
    convolutions = 29_433_483  # of the published layers, by hand, with their biases
    assert trainable(SegNet) == convolutions + 2 * 7_936 == 29_449_355
    assert count_parameters(SegNet) == 29_449_355 + 2 * 7_936


def test_segnet_basic_has_the_parameters_of_the_published_layers():
    """Table 1 of the paper says 1.425 million.

    All counts of that table are multiples of 0.025 million, and this is the one nearest
    to what the published layers come to. These have biases, the text of section 3.1
    says that there are none; both come to the same rounded number, and so does the sum
    with the two running statistics of each normalised map. No sum of the published
    parts is 1 425 000 itself.
    """
    kernels = 7 * 7 * 3 * 64 + 7 * (7 * 7 * 64 * 64) + 64 * 11
    normalisations, biases = 8 * 2 * 64, 8 * 64
    assert trainable(SegNetBasic) == kernels + normalisations + biases + 11 == 1_416_587
    assert trainable(SegNetBasic, use_bias=False) == 1_416_587 - biases
    counts = [trainable(SegNetBasic, use_bias=use_bias) for use_bias in (True, False)]
    for count in [*counts, count_parameters(SegNetBasic)]:
        assert round(count / 25_000) * 25_000 == 1_425_000


@pytest.mark.slow_elsewhere
@pytest.mark.parametrize("size", [(1, 1), (45, 23), (37, 50), (64, 33)])
def test_segnet_equals_its_twin(size):
    pytest.importorskip("torch")
    model = awaken(SegNet(**SMALL, classifier_activation=None))
    check_twin(model, segnet_twin(2, 3), images_of(model, size))


@pytest.mark.parametrize("size", [(1, 1), (45, 23), (37, 50), (64, 33)])
def test_segnet_basic_equals_its_twin(size):
    pytest.importorskip("torch")
    model = awaken(SegNetBasic(**SMALL, classifier_activation=None))
    check_twin(model, segnet_basic_twin(2, 3), 30 * images_of(model, size))


def segnet_twin(filters, classes):
    """SegNet as the layer file has it."""
    from torch import nn

    class Twin(nn.Module):
        def __init__(self):
            super().__init__()
            channels = 3
            for name, (width, *_) in PUBLISHED.items():
                if not name.startswith("conv"):
                    continue
                width = classes if name == "conv1_1_D" else width * filters // 64
                ours = our_name(name)
                self.add_module(ours, nn.Conv2d(channels, width, 3, padding=1))
                if ours != "logits":
                    norm = nn.BatchNorm2d(width, eps=1e-3)
                    self.add_module(ours.replace("conv", "bn"), norm)
                channels = width

        def forward(self, x):
            pool = nn.MaxPool2d(2, ceil_mode=True, return_indices=True)
            places, sizes = [], []
            for name in PUBLISHED:
                ours = our_name(name)
                if name.startswith("pool"):
                    sizes.append(x.shape[-2:])
                    x, indices = pool(x)
                    places.append(indices)
                elif name.startswith("upsample"):
                    x = nn.MaxUnpool2d(2)(x, places.pop(), output_size=sizes.pop())
                else:
                    x = getattr(self, ours)(x)
                    if ours != "logits":
                        x = getattr(self, ours.replace("conv", "bn"))(x).relu()
            return x

    return Twin()


def segnet_basic_twin(filters, classes):
    """SegNet-Basic as the layer file has it."""
    from torch import nn

    class Twin(nn.Module):
        def __init__(self):
            super().__init__()
            for part in ("block", "decoder"):
                for block in (1, 2, 3, 4):
                    channels = 3 if (part, block) == ("block", 1) else filters
                    layer = nn.Conv2d(channels, filters, 7, padding=3)
                    self.add_module(f"{part}{block}_conv1", layer)
                    norm = nn.BatchNorm2d(filters, eps=1e-3)
                    self.add_module(f"{part}{block}_bn1", norm)
            self.norm = nn.LocalResponseNorm(5, alpha=1e-4, beta=0.75, k=1.0)
            self.logits = nn.Conv2d(filters, classes, 1)

        def unit(self, x, name):
            return getattr(self, f"{name}_bn1")(getattr(self, f"{name}_conv1")(x))

        def forward(self, x):
            x = self.norm(x)
            places, sizes = {}, {}
            for block in (1, 2, 3, 4):
                x = self.unit(x, f"block{block}").relu()
                sizes[block] = x.shape[-2:]
                pool = nn.MaxPool2d(2, ceil_mode=True, return_indices=True)
                x, places[block] = pool(x)
            for block in (4, 3, 2, 1):
                size = sizes[block]
                x = nn.MaxUnpool2d(2)(x, places[block], output_size=size)
                x = self.unit(x, f"decoder{block}")
            return self.logits(x)

    return Twin()


def test_the_encoder_takes_the_weights_of_vgg16(monkeypatch):
    trunk = VGG16(include_top=False, input_shape=(None, None, 3))

    def fetched(include_top, weights, input_shape):
        assert (include_top, weights) == (False, "imagenet")
        return trunk

    monkeypatch.setattr(segnet, "VGG16", fetched)
    model = SegNet(weights="imagenet", classes=2)
    convolutions = [layer for layer in trunk.layers if layer.weights]
    assert len(convolutions) == 13
    for layer in convolutions:
        moved = model.get_layer(layer.name).get_weights()
        for mine, theirs in zip(moved, layer.get_weights(), strict=True):
            np.testing.assert_array_equal(mine, theirs)


@pytest.mark.parametrize("misfit", [{"base_filters": 32}, {"input_shape": (9, 9, 1)}])
def test_imagenet_needs_the_published_encoder(misfit, monkeypatch):
    monkeypatch.setattr(segnet, "VGG16", lambda *_, **__: pytest.fail("early"))
    (name,) = misfit
    with pytest.raises(ArgumentError, match=f"'imagenet'.*Received: {name}="):
        SegNet(weights="imagenet", **misfit)
