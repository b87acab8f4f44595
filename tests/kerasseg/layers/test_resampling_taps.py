"""What `Resize2D` shows on some backends only; the rest is in its tests."""

import keras
import numpy as np
import pytest

from kerasseg.layers.resampling_taps import resample_axis


@pytest.mark.parametrize("align_corners", [False, True])
def test_products_of_long_axes_do_not_overflow(align_corners):
    """33 000 places times 70 000 leave the range of int32."""
    old, new = 33_000, 70_000
    line = np.linspace(0, 1, old, dtype="float32").reshape(1, 1, old, 1)
    x = keras.ops.convert_to_tensor(line)
    y = resample_axis(x, 2, new, "bilinear", align_corners)
    centers = np.arange(new) / (new - 1) * (old - 1)
    if not align_corners:
        centers = (np.arange(new) + 0.5) * old / new - 0.5
    wanted = np.clip(centers, 0, old - 1) / (old - 1)
    y = keras.ops.convert_to_numpy(y).ravel()
    np.testing.assert_allclose(y, wanted, rtol=1e-5, atol=1e-6)
