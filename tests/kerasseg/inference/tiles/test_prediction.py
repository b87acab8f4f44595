import h5py
import keras
import numpy as np
import pytest
from checks.segmentation import awaken
from keras import layers

import zoo
from kerasseg.errors import ArgumentError
from kerasseg.inference import predict_tiled

OPEN = {"input_shape": (None, None, 3)}
SMALL = {**OPEN, "base_filters": 1, "hidden_units": 2}
# Strips, so that all of the long axis is seen; the nets that look less far get more.
ZOO = {
    "UNet, same": (
        lambda: zoo.UNet(
            **OPEN, base_filters=3, depth=2, padding="same", batch_normalization=True
        ),
        (150, 131),
        64,
    ),
    "UNet, bilinear": (
        lambda: zoo.UNet(
            **OPEN, base_filters=2, depth=2, padding="same", upsampling="bilinear"
        ),
        (90, 131),
        (70, 83),
    ),
    "UNet, VGG16": (
        lambda: zoo.UNet(**OPEN, base_filters=1, encoder="VGG16", depth=3),
        (67, 250),
        170,
    ),
    "FCN32s": (lambda: zoo.FCN32s(**SMALL), (41, 600), 513),
    "FCN16s": (lambda: zoo.FCN16s(**SMALL), (41, 600), 530),
    "FCN8s": (lambda: zoo.FCN8s(**SMALL), (41, 605), 560),
    "FCN8s, same": (lambda: zoo.FCN8s(**SMALL, variant="same"), (41, 605), 560),
    "SegNet": (lambda: zoo.SegNet(**OPEN, base_filters=1), (35, 520), 480),
    "SegNetBasic": (lambda: zoo.SegNetBasic(**OPEN, base_filters=2), (231, 260), 225),
    "DeconvNet": (lambda: zoo.DeconvNet(**SMALL), (193, 890), 850),
}


def image_of(height, width, channels=3, seed=0):
    image = np.random.default_rng(seed).normal(size=(height, width, channels))
    return image.astype("float32")


def in_one_piece(model, image):
    return np.asarray(model.predict_on_batch(image[None]))[0]


def assert_same(scores, expected):
    assert scores.shape == expected.shape
    np.testing.assert_allclose(scores, expected, rtol=1e-5, atol=1e-5)


@pytest.fixture
def same():
    return awaken(zoo.UNet((None, None, 1), 3, base_filters=3, depth=2, padding="same"))


@pytest.fixture
def valid():
    return awaken(zoo.UNet((None, None, 1), 3, base_filters=2, depth=2))


@pytest.mark.slow_elsewhere
@pytest.mark.parametrize("name", ZOO)
def test_tiles_equal_one_piece_border_included(name):
    build, size, tile_size = ZOO[name]
    model = awaken(build())
    image = image_of(*size)
    expected = in_one_piece(model, image)
    assert expected.std(axis=(0, 1)).max() > 1e-4, "constant scores prove nothing"
    assert_same(predict_tiled(model, image, tile_size), expected)


def test_a_smaller_overlap_is_not_exact(same):
    """So the default is what exactness needs, and no luck."""
    image = image_of(150, 131, 1)
    expected = in_one_piece(same, image)
    scores = predict_tiled(same, image, 64, overlap=38)
    assert 1e-5 < np.abs(scores - expected).max() < 1


@pytest.mark.slow_elsewhere
def test_pspnet_needs_an_overlap_or_one_piece():
    stack = [keras.Input((None, None, 3)), layers.Conv2D(4, 3, 4, padding="same")]
    encoder = zoo.encoders.Encoder(
        keras.Sequential([*stack, layers.ReLU(name="top")]), ["top"]
    )
    model = awaken(zoo.PSPNet(**OPEN, encoder=encoder, base_filters=2, output_stride=4))
    image = image_of(40, 70)
    with pytest.raises(ArgumentError, match=r"'pyramid1_pool'.*never exact"):
        predict_tiled(model, image, 48)
    assert predict_tiled(model, image, 48, overlap=16).shape == (40, 70, 21)
    assert_same(predict_tiled(model, image, 80), in_one_piece(model, image))


