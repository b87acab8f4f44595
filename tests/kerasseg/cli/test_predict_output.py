import argparse
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from kerasseg.cli import predict_output
from kerasseg.cli.predict_inputs import Job
from kerasseg.cli.predict_output import (
    is_done,
    mask_of,
    overlay_of,
    stored_report,
    write_result,
)
from kerasseg.data import read_mask, voc_colormap
from kerasseg.errors import FileError

COLORS = voc_colormap(4)
LABELS = np.array([[0, 1, 2], [3, 3, 0]], np.uint8)
OPTIONS = argparse.Namespace(overlay=True, overwrite=False, resume=False)


@pytest.fixture
def job(tmp_path):
    return Job(tmp_path / "a.jpg", tmp_path / "out" / "a.png")


def test_arguments_are_checked_before_keras_is_loaded():
    code = "import kerasseg.cli.predict_counts, sys; print('keras' in sys.modules)"
    command = [sys.executable, "-c", code]
    found = subprocess.run(command, capture_output=True, text=True, check=True)
    assert found.stdout == "False\n"


@pytest.mark.parametrize("note", ["made by 1234 a.jpg 7", "Fotos äöü 照片.jpg"])
def test_masks_remember_what_they_are(job, note):
    photo = np.full((2, 3, 3), 100, np.uint8)
    assert not is_done(job, note, False)
    write_result(job, photo, LABELS, COLORS, 0, note, OPTIONS)
    assert is_done(job, note, True)
    assert stored_report(job)["size"] == [2, 3]
    with pytest.raises(FileError, match="by another model"):
        is_done(job, note + "!", False)
    np.testing.assert_array_equal(read_mask(job.mask), LABELS)
    job.overlay.unlink()
    assert is_done(job, note, False)
    assert not is_done(job, note, True)


def test_a_picture_without_its_end_is_made_again(job):
    labels = np.random.default_rng(0).integers(0, 4, (200, 300)).astype(np.uint8)
    photo = np.repeat(labels[..., None], 3, axis=-1)
    again = argparse.Namespace(overlay=True, overwrite=False, resume=True)
    for torn, others in ((job.mask, [False, True]), (job.overlay, [True])):
        write_result(job, photo, labels, COLORS, 0, "note", again)
        whole = torn.read_bytes()
        for length in (len(whole) - 1, 2000):
            torn.write_bytes(whole[:length])
            assert not any(is_done(job, "note", overlay) for overlay in others)
    assert is_done(job, "note", False)


def test_what_holds_no_note_is_not_replaced(job):
    job.mask.parent.mkdir()
    with Image.new("L", (3, 2)) as other:
        other.save(job.mask)
    whole = job.mask.read_bytes()
    for length in (len(whole), 20, 3, 0):
        job.mask.write_bytes(whole[:length])
        with pytest.raises(FileError, match="by another model"):
            is_done(job, "note", False)


def test_a_mask_that_cannot_be_read_is_named(job):
    job.mask.mkdir(parents=True)
    with pytest.raises(FileError, match=r"a\.png: cannot be read"):
        is_done(job, "note", False)


def test_more_classes_than_a_palette_has(tmp_path):
    labels = np.array([[0, 300], [65535, 1]], np.uint16)
    mask_of(labels, COLORS).save(tmp_path / "a.png")
    np.testing.assert_array_equal(read_mask(tmp_path / "a.png"), labels)


def test_large_overlays_are_shown_smaller(monkeypatch):
    monkeypatch.setattr(predict_output, "_LONGEST", 10)
    labels = np.arange(30 * 20, dtype=np.uint8).reshape(30, 20) % 4
    photo = np.full((30, 20), 50, np.uint8)
    shown = np.asarray(overlay_of(photo, labels, COLORS))
    assert shown.shape == (10, 7, 3)
    assert (shown[labels[::3, ::3] == 0] == 50).all()


@pytest.mark.parametrize(
    ("photo", "value"),
    [
        (np.full((2, 3), 65535, np.uint16), 255),
        (np.full((2, 3, 4), 70, np.uint8), 70),
        (np.full((2, 3, 6), 1e9, np.float32), 255),
    ],
)
def test_overlays_of_what_is_no_rgb_photo(photo, value):
    shown = np.asarray(overlay_of(photo, LABELS, COLORS))
    assert (shown[LABELS == 0] == value).all()


def test_white_objects_are_coloured():
    greys = np.array([[0, 0, 0], [255, 255, 255]], np.uint8)
    labels = np.array([[0, 1]], np.uint8)
    shown = np.asarray(overlay_of(np.full((1, 2), 200, np.uint8), labels, greys))
    assert shown[0, 0].tolist() == [200] * 3
    assert np.ptp(shown[0, 1].astype(int)) > 50


def test_without_a_background_every_class_is_coloured():
    photo = np.full((2, 3, 3), 100, np.uint8)
    shown = np.asarray(overlay_of(photo, LABELS, COLORS, None))
    np.testing.assert_array_equal(shown, (100 + COLORS[LABELS].astype(int)) // 2)


def test_an_image_that_goes_on_where_a_folder_cannot_be_made(job, tmp_path):
    (tmp_path / "out").write_text("a file")
    with pytest.raises(FileError, match="cannot make this folder"):
        write_result(job, LABELS, LABELS, COLORS, 0, "", OPTIONS)
    assert not Image.init() or (tmp_path / "out").read_text() == "a file"
