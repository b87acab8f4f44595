"""The networks: one paper a file, each a function that returns a `keras.Model`."""

from zoo import (
    alexnet,
    deconvnet,
    encoders,
    fcn,
    lenet5,
    nin,
    pspnet,
    segnet,
    unet,
    vgg16,
)
from zoo.alexnet import AlexNet
from zoo.deconvnet import DeconvNet
from zoo.fcn import FCN8s, FCN16s, FCN32s
from zoo.lenet5 import LeNet5
from zoo.nin import NiN
from zoo.pspnet import PSPNet
from zoo.segnet import SegNet, SegNetBasic
from zoo.unet import UNet, unet_valid_sizes
from zoo.vgg16 import VGG16

__all__ = [  # noqa: RUF022 - the networks in the order of their papers
    "LeNet5",
    "AlexNet",
    "NiN",
    "VGG16",
    "FCN32s",
    "FCN16s",
    "FCN8s",
    "UNet",
    "DeconvNet",
    "SegNet",
    "SegNetBasic",
    "PSPNet",
    "list_models",
    "unet_valid_sizes",
    "alexnet",
    "lenet5",
    "nin",
    "vgg16",
    "fcn",
    "unet",
    "deconvnet",
    "segnet",
    "pspnet",
    "encoders",
]

_BUILDERS = (
    LeNet5,
    AlexNet,
    NiN,
    VGG16,
    FCN32s,
    FCN16s,
    FCN8s,
    UNet,
    DeconvNet,
    SegNet,
    SegNetBasic,
    PSPNet,
)


def list_models() -> list[str]:
    """Names of all networks here, oldest first; each is a function of this package.

    Example:

    >>> import zoo
    >>> zoo.list_models()[0]
    'LeNet5'
    >>> getattr(zoo, "LeNet5")(classes=26).output_shape
    (None, 26)
    """
    return [builder.__name__ for builder in _BUILDERS]
