import keras
import pytest
from keras import layers

from kerasseg.cli.train_model import loss_of, metrics_of
from kerasseg.errors import KerasSegWarning


class TwoClasses:
    classes, ignore_class = 2, 255


@pytest.mark.parametrize(
    ("behind", "activation"),
    [
        ([], "softmax"),
        ([layers.Dropout(0.1)], "softmax"),
        ([layers.UpSampling2D(2)], "softmax"),
        ([keras.Sequential([layers.Cropping2D(1)])], "hard_sigmoid"),
        ([layers.Dropout(0.1)], None),
    ],
)
def test_the_loss_is_told_whether_scores_are_probabilities(behind, activation):
    scores = layers.Conv2D(2, 1, activation=activation)
    model = keras.Sequential([keras.Input((8, 8, 1)), scores, *behind])
    config = {"loss": "cross_entropy", "class_weight": None, "sample_pixels": None}
    loss = loss_of(config, TwoClasses, model)
    assert loss.get_config()["from_logits"] == (activation is None)


@pytest.mark.parametrize(("activation", "threshold"), [("sigmoid", 0.5), (None, 0.0)])
def test_the_metrics_are_told_above_what_a_single_score_counts(activation, threshold):
    scores = layers.Conv2D(1, 1, activation=activation)
    model = keras.Sequential([keras.Input((8, 8, 1)), scores])
    for metric in metrics_of(TwoClasses, model):
        assert metric.get_config()["threshold"] == threshold


def test_the_metrics_of_several_scores_ask_for_no_threshold(recwarn):
    image = keras.Input((8, 8, 1))
    scores = layers.Conv2D(2, 1, activation="sigmoid")(image)
    sums = keras.ops.sum(scores, axis=-1, keepdims=True)
    metrics_of(TwoClasses, keras.Model(image, scores / sums))
    assert not [one for one in recwarn if one.category is KerasSegWarning]
