from itertools import chain

import keras
import numpy as np
import pytest
from checks.shapes_dataset import ShapesDataset
from keras import layers
from PIL import Image

from kerasseg.data import Augmentation, Pipeline, unet_weight_map
from kerasseg.data.augmentation import Flip, GreyValues, KerasLayer, Rotate
from kerasseg.errors import ArgumentError, DataError

FULL = {
    "crop_size": (8, 9),
    "augment": "unet",
    "weight_map": "unet",
    "class_weight": [1, 2, 3],
}


def arrays(data):
    return [[np.array(part) for part in batch] for batch in data]


def check_equal(mine, theirs):
    assert len(mine) == len(theirs)
    for one, two in zip(mine, theirs, strict=True):
        for part, other in zip(one, two, strict=True):
            np.testing.assert_array_equal(part, other)


def numbers(batches):
    """Which samples the batches hold: the first channel tells."""
    return [np.rint(b[0][:, 0, 0, 0] * 25.5).astype(int).tolist() for b in batches]


def test_plain_batches_are_the_data_set():
    dataset = ShapesDataset(5)
    batches = arrays(Pipeline(dataset, 2, shuffle=False).epoch(0))
    assert [batch[0].shape for batch in batches] == [(2, 12, 16, 3)] * 2 + [
        (1, 12, 16, 3)
    ]
    assert [part.dtype for part in batches[0]] == [np.float32, np.int32]
    images, masks = (np.concatenate(parts) for parts in zip(*batches, strict=True))
    for image, mask, sample in zip(images, masks, dataset, strict=True):
        np.testing.assert_allclose(image, sample.image / 255, rtol=1e-6)
        np.testing.assert_array_equal(mask, sample.mask)


@pytest.mark.parametrize("options", [{}, FULL])
def test_any_step_can_be_the_first(options):
    one, other = (Pipeline(ShapesDataset(7), 2, seed=4, **options) for _ in range(2))
    whole = arrays(one.epoch(3))
    assert one.steps_per_epoch == 4
    for step in (4, 2, 1, 0):
        check_equal(arrays(other.epoch(3, step)), whole[step:])


def test_epochs_and_seeds_differ():
    found = {
        tuple(chain(*numbers(arrays(Pipeline(ShapesDataset(7), 2, seed=s).epoch(e)))))
        for s in range(3)
        for e in range(3)
    }
    assert len(found) == 9
    assert all(sorted(order) == list(range(7)) for order in found)


def test_changes_of_an_image_are_those_of_its_epoch_in_any_order():
    shuffled = Pipeline(ShapesDataset(6), 3, augment="unet")
    in_order = Pipeline(ShapesDataset(6), 2, augment="unet", shuffle=False)
    order = shuffled._order.indices(2)
    mine = np.concatenate([b[0] for b in arrays(shuffled.epoch(2))])
    theirs = np.concatenate([b[0] for b in arrays(in_order.epoch(2))])
    np.testing.assert_array_equal(mine, theirs[order])
    assert not np.array_equal(
        theirs, np.concatenate([b[0] for b in arrays(in_order.epoch(3))])
    )


@pytest.mark.parametrize("options", [{}, FULL, {"drop_remainder": True}])
def test_workers_share_the_batches_of_one(options):
    # 10 images in batches of 4: two and two, and one and one at the end.
    whole = arrays(Pipeline(ShapesDataset(10), 4, **options).epoch(1, 1))
    parts = [
        arrays(Pipeline(ShapesDataset(10), 4, shard=(i, 2), **options).epoch(1, 1))
        for i in range(2)
    ]
    joined = [
        [np.concatenate(pair) for pair in zip(*both, strict=True)]
        for both in zip(*parts, strict=True)
    ]
    check_equal(joined, whole)


def test_image_and_mask_move_together():
    dataset = ShapesDataset(6)
    augment = Augmentation([Flip(True, True), Rotate(180)], interpolation="nearest")
    pipeline = Pipeline(dataset, 3, augment=augment, preprocess="none", crop_size=10)
    for images, masks in arrays(pipeline.epoch(0)):
        seen = masks != 255
        np.testing.assert_array_equal(images[seen][:, 1], 80 * masks[seen])
        assert 0 < seen.mean() < 1


