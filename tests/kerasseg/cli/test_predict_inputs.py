import argparse

import numpy as np
import pytest
from PIL import Image

from kerasseg.cli.predict_inputs import find_jobs, part_argument
from kerasseg.cli.predict_output import write_result
from kerasseg.errors import FileError, UsageError


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "photos"
    for name in ("1.png", "2.png", "10.png", "b/1.png"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.zeros((4, 4), np.uint8)).save(folder / name)
    return folder


def masks(jobs, output):
    return [job.mask.relative_to(output).as_posix() for job in jobs]


def test_folders_keep_their_order_and_places(photos, tmp_path):
    jobs = find_jobs([str(photos)], tmp_path / "out")
    names = masks(jobs, tmp_path / "out")
    assert names == ["1.png", "2.png", "10.png", "b/1.png"]
    assert jobs[3].overlay == tmp_path / "out" / "b" / "1_overlay.png"


def test_every_photo_goes_to_one_worker(photos, tmp_path):
    everything = find_jobs([str(photos)], tmp_path / "out")
    shares = [find_jobs([str(photos)], tmp_path / "out", (i, 3)) for i in range(3)]
    assert [len(share) for share in shares] == [2, 1, 1]
    assert sorted((j for s in shares for j in s), key=everything.index) == everything


def test_masks_of_an_earlier_run_are_no_photos(photos):
    output = photos / "masks"
    before = find_jobs([str(photos)], output)
    output.mkdir()
    Image.fromarray(np.zeros((4, 4), np.uint8)).save(output / "1.png")
    assert find_jobs([str(photos)], output) == before
    assert len(find_jobs([str(photos / "**" / "2.png")], output)) == 1


def make_masks(jobs):
    labels = np.zeros((4, 4), np.uint8)
    colors = np.zeros((1, 3), np.uint8)
    options = argparse.Namespace(overlay=True, overwrite=False, resume=False)
    for job in jobs:
        write_result(job, labels, labels, colors, 0, "note", options)


def test_masks_among_what_a_shell_lists_are_no_photos(photos):
    """From the second time on, `photos/*` lists `photos/out` too."""
    output = photos / "out"
    (photos / "b" / "1.png").rename(photos / "b" / "3.png")  # `b` is a folder given
    given = sorted(map(str, photos.iterdir()))
    before = find_jobs(given, output)
    assert len(before) == 4
    output.mkdir()
    given.append(str(output))
    assert find_jobs(given, output) == before
    make_masks(before)
    assert find_jobs(given, output) == before
    assert find_jobs([*given[:-1], f"{photos}/b/../out/"], output) == before


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
def test_a_folder_of_photos_takes_no_masks(photos, suffix):
    for path in photos.rglob("*.png"):
        path.rename(path.with_suffix(suffix))
    (photos.parent / "link").symlink_to(photos)
    for output in (photos, photos.parent / "link"):
        for given in ([photos], [photos / f"1{suffix}", photos]):
            with pytest.raises(UsageError, match=r"^--output .*is a folder of photos;"):
                find_jobs(list(map(str, given)), output)


def test_masks_alone_are_no_photos(photos, tmp_path):
    output = tmp_path / "out"
    make_masks(find_jobs([str(photos)], output))
    with pytest.raises(UsageError, match="is all that is given; name the photos"):
        find_jobs([str(output)], output)


def test_a_photo_given_twice_is_done_once(photos, tmp_path):
    given = [str(photos / "1.png"), str(photos / "?.png"), str(photos / "2.png")]
    assert masks(find_jobs(given, tmp_path), tmp_path) == ["1.png", "2.png"]


def test_masks_that_would_meet_are_refused(photos, tmp_path):
    given = [str(photos / "1.png"), str(photos / "b" / "1.png")]
    with pytest.raises(UsageError, match=r"b/1\.png: gives the picture"):
        find_jobs(given, tmp_path)
    # A mask may not be the overlay of another, either.
    Image.fromarray(np.zeros((4, 4), np.uint8)).save(photos / "1_overlay.png")
    with pytest.raises(UsageError, match="1_overlay"):
        find_jobs([str(photos)], tmp_path)


def test_an_output_above_the_photos_hides_none(photos, tmp_path):
    assert len(find_jobs([str(photos / "b")], tmp_path)) == 1
    assert len(find_jobs([str(photos / "?.png")], tmp_path)) == 2


def test_what_is_not_there_is_named(photos, tmp_path):
    (photos / "empty").mkdir()
    for given, reason in (
        ("nothing.png", "no such file"),
        (str(photos / "empty"), "holds no images"),
        (str(photos / "*.jpg"), "no image matches"),
    ):
        with pytest.raises(FileError, match=reason):
            find_jobs([given], tmp_path)
    with pytest.raises(FileError, match="a folder is needed"):
        find_jobs([str(photos)], photos / "1.png")


def test_shares():
    assert part_argument("0/1") == (0, 1)
    assert part_argument("3/4") == (3, 4)
    for wrong in ("4/4", "1", "a/b", "-1/2", "0/0", "1/2/3"):
        with pytest.raises(argparse.ArgumentTypeError, match="share such as 0/4"):
            part_argument(wrong)