@pytest.mark.parametrize("size", [(132, 204), (50, 30), (7, 3), (1, 1)])
def test_valid_nets_see_the_image_reflected(valid, size):
    image = image_of(*size, 1)
    scores = predict_tiled(valid, image, 103, batch_size=2)
    # A U-Net of depth 2 gives 40 pixels less; fill up to a size that it takes.
    rest = [-n % 4 for n in size]
    padding = [(20, 20 + r) for r in rest]
    padded = np.pad(image, [*padding, (0, 0)], mode="reflect")
    expected = in_one_piece(valid, padded)[: size[0], : size[1]]
    assert_same(scores, expected)


def test_without_padding_valid_nets_give_the_inside(valid):
    image = image_of(212, 300, 1)
    scores = predict_tiled(valid, image, 100, padding_mode=None)
    assert_same(scores, in_one_piece(valid, image))
    with pytest.raises(ArgumentError, match="padding_mode=None"):
        predict_tiled(valid, image[1:], 100, padding_mode=None)


@pytest.mark.parametrize("mode", ["reflect", "symmetric", "edge"])
def test_padded_nets_may_see_the_image_continued(same, mode):
    image = image_of(90, 101, 1)
    scores = predict_tiled(
        same, image, 64, padding_mode=mode, extend_border=True, blend="crop"
    )
    padded = np.pad(image, [(40, 40), (40, 43), (0, 0)], mode=mode)
    expected = in_one_piece(same, padded)[40:-40, 40:-43]
    assert_same(scores, expected)


def test_fixed_nets_take_images_of_any_size():
    options = {"base_filters": 3, "depth": 2, "padding": "same"}
    fixed = awaken(zoo.UNet((72, 64, 1), **options))
    free = zoo.UNet((None, None, 1), **options)
    free.set_weights(fixed.get_weights())
    image = image_of(130, 101, 1)
    padded = np.pad(image, [(0, 2), (0, 3), (0, 0)], mode="reflect")
    expected = in_one_piece(free, padded)[:130, :101]
    assert_same(predict_tiled(fixed, image, (72, 64)), expected)
    with pytest.raises(ArgumentError, match="72×64 alone"):
        predict_tiled(fixed, image, 64)


@pytest.mark.parametrize(("flips", "rotations"), [(True, False), (True, True)])
def test_mirrored_and_turned_images_are_averaged(same, flips, rotations):
    image = image_of(97, 83, 1)
    turns = [(k, m) for k in range(0, 4, 1 if rotations else 2) for m in (0, 1)]
    expected = 0
    for quarters, mirror in turns:
        turned = np.rot90(image, quarters)[:, :: -1 if mirror else 1]
        scores = in_one_piece(same, np.ascontiguousarray(turned))
        expected = expected + np.rot90(scores[:, :: -1 if mirror else 1], -quarters)
    scores = predict_tiled(same, image, 66, flips=flips, rotations=rotations)
    assert_same(scores, expected / len(turns))


def test_test_time_augmentation_of_valid_nets(valid):
    image = image_of(60, 44, 1)
    scores = predict_tiled(valid, image, 84, flips=True)
    flipped = predict_tiled(valid, image[:, ::-1], 84, flips=True)
    assert_same(scores[:, ::-1], flipped)
    assert np.abs(scores - predict_tiled(valid, image, 84)).max() > 1e-4


@pytest.mark.parametrize("blend", ["crop", "mean", "gaussian"])
def test_labels_are_found_online(same, blend):
    image = image_of(150, 131, 1)
    options = {"overlap": 40, "blend": blend, "batch_size": 3}
    scores = predict_tiled(same, image, 64, **options)
    labels = predict_tiled(same, image, 64, **options, output="labels")
    assert labels.dtype == np.uint8
    np.testing.assert_array_equal(labels, scores.argmax(-1))


@pytest.mark.parametrize("blend", ["mean", "gaussian"])
def test_blending_changes_nothing_where_tiles_agree(blend):
    """A net that looks at one pixel gives the same in every tile."""
    model = keras.Sequential([keras.Input((None, None, 1)), layers.Conv2D(2, 1)])
    image = image_of(75, 61, 1)
    scores = predict_tiled(awaken(model), image, 20, blend=blend)
    assert_same(scores, in_one_piece(model, image))


