"""The oracles are the authors' layer file, and a twin in PyTorch.

The file is `model/DeconvNet/DeconvNet_inference_deploy.prototxt` in
https://github.com/HyeonwooNoh/DeconvNet.
"""

import keras
import numpy as np
import pytest
from checks.models import count_parameters
from checks.pytorch_twins import check_twin
from checks.segmentation import awaken, check_segmentation, images_of

from kerasseg.errors import ArgumentError
from zoo import VGG16, deconvnet
from zoo.deconvnet import DeconvNet

SMALL = {"input_shape": (None, None, 3), "classes": 3}
SMALL |= {"base_filters": 2, "hidden_units": 6}
# The published layers by their names here: filters, and cells a side of 224 pixels.
PUBLISHED = {
    "block1_conv1": (64, 224),
    "block1_conv2": (64, 224),
    "block1_pool": (64, 112),
    "block2_conv1": (128, 112),
    "block2_conv2": (128, 112),
    "block2_pool": (128, 56),
    "block3_conv1": (256, 56),
    "block3_conv2": (256, 56),
    "block3_conv3": (256, 56),
    "block3_pool": (256, 28),
    "block4_conv1": (512, 28),
    "block4_conv2": (512, 28),
    "block4_conv3": (512, 28),
    "block4_pool": (512, 14),
    "block5_conv1": (512, 14),
    "block5_conv2": (512, 14),
    "block5_conv3": (512, 14),
    "block5_pool": (512, 7),
    "fc1": (4096, 1),
    "fc2": (4096, 1),
    "fc1_deconv": (512, 7),
    "decoder5_unpool": (512, 14),
    "decoder5_deconv3": (512, 14),
    "decoder5_deconv2": (512, 14),
    "decoder5_deconv1": (512, 14),
    "decoder4_unpool": (512, 28),
    "decoder4_deconv3": (512, 28),
    "decoder4_deconv2": (512, 28),
    "decoder4_deconv1": (256, 28),
    "decoder3_unpool": (256, 56),
    "decoder3_deconv3": (256, 56),
    "decoder3_deconv2": (256, 56),
    "decoder3_deconv1": (128, 56),
    "decoder2_unpool": (128, 112),
    "decoder2_deconv2": (128, 112),
    "decoder2_deconv1": (64, 112),
    "decoder1_unpool": (64, 224),
    "decoder1_deconv2": (64, 224),
    "decoder1_deconv1": (64, 224),
    "logits": (21, 224),
}
SEVENS, ONES = ("fc1", "fc1_deconv"), ("fc2", "logits")


def kernel_size_of(name):
    return 7 if name in SEVENS else 1 if name in ONES else 3


@pytest.mark.slow_elsewhere
def test_as_a_segmentation_net(tmp_path, fresh_process):
    check_segmentation(
        DeconvNet,
        SMALL,
        parameter_count=251_839_061,
        tmp_path=tmp_path,
        fresh_process=fresh_process,
        sizes=((193, 225), (200, 193)),
        bad_arguments=[
            {"base_filters": 0},
            {"hidden_units": 1.5},
            {"input_shape": (192, 224, 3)},
        ],
    )


def test_layers_are_the_published_ones():
    with keras.StatelessScope(initialize_variables=False):
        model = DeconvNet()
    parts = ("_bn", "_relu", "image", "check_size", "scores")
    ours = [layer for layer in model.layers if not any(p in layer.name for p in parts)]
    assert [layer.name for layer in ours] == list(PUBLISHED)
    for layer, (filters, cells) in zip(ours, PUBLISHED.values(), strict=True):
        output = keras.tree.flatten(layer.output)[0]
        assert output.shape[1:] == (cells, cells, filters)
        if layer.weights:
            assert layer.kernel_size == (kernel_size_of(layer.name),) * 2


