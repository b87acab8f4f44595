import functools

import keras
import numpy as np
import pytest
from checks.pytorch_twins import check_twin
from checks.segmentation import (
    awaken,
    check_default_network,
    check_segmentation,
    images_of,
    run,
)

import zoo
from kerasseg.errors import ArgumentError
from zoo import fcn_network

BUILDERS = {32: zoo.FCN32s, 16: zoo.FCN16s, 8: zoo.FCN8s}
SMALL = {
    "input_shape": (None, None, 3),
    "classes": 3,
    "base_filters": 4,
    "hidden_units": 16,
}
# Of VGG16: the trunk, fc6 and fc7 (Simonyan and Zisserman, 2015, configuration D).
TRUNK = 14_714_688
HIDDEN = (7 * 7 * 512 + 1) * 4096 + (4096 + 1) * 4096
# Of the FCNs (the authors' net.py): 1×1 scores with a bias, and square kernels of the
# upsampling without.
SCORES = {32: [4096], 16: [4096, 512], 8: [4096, 512, 256]}
KERNELS = {32: [64], 16: [4, 32], 8: [4, 4, 16]}


def parameter_count(stride, classes=21):
    scores = sum((filters + 1) * classes for filters in SCORES[stride])
    return TRUNK + HIDDEN + scores + sum(k * k * classes**2 for k in KERNELS[stride])


# Nothing is in FCN-16s and FCN-32s that is not in FCN-8s; their sizes, parameters, and
# scores against PyTorch are tested below.
@pytest.mark.slow_elsewhere
@pytest.mark.parametrize("variant", ["paper", "same"])
def test_does_all_that_a_segmentation_net_must(variant, tmp_path, fresh_process):
    check_segmentation(
        zoo.FCN8s,
        {**SMALL, "variant": variant, "upsampling": "learned"},
        parameter_count=parameter_count(8),
        tmp_path=tmp_path,
        fresh_process=fresh_process,
        bad_arguments=[
            {"variant": "modern"},
            {"upsampling": True},
            {"dropout": 1},
            {"base_filters": 0},
            {"hidden_units": 0.5},
        ],
    )


@pytest.mark.parametrize("stride", [32, 16])
def test_default_networks(stride):
    check_default_network(BUILDERS[stride], parameter_count(stride))


def test_published_sizes():
    """500 pixels: pool5 22, fc6 16, and 544 before the crop (the authors' net)."""
    model = zoo.FCN32s(**SMALL | {"input_shape": (500, 500, 3)})
    sizes = {layer.name: layer.output.shape[1] for layer in model.layers}
    assert sizes["block5_pool"] == 22
    assert sizes["fc1"] == sizes["score_fr"] == 16
    assert sizes["upscore32"] == 544
    assert sizes["crop"] == 500


@pytest.mark.parametrize("stride", BUILDERS)
@pytest.mark.parametrize("variant", ["paper", "same"])
def test_output_has_the_size_of_every_image(stride, variant):
    # Heights and widths together leave every rest when divided by 32.
    sizes = [(1 + n, 17 + n) for n in range(17)] + [(500, 223), (225, 500)]
    for height, width in sizes:
        with keras.StatelessScope(initialize_variables=False):
            model = BUILDERS[stride](
                **SMALL | {"input_shape": (height, width, 3)}, variant=variant
            )
        assert model.output_shape == (None, height, width, 3)


@pytest.mark.parametrize("stride", BUILDERS)
@pytest.mark.parametrize("variant", ["paper", "same"])
def test_equals_its_twin_in_pytorch(stride, variant):
    torch = pytest.importorskip("torch")
    at_once = {"at_once": True} if stride < 32 else {}
    options = {**SMALL, "variant": variant, "classifier_activation": None, **at_once}
    model = awaken(BUILDERS[stride](**options))
    twin = _twin(torch, model, stride, variant, bool(at_once))
    for size in [(45, 70), (224, 97)]:
        check_twin(model, twin, images_of(model, size))


def _twin(torch, model, stride, variant, at_once):
    """The network as its paper tells it, in PyTorch."""
    nn, paper = torch.nn, variant == "paper"
    widths = {x.name: x.filters for x in model.layers if hasattr(x, "filters")}

    class Twin(nn.Module):
        def __init__(self):
            super().__init__()
            channels = 3
            for name, width in widths.items():
                if name.startswith("upscore"):
                    s = 2 if name in ("upscore2", "upscore_pool4") else stride
                    pad = 0 if paper else s // 2
                    layer = nn.ConvTranspose2d(width, width, 2 * s, s, pad, bias=False)
                elif name.startswith("score_pool"):
                    layer = nn.Conv2d(8 * 4 if "4" in name else 4 * 4, width, 1)
                elif name.startswith("block"):
                    pad = 100 if paper and name == "block1_conv1" else 1
                    layer = nn.Conv2d(channels, width, 3, padding=pad)
                elif name == "fc1":
                    layer = nn.Conv2d(channels, width, 7, padding=0 if paper else 3)
                else:
                    layer = nn.Conv2d(channels, width, 1)
                channels = width
                setattr(self, name, layer)

        def forward(self, images):
            x, pools = images, {}
            for block, count in enumerate([2, 2, 3, 3, 3], start=1):
                for i in range(1, count + 1):
                    x = torch.relu(getattr(self, f"block{block}_conv{i}")(x))
                x = nn.functional.max_pool2d(x, 2, ceil_mode=True)
                pools[block] = x
            x = torch.relu(self.fc2(torch.relu(self.fc1(x))))
            x = self.score_fr(x)
            if stride <= 16:
                x = self.join(self.upscore2(x), pools[4], self.score_pool4, 5, 0.01)
            if stride <= 8:
                up = self.upscore_pool4(x)
                x = self.join(up, pools[3], self.score_pool3, 9, 0.0001)
            x = getattr(self, f"upscore{stride}")(x)
            offset = {32: 19, 16: 27, 8: 31}[stride] if paper else 0
            return self.cut(x, images, offset)

        def join(self, x, pool, score, offset, scale):
            scores = score(pool * scale if at_once else pool)
            if paper:
                return x + self.cut(scores, x, offset)
            return self.cut(x, scores, 0) + scores

        def cut(self, x, like, offset):
            height, width = like.shape[2:]
            return x[:, :, offset : offset + height, offset : offset + width]

    return Twin()