def test_one_score_is_held_against_the_threshold():
    model = keras.Sequential([keras.Input((None, None, 1)), layers.Identity()])
    image = np.linspace(0, 1, 77, dtype="float32").reshape(7, 11)
    for threshold in (0.5, 0.2):
        labels = predict_tiled(model, image, 5, output="labels", threshold=threshold)
        np.testing.assert_array_equal(labels, image > threshold)


def test_more_than_256_classes_need_two_bytes():
    model = keras.Sequential([keras.Input((None, None, 300)), layers.Identity()])
    image = np.zeros((4, 4, 300), np.float32)
    image[..., 299] = 1
    labels = predict_tiled(model, image, 4, output="labels")
    assert labels.dtype == np.uint16
    assert (labels == 299).all()


def test_memory_maps_in_and_out(same, tmp_path):
    image = np.random.default_rng(0).integers(0, 256, (150, 131), np.uint8)
    mapped = np.memmap(tmp_path / "image", np.uint8, "w+", shape=image.shape)
    mapped[:] = image
    out = np.memmap(tmp_path / "out", np.float32, "w+", shape=(150, 131, 3))
    assert predict_tiled(same, mapped, 64, preprocess="unit", out=out) is out
    expected = in_one_piece(same, image[..., None] / np.float32(255))
    assert_same(np.asarray(out), expected)
    np.testing.assert_array_equal(np.asarray(mapped), image)
    out.flush()
    stored = np.fromfile(tmp_path / "out", np.float32).reshape(150, 131, 3)
    assert_same(stored, expected)


def test_data_sets_of_hdf5_in_and_out(same, tmp_path):
    image = image_of(100, 90, 1)
    with h5py.File(tmp_path / "slide.h5", "w") as file:
        data = file.create_dataset("image", data=image, chunks=(16, 16, 1))
        out = file.create_dataset("labels", (100, 90), np.uint8)
        predict_tiled(same, data, 64, output="labels", out=out)
        labels = in_one_piece(same, image).argmax(-1)
        np.testing.assert_array_equal(out[:], labels)


def test_nets_without_a_graph_go_by_shapes():
    class Doubling(keras.Model):
        def call(self, x):
            return keras.ops.concatenate([x, -x], axis=-1)[:, 1:-1, 1:-1]

    image = keras.Input((None, None, 1))
    model = keras.Model(image, Doubling()(image))
    photo = image_of(33, 47, 1)
    with pytest.raises(ArgumentError, match=r"call.. is code.*Pass an overlap"):
        predict_tiled(model, photo, 16)
    scores = predict_tiled(model, photo, 16, overlap=0)
    assert_same(scores, np.concatenate([photo, -photo], -1))


def test_wrong_arguments_are_refused(same):
    image = image_of(20, 20, 1)
    for arguments, reason in [
        ({"tile_size": 0}, "tile_size=0"),
        ({"tile_size": 64, "overlap": -1}, "overlap=-1"),
        ({"tile_size": 64, "blend": "max"}, "blend='max'"),
        ({"tile_size": 64, "out": np.zeros((20, 20))}, r"shape \(20, 20, 3\)"),
        (
            {"tile_size": 64, "padding_mode": None, "extend_border": True},
            "extend_border needs",
        ),
    ]:
        with pytest.raises(ArgumentError, match=reason):
            predict_tiled(same, image, **arguments)
    with pytest.raises(ArgumentError, match=r"takes 1 channel: .*grayscale"):
        predict_tiled(same, image_of(20, 20, 3), 64)


@pytest.mark.parametrize("blend", ["crop", "mean"])
@pytest.mark.parametrize("classes", [1, 3])
def test_scores_that_are_no_numbers_have_no_label(classes, blend):
    net = keras.Sequential([keras.Input((None, None, 1)), layers.Conv2D(classes, 1)])
    image = np.random.default_rng(0).random((20, 24, 1), "float32")
    image[17, 3] = np.nan
    options = {"overlap": 0, "blend": blend, "progress": False}
    with pytest.raises(ArgumentError, match="no numbers"):
        predict_tiled(net, image, 8, output="labels", **options)
    scores = predict_tiled(net, image, 8, **options)
    assert np.isnan(scores).sum() == classes
    image[17, 3] = np.inf  # an order there is still
    predict_tiled(net, image, 8, output="labels", **options)
