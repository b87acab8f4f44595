import numpy as np
from checks.training_runs import SquaresInNoise

import zoo
from kerasseg.training.outputs import fit_to_outputs


def test_masks_are_cropped_about_the_centre():
    model = zoo.UNet((44, 44, 3), 2, base_filters=2, depth=2)
    data = SquaresInNoise(steps=2, size=44)
    adapted = fit_to_outputs(model, data)
    (_, cropped), (_, whole) = (next(iter(x.epoch(0))) for x in (adapted, data))
    np.testing.assert_array_equal(cropped, whole[:, 20:-20, 20:-20])
    assert model.output_shape[1:3] == tuple(cropped.shape[1:3])
