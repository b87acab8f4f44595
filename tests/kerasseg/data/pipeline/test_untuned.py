import tensorflow as tf
from checks.shapes_dataset import ShapesDataset

from kerasseg.data import Pipeline
from kerasseg.data.pipeline.untuned import untuned


def test_what_nobody_decided_is_not_tuned():
    dataset = untuned(tf.data.Dataset.range(3).map(lambda x: x, tf.data.AUTOTUNE))
    assert dataset.options().autotune.enabled is False
    assert [int(x) for x in dataset] == [0, 1, 2]


def test_other_options_stay():
    options = tf.data.Options()
    options.deterministic = True
    dataset = untuned(tf.data.Dataset.range(3).with_options(options))
    assert dataset.options().deterministic is True


def test_what_the_user_decided_stays():
    for wanted in (True, False):
        options = tf.data.Options()
        options.autotune.enabled = wanted
        dataset = tf.data.Dataset.range(3).with_options(options)
        assert untuned(dataset) is dataset
        assert dataset.options().autotune.enabled is wanted


def test_pipelines_are_not_tuned():
    pipeline = Pipeline(ShapesDataset(2), 2)
    assert pipeline.epoch(0).options().autotune.enabled is False