def test_weights_move_with_the_mask():
    dataset = ShapesDataset(4)
    pipeline = Pipeline(
        dataset, 2, shuffle=False, weight_map="unet", class_weight=[1, 2, 3]
    )
    _, masks, weights = (
        np.concatenate(p) for p in zip(*arrays(pipeline.epoch(0)), strict=True)
    )
    for mask, weight, sample in zip(masks, weights, dataset, strict=True):
        expected = unet_weight_map(sample.instances) * (np.arange(256) % 255 + 1)[mask]
        expected[sample.mask == 255] = 0
        np.testing.assert_allclose(weight, expected, rtol=1e-6)
    turned = Pipeline(dataset, 4, augment=[Rotate(180)], weight_map="unet")
    _, masks, weights = arrays(turned.epoch(0))[0]
    assert (masks == 255).any()
    np.testing.assert_array_equal(weights[masks == 255], 0)
    assert (weights[masks != 255] > 0.2).all()


def test_crops_are_drawn_or_in_the_middle():
    dataset = ShapesDataset(1)
    middle = arrays(Pipeline(dataset, 1, crop_size=(4, 6), shuffle=False).epoch(0))
    np.testing.assert_array_equal(middle[0][1][0], dataset[0].mask[4:8, 5:11])
    drawn = {
        arrays(Pipeline(dataset, 1, crop_size=(4, 6), seed=s).epoch(0))[0][0].tobytes()
        for s in range(9)
    }
    assert len(drawn) > 5


def test_sizes_may_differ_with_a_crop_or_padding():
    dataset = ShapesDataset(4, sizes=((6, 9), (12, 8)))
    for options in ({"crop_size": (9, 9)}, {"pad_to": (12, 9)}):
        for shuffle in (True, False):
            batches = arrays(Pipeline(dataset, 4, shuffle=shuffle, **options).epoch(0))
            shape = next(iter(options.values()))
            assert batches[0][0].shape == (4, *shape, 3)
    images, masks = batches[0]
    for image, mask, sample in zip(images, masks, dataset, strict=True):
        height, width = sample.mask.shape
        np.testing.assert_array_equal(mask[:height, :width], sample.mask)
        np.testing.assert_allclose(
            image[:height, :width], sample.image / 255, rtol=1e-6
        )
        assert (mask[height:] == 255).all()
        assert (mask[:, width:] == 255).all()


def test_sizes_that_differ_are_refused_by_name(tmp_path, tensorflow_errors):
    dataset = ShapesDataset(3, sizes=((6, 9), (6, 9), (6, 8)))
    with pytest.raises(tensorflow_errors, match=r"shape2 has the shape \(6, 8, 3\)"):
        arrays(Pipeline(dataset, 1, shuffle=False).epoch(0))
    dataset.image_paths = [tmp_path / f"{i}.png" for i in range(3)]
    for i, path in enumerate(dataset.image_paths):
        Image.fromarray(dataset[i].image).save(path)
    with pytest.raises(DataError, match=r"2\.png"):
        Pipeline(dataset, 1).epoch(0)
    with pytest.raises(tensorflow_errors, match="shape0 has 6×9"):
        arrays(Pipeline(dataset, 1, pad_to=(6, 8)).epoch(0, 1))


@pytest.fixture
def tensorflow_errors():
    """What `tf.data` makes of an error of ours; one before it comes as it is."""
    tf = pytest.importorskip("tensorflow")
    return tf.errors.OpError, DataError


@pytest.mark.parametrize("mode", ["none", "tf", "caffe", "function"])
def test_preprocessing(mode):
    from kerasseg.data.preprocess import preprocess

    dataset = ShapesDataset(2)
    given = (lambda image: image * 2) if mode == "function" else mode
    images, _ = arrays(Pipeline(dataset, 2, shuffle=False, preprocess=given).epoch(0))[
        0
    ]
    for image, sample in zip(images, dataset, strict=True):
        expected = (
            sample.image * 2.0 if mode == "function" else preprocess(sample.image, mode)
        )
        np.testing.assert_allclose(image, expected, rtol=1e-6)


def test_sixteen_bits_are_brought_to_the_range_of_eight():
    for augment in (None, [GreyValues(0, 0)]):
        images = [
            arrays(Pipeline(d, 3, shuffle=False, augment=augment).epoch(0))[0][0]
            for d in (ShapesDataset(3), ShapesDataset(3, dtype=np.uint16))
        ]
        np.testing.assert_allclose(*images, rtol=1e-5, atol=1e-6)


