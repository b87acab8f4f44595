import keras
from keras import layers

from kerasseg.exporters import export
from kerasseg.exporters.moved_maxima import REMARK, passes_on_maxima
from kerasseg.layers import MaxPoolingWithIndices2D, MaxUnpooling2D


def test_rounded_nets_that_pass_on_maxima_are_told_of(small_net, tmp_path):
    assert export(small_net, tmp_path / "net.tflite").remarks == []
    half = export(small_net, tmp_path / "net.tflite", quantization="float16")
    assert half.remarks == [REMARK]


def test_plain_pooling_passes_on_no_places(small_net):
    image = keras.Input((None, None, 3))
    assert not passes_on_maxima(keras.Model(image, layers.MaxPooling2D()(image)))
    outer = keras.Input((None, None, 3))
    assert passes_on_maxima(keras.Model(outer, small_net(outer)))


class Own(keras.Model):
    """Made of inputs and outputs, with a call of its own."""

    def call(self, x, training=False):
        return super().call(x, training=training)


def test_a_model_whose_call_is_code_is_walked_too(tmp_path):
    image = keras.Input((8, 8, 3))
    plain = Own(image, layers.Conv2D(2, 1)(image))
    export(plain, tmp_path / "n.tflite", quantization="float16", preprocess="none")
    values, places = MaxPoolingWithIndices2D()(image)
    assert not passes_on_maxima(plain)
    assert passes_on_maxima(Own(image, MaxUnpooling2D()([values, places])))
