import keras
import numpy as np
import pytest
from checks.training_runs import SquaresInNoise

import zoo
from kerasseg import losses, metrics
from kerasseg.errors import ArgumentError
from kerasseg.training.stages import Stage, fit_stages

SMALL = {"classes": 2, "base_filters": 2, "hidden_units": 4, "variant": "same"}


def stages():
    return [
        Stage(name, lambda b=builder: b(**SMALL), lambda: keras.optimizers.Adam(0.01))
        for name, builder in (("fcn32s", zoo.FCN32s), ("fcn16s", zoo.FCN16s))
    ]


def fit(folder, **options):
    keras.utils.set_random_seed(0)
    return fit_stages(
        stages(),
        SquaresInNoise(steps=2, size=32),
        move_weights=zoo.fcn.move_weights,
        metrics=lambda: [metrics.PixelAccuracy(2)],
        loss=losses.CrossEntropy(),
        run_dir=folder,
        epochs=1,
        verbose=0,
        **options,
    )


def test_each_stage_begins_with_the_weights_of_the_one_before(tmp_path):
    moved = []

    def move(old, new):
        moved.append((old.name, new.name))
        return zoo.fcn.move_weights(old, new)

    model = fit_stages(
        stages(),
        SquaresInNoise(steps=1, size=32),
        move_weights=move,
        loss=losses.CrossEntropy(),
        epochs=1,
        verbose=0,
    )
    assert moved == [("fcn32s", "fcn16s")]
    assert model.name == "fcn16s"
    assert np.abs(model.get_layer("score_fr").get_weights()[0]).max() > 0


def test_a_resumed_run_goes_on_in_its_stage(tmp_path):
    model = fit(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"fcn32s", "fcn16s"}
    again = fit(tmp_path, resume=True)
    for a, b in zip(model.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_bad_stages_are_refused():
    for bad in ([], stages() * 2):
        with pytest.raises(ArgumentError, match="stages must be one or more"):
            fit_stages(bad, None, move_weights=None)
