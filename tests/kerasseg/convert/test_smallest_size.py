import keras
import pytest
from checks.exactness import images_for, randomise, relative_difference
from keras import layers

import kerasseg
from kerasseg.errors import ArgumentError


def flat():
    return [layers.Flatten(), layers.Dense(4)]


def pooled():
    return [layers.GlobalAveragePooling2D(), layers.Dense(4)]


def normalised():  # its windows are taken by UnfoldWindows2D
    return [layers.Flatten(), layers.BatchNormalization(), layers.Dense(4)]


def classifier(head, padding="valid"):
    return keras.Sequential(
        [
            keras.Input((9, 12, 2)),
            layers.Conv2D(3, 3, padding=padding),
            layers.MaxPooling2D((2, 3)),
            *head,
        ]
    )


@pytest.mark.parametrize("head", [flat, pooled, normalised])
@pytest.mark.parametrize(
    ("padding", "smallest"),
    # 3×3 cells of (2, 3) pixels and two more for the unpadded 3×3, or 4×4 cells of
    # (2, 3): the classifier's own image leaves pixels over.
    [("valid", (8, 11)), ("same", (8, 12))],
)
def test_smaller_images_than_one_window_are_refused(head, padding, smallest):
    model = randomise(classifier(head(), padding))
    for size in [(4, 4), (smallest[0] - 1, 30), (30, smallest[1] - 1)]:
        with pytest.raises(ArgumentError) as caught:
            kerasseg.convert_to_fcn(model, image_size=size)
        assert f"must be {smallest} or larger" in str(caught.value)
        assert f"image_size={size}" in str(caught.value)
    fcn = kerasseg.convert_to_fcn(model, image_size=smallest)
    assert fcn.output_shape == (None, 1, 1, 4)
    any_size = kerasseg.convert_to_fcn(model)
    images = images_for(model, size=smallest)
    expected = any_size.predict_on_batch(images)
    assert relative_difference(fcn.predict_on_batch(images), expected) <= 1e-6


def test_dilated_windows_count_with_what_they_span():
    model = classifier(flat())
    with pytest.raises(ArgumentError, match=r"must be \(8, 11\)"):
        kerasseg.convert_to_fcn(model, (7, 30), output_stride=1)


def test_heads_that_keep_the_trunks_size_need_less():
    model = classifier(pooled(), padding="same")
    fcn = kerasseg.convert_to_fcn(model, (2, 3), padding="same")
    assert fcn.output_shape == (None, 1, 1, 4)
    with pytest.raises(ArgumentError, match=r"must be \(2, 3\)"):
        kerasseg.convert_to_fcn(model, (2, 2), padding="same")
