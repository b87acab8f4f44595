"""One small net of each family as ONNX, for images of any size.

`check_segmentation` exports every net as a SavedModel.
"""

import keras
import pytest
from checks.exports import check_onnx
from checks.segmentation import awaken, images_of

import zoo
from zoo.encoders import Encoder

ANY = (None, None, 3)
SMALL = {"input_shape": ANY, "classes": 3, "base_filters": 2}


def two_levels():
    """The second convolution of each level is dilated where its stride is taken out."""
    x = inputs = keras.Input(ANY)
    for index, filters in enumerate((4, 6), start=1):
        x = keras.layers.Conv2D(filters, 3, 2, padding="same")(x)
        name = f"level{index}"
        x = keras.layers.Conv2D(filters, 3, padding="same", name=name)(x)
    return Encoder(awaken(keras.Model(inputs, x)), ["level1", "level2"])


NETS = {
    "fcn8s": lambda: zoo.FCN8s(**SMALL, hidden_units=6),
    "fcn8s_same": lambda: zoo.FCN8s(**SMALL, hidden_units=6, variant="same"),
    "unet": lambda: zoo.UNet(**SMALL, depth=2, padding="same", upsampling="bilinear"),
    "unet_encoder": lambda: zoo.UNet(**SMALL, encoder=two_levels()),
    "segnet_basic": lambda: zoo.SegNetBasic(**SMALL),
    "deconvnet": lambda: zoo.DeconvNet(**SMALL, hidden_units=6),
    "pspnet": lambda: zoo.PSPNet(**SMALL, encoder=two_levels(), output_stride=2),
}


@pytest.mark.parametrize("name", NETS)
def test_exports_to_onnx(name):
    model = awaken(NETS[name]())
    sizes = [(200, 193), (224, 224)] if name == "deconvnet" else [(31, 17), (45, 60)]
    check_onnx(model, *[[images_of(model, size)] for size in sizes])
