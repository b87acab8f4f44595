import keras
import pytest
from keras import layers

from kerasseg.cli.train_model import loss_of, metrics_of


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
    for metric in metrics_of(TwoClasses, model):
        assert metric.get_config()["threshold"] == (0.0 if activation is None else 0.5)
