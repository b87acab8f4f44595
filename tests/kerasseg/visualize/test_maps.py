import keras
import numpy as np
import pytest
from checks.pictures import render
from keras import layers

from kerasseg.errors import ArgumentError
from kerasseg.visualize import feature_maps

GAINS = [1.0, -3.0, 2.0, 0.0, 3.0]


def gains_net(head=False):
    """Each channel is the image times its own gain."""
    conv = layers.Conv2D(len(GAINS), 1, use_bias=False, name="gains")
    tail = [layers.Flatten(name="flat"), layers.Dense(2, name="dense")] if head else []
    net = keras.Sequential([keras.Input((6, 8, 1)), conv, *tail])
    conv.set_weights([np.array(GAINS, "float32").reshape(1, 1, 1, -1)])
    return net


IMAGE = np.random.default_rng(0).random((6, 8)).astype("float32")


def titles(figure):
    return [axes.get_title() for axes in figure.axes]


def shown(axes):
    return np.asarray(axes.images[0].get_array())


def test_each_channel_is_shown_under_its_number():
    figure = feature_maps(gains_net(), IMAGE, "gains")
    assert titles(figure) == ["0", "1", "2", "3", "4"]
    for axes, gain in zip(figure.axes, GAINS, strict=True):
        np.testing.assert_allclose(shown(axes), IMAGE * gain, rtol=1e-5)
    assert figure.get_suptitle() == "gains: all 5 maps of 6×8"
    render(figure)


def test_of_many_the_most_active_come_first_and_ties_in_order():
    figure = feature_maps(gains_net(), IMAGE, count=3)
    assert titles(figure) == ["1", "4", "2"]
    assert "3 of 5 maps" in figure.get_suptitle()


def test_each_map_has_its_own_scale_or_all_share_one():
    own = feature_maps(gains_net(), IMAGE)
    scales = [axes.images[0].get_clim() for axes in own.axes]
    assert scales[2] == pytest.approx((2 * IMAGE.min(), 2 * IMAGE.max()))
    shared = feature_maps(gains_net(), IMAGE, shared_scale=True)
    *maps, bar = shared.axes
    for axes in maps:
        limits = axes.images[0].get_clim()
        assert limits == pytest.approx((-3 * IMAGE.max(), 3 * IMAGE.max()))
    assert bar.get_ylim() == pytest.approx((-3 * IMAGE.max(), 3 * IMAGE.max()))
    render(shared)


def test_the_picture_lies_as_the_image_does():
    image = np.zeros((6, 8), "float32")
    image[1, 6] = 1
    _, pixel = render(feature_maps(gains_net(), image, colormap="gray"))
    # Cells of imshow are centred on whole numbers.
    assert pixel(0.5, 5.5) == pytest.approx(1, abs=0.01)
    assert pixel(3.5, 2.5) == pytest.approx(0, abs=0.01)


def test_rows_have_as_many_maps_as_asked_for():
    figure = feature_maps(gains_net(), IMAGE, columns=2)
    assert figure.axes[0].get_subplotspec().get_geometry()[:2] == (3, 2)


def test_a_larger_image_than_the_net_was_built_for():
    image = np.random.default_rng(1).random((20, 30))
    figure = feature_maps(gains_net(head=True), image, "gains")
    np.testing.assert_allclose(shown(figure.axes[2]), 2 * image, rtol=1e-5)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"layer": "flat"}, r"'flat' \(Flatten\) puts out no maps.*\(240,\)"),
        ({"layer": "nothing"}, "no layer 'nothing'.*gains, flat, dense"),
        ({"image": np.zeros((6, 8, 3))}, "takes 1 channel"),
        (
            {"image": np.zeros((9, 9)), "layer": "dense"},
            "'dense' cannot take .*9×9",
        ),
        ({"count": 0}, "count=0"),
        ({"columns": 1.5}, "columns=1.5"),
        ({"colormap": "mud"}, "mud"),
    ],
)
def test_refusals(options, message):
    with pytest.raises(ArgumentError, match=message):
        feature_maps(gains_net(head=True), **{"image": IMAGE, **options})