def test_caches_give_the_same_batches_and_read_once(tmp_path):
    plain = Pipeline(ShapesDataset(5), 2, **FULL)
    expected = [arrays(plain.epoch(e)) for e in range(2)]
    kept = ShapesDataset(5)
    filed = ShapesDataset(5)
    filed.image_paths = filed.mask_paths = [tmp_path / f"{i}.png" for i in range(5)]
    for path in filed.image_paths:
        path.write_bytes(b"")
    for dataset, cache in ((kept, True), (filed, tmp_path / "cache")):
        pipeline = Pipeline(dataset, 2, cache=cache, **FULL)
        for epoch in range(2):
            check_equal(arrays(pipeline.epoch(epoch)), expected[epoch])
        assert sorted(dataset.reads) == list(range(5))
    with pytest.raises(ArgumentError, match="cache=True"):
        Pipeline(filed, 2, cache=tmp_path, weight_map=lambda sample: sample.mask)


def test_layers_of_keras_give_the_same_in_any_thread():
    layer = KerasLayer(layers.RandomBrightness(0.4))
    pipeline = Pipeline(ShapesDataset(6), 3, augment=[layer], shuffle=False)
    images = np.concatenate([batch[0] for batch in arrays(pipeline.epoch(1))])
    expected = [pipeline.example(1, index)[0] for index in range(6)]
    np.testing.assert_array_equal(images, expected)
    assert not np.array_equal(expected[0], pipeline.example(2, 0)[0])


def test_without_an_ignored_class():
    dataset = ShapesDataset(4, ignore_class=None)
    _, masks, weights = arrays(Pipeline(dataset, 4, **FULL).epoch(0))[0]
    assert set(np.unique(masks)) <= {0, 1, 2}
    assert weights.min() > 0
    with pytest.raises(ArgumentError, match="ignore_class"):
        Pipeline(dataset, 2, pad_to=20)


def test_shapes_are_known_before_the_first_batch():
    spec = Pipeline(ShapesDataset(4), 2, **FULL).epoch(0).element_spec
    assert [tuple(part.shape) for part in spec] == [
        (None, 8, 9, 3),
        (None, 8, 9),
        (None, 8, 9),
    ]
    assert int(Pipeline(ShapesDataset(5), 2).epoch(0, 1).cardinality()) == 2


@pytest.mark.parametrize("options", [{}, FULL])
def test_fit(options):
    pipeline = Pipeline(ShapesDataset(5, ignore_class=None), 2, **options)
    model = keras.Sequential(
        [keras.Input((None, None, 3)), layers.Conv2D(3, 3, padding="same")]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("sgd", loss)
    history = model.fit(pipeline.epoch(0), verbose=0)
    assert np.isfinite(history.history["loss"]).all()


def test_weights_reach_the_loss():
    """The loss of `evaluate` is the weighted mean over pixels, by hand."""
    pipeline = Pipeline(ShapesDataset(4, ignore_class=None), 2, **FULL)
    model = keras.Sequential([keras.Input((8, 9, 3)), layers.Conv2D(3, 1)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(loss=loss)
    expected = []
    for images, masks, weights in arrays(pipeline.epoch(0)):
        logits = model.predict_on_batch(images).astype(np.float64)
        chosen = np.take_along_axis(logits, masks[..., None], -1)[..., 0]
        expected.append(((np.log(np.exp(logits).sum(-1)) - chosen) * weights).mean())
    found = model.evaluate(pipeline.epoch(0), verbose=0)
    assert found == pytest.approx(np.mean(expected), rel=1e-5)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"batch_size": 0}, "batch_size"),
        ({"crop_size": 0}, "crop_size"),
        ({"crop_size": 4, "pad_to": 4}, "pass one"),
        ({"augment": "warp"}, "augment"),
        ({"preprocess": "imagenet"}, "preprocess"),
        ({"weight_map": "distance"}, "weight_map"),
        ({"class_weight": [1]}, "class_weight"),
        ({"cache": "folder"}, "cache"),
    ],
)
def test_bad_arguments(options, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ArgumentError, match=words):
        Pipeline(ShapesDataset(), **{"batch_size": 2, **options})


def test_a_data_set_without_names_of_its_samples_is_refused_by_name():
    class Plain(list):
        name, names, classes, ignore_class = "plain", ["a", "b"], 2, None

    with pytest.raises(ArgumentError, match=r"sample_names.*dataset=plain"):
        Pipeline(Plain([None]), 1).sample_names(0)