def test_parameters_are_those_of_the_published_layers():
    """251 772 245 in convolutions, counted by hand from the file, with their biases.

    16 704 maps are normalised, which takes two numbers that learn and two that do not.
    """
    count, channels = 0, 3
    for name, (filters, _) in PUBLISHED.items():
        if "pool" not in name:
            count += (kernel_size_of(name) ** 2 * channels + 1) * filters
            channels = filters
    assert count == 251_772_245
    with keras.StatelessScope(initialize_variables=False):
        weights = DeconvNet().trainable_weights
    learns = sum(int(np.prod(weight.shape)) for weight in weights)
    assert learns == count + 2 * 16_704 == 251_805_653
    assert count_parameters(DeconvNet) == learns + 2 * 16_704


@pytest.mark.slow_elsewhere
@pytest.mark.parametrize("size", [(224, 224), (193, 257)])
def test_equals_its_twin(size):
    pytest.importorskip("torch")
    model = awaken(DeconvNet(**SMALL, classifier_activation=None))
    check_twin(model, deconvnet_twin(2, 6, 3), images_of(model, size))


def deconvnet_twin(base_filters, hidden_units, classes):
    """DeconvNet as the layer file has it."""
    from torch import nn

    class Twin(nn.Module):
        def __init__(self):
            super().__init__()
            channels = 3
            for name, (filters, _) in PUBLISHED.items():
                if "pool" in name:
                    continue
                width = filters * base_filters // 64
                width = {"fc1": hidden_units, "fc2": hidden_units}.get(name, width)
                width = classes if name == "logits" else width
                kind = nn.ConvTranspose2d if "deconv" in name else nn.Conv2d
                size = kernel_size_of(name)
                padding = 1 if size == 3 else 0
                self.add_module(name, kind(channels, width, size, padding=padding))
                if name != "logits":
                    norm = nn.BatchNorm2d(width, eps=1e-3)
                    self.add_module(f"{name}_bn", norm)
                channels = width

        def forward(self, x):
            pool = nn.MaxPool2d(2, ceil_mode=True, return_indices=True)
            places, sizes = [], []
            for name in PUBLISHED:
                if name.endswith("unpool"):
                    x = nn.MaxUnpool2d(2)(x, places.pop(), output_size=sizes.pop())
                elif name.endswith("pool"):
                    sizes.append(x.shape[-2:])
                    x, indices = pool(x)
                    places.append(indices)
                else:
                    x = getattr(self, name)(x)
                    if name != "logits":
                        x = getattr(self, f"{name}_bn")(x).relu()
            return x

    return Twin()


@pytest.mark.slow_elsewhere
@pytest.mark.parametrize("size", [(192, 224), (224, 100)])
def test_too_small_images_are_refused(size):
    with pytest.raises(ArgumentError, match="193x193"):
        DeconvNet(input_shape=(*size, 3))
    model = DeconvNet(**SMALL)
    images = images_of(model, size)
    with pytest.raises(ArgumentError, match="193"):
        model(images)
    for jit_compile in (False, True):
        model.compile(jit_compile=jit_compile)
        with pytest.raises(Exception, match=r"193|reshape"):
            model.predict_on_batch(images)


@pytest.mark.slow_elsewhere
def test_encoder_and_hidden_layers_take_the_weights_of_vgg16():
    classifier = VGG16(hidden_units=6)
    model = DeconvNet(base_filters=64, hidden_units=6, classes=3)
    moved = deconvnet.move_weights(classifier, model)
    assert len(moved) == 13 + 2
    for name in moved:
        mine = model.get_layer(name).get_weights()
        theirs = classifier.get_layer(name).get_weights()
        for new, old in zip(mine, theirs, strict=True):
            np.testing.assert_array_equal(new, old.reshape(new.shape))


@pytest.mark.parametrize(
    "misfit",
    [{"base_filters": 32}, {"hidden_units": 512}, {"input_shape": (224, 224, 1)}],
)
def test_imagenet_needs_the_published_network(misfit, monkeypatch):
    monkeypatch.setattr(deconvnet, "VGG16", lambda *_, **__: pytest.fail("early"))
    (name,) = misfit
    with pytest.raises(ArgumentError, match=f"'imagenet'.*Received: {name}="):
        DeconvNet(weights="imagenet", **misfit)
