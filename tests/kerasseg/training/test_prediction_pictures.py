import keras
import numpy as np
import pytest
from PIL import Image

from kerasseg.errors import ArgumentError
from kerasseg.training import PredictionPictures, prediction_pictures

COLORS = np.array([[0, 0, 0], [200, 0, 0], [0, 0, 200]], np.uint8)


@pytest.fixture
def sheets(monkeypatch):
    """What is given to the sheet, as it is drawn."""
    calls = []
    draw = prediction_pictures.draw_sheet

    def watched(*arguments):
        calls.append(arguments)
        return draw(*arguments)

    monkeypatch.setattr(prediction_pictures, "draw_sheet", watched)
    return calls


def net(crop=0):
    """Says class 1 wherever a pixel is above a half."""
    image = keras.Input((None, None, 1))
    scores = keras.layers.Conv2D(2, 1)
    out = keras.layers.Cropping2D(crop)(scores(image)) if crop else scores(image)
    model = keras.Model(image, out)
    model.compile("sgd", "mse")
    scores.set_weights([np.array([[[[0.0, 1.0]]]]), np.array([0.5, 0.0])])
    return model


def pictures_of(path, crop=0, **options):
    images = np.zeros((2, 8, 8, 1), np.float32)
    images[:, :4] = 1
    masks = np.zeros((2, 8 - 2 * crop, 8 - 2 * crop), np.int64)
    masks[0, 0], masks[1, 0] = 255, 2
    pictures = PredictionPictures(images, masks, path, None, COLORS, **options)
    pictures.set_model(net(crop))
    pictures.set_params({"epochs": 9})
    return pictures


@pytest.mark.parametrize("behind", [[], [keras.layers.Dropout(0.1)]])
@pytest.mark.parametrize(("activation", "bias"), [("sigmoid", -1.0), (None, 0.25)])
def test_a_single_score_is_read_as_what_it_is(
    tmp_path, sheets, activation, bias, behind
):
    scores = keras.layers.Conv2D(1, 1, activation=activation)
    model = keras.Sequential([keras.Input((None, None, 1)), scores, *behind])
    # The pixels of 1 are the class: by 1 instead of -1, or 0.25 instead of -1.75.
    scores.set_weights([np.array([[[[2.0]]]]), np.array([bias])])
    images = np.ones((1, 4, 4, 1), np.float32)
    images[:, 2:] = 0 if activation else -1
    model.compile("sgd", "mse")
    pictures = PredictionPictures(
        images, np.zeros((1, 4, 4), int), tmp_path / "p.png", None, COLORS
    )
    pictures.set_model(model)
    pictures.draw(0)
    predicted = sheets[0][0][0][2]
    assert (predicted[:2] == COLORS[1]).all()
    assert (predicted[2:] == COLORS[0]).all()


def test_captions_say_what_is_what(tmp_path, sheets):
    names = ["ground", "cell", "gap"]
    pictures = pictures_of(tmp_path / "p.png", names=["one", "two"], class_names=names)
    pictures.on_epoch_end(2)
    rows, titles, row_names, legend = sheets[0]
    assert titles == ("photo", "mask", "prediction, epoch 3")
    assert row_names == ["one", "two"]
    assert [name for name, _ in legend] == [*names, "ignored"]
    assert [tuple(color) for _, color in legend[:3]] == list(map(tuple, COLORS))
    photo, mask, predicted = rows[0]
    assert (photo[:4] == 255).all()
    assert (photo[4:] == 0).all()
    assert (mask[0] == legend[3][1]).all()
    assert (mask[1:] == COLORS[0]).all()
    assert (predicted[:4] == COLORS[1]).all()
    assert (predicted[4:] == COLORS[0]).all()
    with Image.open(tmp_path / "p.png") as sheet:
        drawn = np.asarray(sheet)
    assert (drawn == COLORS[2]).all(axis=-1).sum() > 100  # in a mask and the legend


def test_classes_without_names_have_their_numbers(tmp_path, sheets):
    pictures_of(tmp_path / "p.png", class_names=["ground"]).draw(0)
    assert [name for name, _ in sheets[0][3]][:3] == ["ground", "class 1", "class 2"]
    assert sheets[0][2] is None


def test_a_map_smaller_than_the_photo_stands_on_white(tmp_path, sheets):
    pictures_of(tmp_path / "p.png", crop=2).draw(0)
    _, mask, predicted = sheets[0][0][1]
    for part in (mask, predicted):
        assert (part[:2] == 255).all()
        assert (part[:, -2:] == 255).all()
    assert (mask[2, 2:6] == COLORS[2]).all()


@pytest.mark.parametrize(
    ("epochs", "drawn"), [(1, [1, 1]), (2, [1, 2]), (4, [2, 2]), (9, [3, 4])]
)
def test_only_some_epochs_are_drawn_and_the_last(tmp_path, sheets, epochs, drawn):
    pictures = pictures_of(tmp_path / "p.png", every_epochs=3)
    for epoch in range(epochs):
        pictures.on_epoch_end(epoch)
    assert len(sheets) == drawn[0]
    pictures.on_train_end()
    assert len(sheets) == drawn[1]


def test_epochs_that_end_soon_after_a_picture_wait(tmp_path, sheets, monkeypatch):
    now = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    pictures = pictures_of(tmp_path / "p.png", every_minutes=1)
    drawn = []
    for epoch, now[0] in enumerate((0.0, 59.0, 60.0, 100.0, 121.0, 130.0)):
        pictures.on_epoch_end(epoch)
        drawn.append(len(sheets))
    assert drawn == [1, 1, 2, 2, 3, 3]
    pictures.on_train_end()
    assert len(sheets) == 4


@pytest.mark.parametrize("names", [[], ["one"], ["one", "two", "three"]])
def test_names_are_as_many_as_the_images(tmp_path, names):
    with pytest.raises(ArgumentError, match=f"the 2 images.*: {len(names)} names"):
        pictures_of(tmp_path / "p.png", names=names)


@pytest.mark.parametrize("kind", ["uint8", "int16", "float16", "float64"])
def test_photos_are_stretched_whatever_their_type(tmp_path, sheets, kind):
    ramp = np.arange(0, 256, 51)  # (6,)
    images = np.broadcast_to(ramp[:, None], (2, 6, 6))[..., None]
    pictures = PredictionPictures(
        images.astype(kind), np.zeros((2, 6, 6), int), tmp_path / "p.png", None, COLORS
    )
    pictures.set_model(net())
    pictures.draw(0)
    photo = sheets[0][0][0][0]
    np.testing.assert_allclose(photo[:, 0, 0], ramp, atol=1)


@pytest.mark.parametrize(
    "form",
    [
        lambda ids: ids.astype("uint8"),
        lambda ids: ids.astype("float32"),
        lambda ids: ids[..., None].astype("float32"),
        lambda ids: ids > 0,
        lambda ids: np.eye(2)[ids],
        lambda ids: np.eye(2, dtype=bool)[ids],
    ],
    ids=["uint8", "float", "channel", "bool", "one-hot", "one-hot bool"],
)
def test_masks_are_drawn_as_losses_take_them(tmp_path, sheets, form):
    ids = np.random.default_rng(0).integers(0, 2, (2, 4, 4))
    images = np.zeros((2, 4, 4, 1), np.float32)
    path = tmp_path / "p.png"
    pictures = PredictionPictures(images, form(ids), path, None, COLORS)
    pictures.set_model(net())
    pictures.draw(0)
    for row, wanted in zip(sheets[0][0], ids, strict=True):
        np.testing.assert_array_equal(row[1], COLORS[wanted])
