"""kerasseg: exact fully convolutional nets from trained Keras classifiers.

Names are loaded when first used, so that `import kerasseg` takes milliseconds and
loads no deep-learning framework.
"""

import sys
from importlib import import_module
from typing import TYPE_CHECKING

from kerasseg.version import __version__

if TYPE_CHECKING:
    from kerasseg import (
        data,
        exporters,
        inference,
        initializers,
        layers,
        losses,
        metrics,
        training,
        visualize,
    )
    from kerasseg.convert.fcn import convert_to_fcn
    from kerasseg.errors import (
        ArgumentError,
        ConversionError,
        DataError,
        ExportError,
        FileError,
        GeometryError,
        KerasSegError,
        MissingPackageError,
    )
    from kerasseg.exporters import export
    from kerasseg.files import load_model
    from kerasseg.geometry import ReceptiveField, receptive_field
    from kerasseg.own_layers import elementwise

_MODULE_OF_NAME = {
    "convert_to_fcn": "kerasseg.convert.fcn",
    "elementwise": "kerasseg.own_layers",
    "receptive_field": "kerasseg.geometry",
    "ReceptiveField": "kerasseg.geometry",
    "load_model": "kerasseg.files",
    "export": "kerasseg.exporters",
    "KerasSegError": "kerasseg.errors",
    "ArgumentError": "kerasseg.errors",
    "ConversionError": "kerasseg.errors",
    "DataError": "kerasseg.errors",
    "ExportError": "kerasseg.errors",
    "GeometryError": "kerasseg.errors",
    "FileError": "kerasseg.errors",
    "MissingPackageError": "kerasseg.errors",
}
_SUBPACKAGES = (
    "data",
    "exporters",
    "inference",
    "initializers",
    "layers",
    "losses",
    "metrics",
    "training",
    "visualize",
)

__all__ = [  # noqa: RUF022 - grouped as the documentation groups them
    "convert_to_fcn",
    "elementwise",
    "receptive_field",
    "ReceptiveField",
    "load_model",
    "export",
    "data",
    "exporters",
    "inference",
    "initializers",
    "layers",
    "losses",
    "metrics",
    "training",
    "visualize",
    "KerasSegError",
    "ArgumentError",
    "ConversionError",
    "DataError",
    "ExportError",
    "GeometryError",
    "FileError",
    "MissingPackageError",
    "__version__",
]


def __getattr__(name):
    if name in _MODULE_OF_NAME:
        value = getattr(import_module(_MODULE_OF_NAME[name]), name)
    elif name in _SUBPACKAGES:
        value = import_module(f"kerasseg.{name}")
    else:
        raise AttributeError(f"module 'kerasseg' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__():
    return sorted(__all__)


# Keras finds our layers, losses and metrics in a saved model only once they are
# imported. Where it is loaded already that costs nothing; else it would cost seconds.
if "keras" in sys.modules:
    import_module("kerasseg.layers")
    import_module("kerasseg.losses")
    import_module("kerasseg.metrics")
