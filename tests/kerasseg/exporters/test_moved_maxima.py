import keras
from keras import layers

from kerasseg.exporters import export
from kerasseg.exporters.moved_maxima import REMARK, passes_on_maxima


def test_rounded_nets_that_pass_on_maxima_are_told_of(small_net, tmp_path):
    assert export(small_net, tmp_path / "net.tflite").remarks == []
    half = export(small_net, tmp_path / "net.tflite", quantization="float16")
    assert half.remarks == [REMARK]


def test_plain_pooling_passes_on_no_places(small_net):
    image = keras.Input((None, None, 3))
    assert not passes_on_maxima(keras.Model(image, layers.MaxPooling2D()(image)))
    outer = keras.Input((None, None, 3))
    assert passes_on_maxima(keras.Model(outer, small_net(outer)))