def test_untrained_scores_are_all_equal():
    """Score layers start at zero, so no class is preferred before training."""
    for builder in BUILDERS.values():
        model = builder(**SMALL)
        np.testing.assert_allclose(run(model, images_of(model, (20, 9))), 1 / 3)


@pytest.mark.parametrize(
    ("upsampling", "frozen"),
    [
        ("paper", ["upscore8"]),
        ("frozen", ["upscore2", "upscore_pool4", "upscore8"]),
        ("learned", []),
    ],
)
def test_which_upsampling_learns(upsampling, frozen):
    model = zoo.FCN8s(**SMALL, upsampling=upsampling)
    assert [x.name for x in model.layers if not x.trainable] == frozen


@functools.cache
def _vgg():
    return awaken(zoo.VGG16(hidden_units=6, classes=5))


@pytest.mark.slow_elsewhere
def test_weights_flow_from_the_classifier_to_the_finest_net():
    options = {"classes": 3, "hidden_units": 6, "variant": "same"}
    coarse = zoo.FCN32s(**options)
    moved = zoo.fcn.move_weights(_vgg(), coarse)
    assert len(moved) == 15
    assert moved[-2:] == ["fc1", "fc2"]
    # At the classifier's own size the middle cell sees the image as fc7 did there.
    images = np.random.default_rng(0).uniform(size=(1, 224, 224, 3)).astype("float32")
    expected = _features(_vgg(), "fc2", images)
    actual = _features(coarse, "fc2", images)
    np.testing.assert_allclose(actual[:, 3, 3], expected, rtol=1e-4, atol=1e-6)

    awaken(coarse, seed=3)
    middle, fine = zoo.FCN16s(**options), zoo.FCN8s(**options)
    assert zoo.fcn.move_weights(coarse, middle)[-1] == "score_fr"
    # The new skip is silent, and both upsample bilinearly, once by 32, once by 2 · 16.
    zoo.fcn.move_weights(middle, fine)
    for model in (middle, fine):
        np.testing.assert_array_equal(
            _features(model, "score_fr", images), _features(coarse, "score_fr", images)
        )
        assert not np.any(model.get_layer("score_pool4").get_weights()[0])


def _features(model, layer, images):
    part = keras.Model(model.input, model.get_layer(layer).output)
    return keras.ops.convert_to_numpy(part(images))


def test_weights_of_other_networks_are_refused():
    with pytest.raises(ArgumentError, match=r"'score_fr'.*Received: source="):
        zoo.fcn.move_weights(zoo.FCN32s(**SMALL), zoo.FCN16s(**SMALL | {"classes": 4}))
    other = keras.Sequential([keras.Input((9, 9, 3)), keras.layers.Conv2D(3, 1)])
    with pytest.raises(ArgumentError, match="no layers of the same name"):
        zoo.fcn.move_weights(other, zoo.FCN32s(**SMALL))


def test_imagenet_starts_from_vgg16(monkeypatch):
    moves = []
    monkeypatch.setattr(fcn_network, "VGG16", lambda weights: f"VGG16 of {weights}")
    monkeypatch.setattr(fcn_network, "move_weights", lambda *pair: moves.append(pair))
    with keras.StatelessScope(initialize_variables=False):
        models = [build(weights="imagenet") for build in BUILDERS.values()]
    assert moves == [("VGG16 of imagenet", model) for model in models]


@pytest.mark.parametrize(
    "misfit",
    [{"base_filters": 32}, {"hidden_units": 512}, {"input_shape": (9, 9, 1)}],
)
def test_imagenet_needs_the_published_network(misfit, monkeypatch):
    monkeypatch.setattr(fcn_network, "VGG16", lambda **_: pytest.fail("early"))
    (name,) = misfit
    with pytest.raises(ArgumentError, match=f"'imagenet'.*Received: {name}="):
        zoo.FCN8s(weights="imagenet", **misfit)


def test_preprocessing_runs_in_a_data_set(tensorflow):
    images = np.arange(24, dtype="uint8").reshape(1, 2, 4, 3)
    for preprocess in (zoo.fcn.preprocess_input, zoo.alexnet.preprocess_input):
        data = tensorflow.data.Dataset.from_tensor_slices(images).map(preprocess)
        (mapped,) = data.as_numpy_iterator()
        wanted = preprocess(images)
        assert isinstance(wanted, np.ndarray)
        assert mapped.dtype == wanted.dtype == "float32"
        np.testing.assert_array_equal(mapped, wanted[0])


def test_preprocessing_is_that_of_the_authors():
    pixel = np.array([[[255.0, 128.0, 0.0]]], "float32")  # RGB
    expected = [[[0 - 104.00699, 128 - 116.66877, 255 - 122.67892]]]
    np.testing.assert_allclose(zoo.fcn.preprocess_input(pixel), expected, rtol=1e-6)
