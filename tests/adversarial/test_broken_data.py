"""Broken images, masks, lists and folders: an error that names the file, every time.

A hundred and some in every run, always the same; thousands of others by
`pytest -m long tests/adversarial/test_broken_data.py`.
"""

import contextlib
import signal
import warnings
from collections import Counter

import numpy as np
import pytest
from checks.broken_data import breaking, whole

from kerasseg.data import open_dataset, read_image, read_mask
from kerasseg.data.tiffs import read_bands
from kerasseg.errors import DataError, FileError, KerasSegError, printable

pytest.importorskip("tifffile")

QUICK, LONG = 160, 5_000
SECONDS = 20  # a case takes a few hundredths

PLAIN = ("2007_000032", "2007_000039", "2008_000001")
ODD = ("two words", "a%20b %s {0}", "dots.in.name", "Straße 日本", "quote'\"", "-rf *?")


def test_every_data_set_is_whole_before_it_is_broken(tmp_path):
    for make, (form, _) in whole.DATA_SETS.items():
        folder = tmp_path / make.__name__
        make(folder, PLAIN)
        dataset = open_dataset(folder)
        assert open_dataset(folder, form).name == dataset.name
        assert len(dataset) == len(PLAIN)
        dataset.check().raise_if_broken()


@pytest.mark.parametrize("part", range(4))
def test_broken_data(tmp_path, part):
    seen = run_cases(tmp_path, range(part, QUICK, 4))
    assert seen["named"] > 0.6 * QUICK / 4


@pytest.mark.long
def test_thousands_of_broken_data_sets(tmp_path):
    seen = run_cases(tmp_path, range(QUICK, QUICK + LONG))
    assert seen.total() == LONG
    print(dict(seen))


@pytest.mark.parametrize("seed", range(3))
def test_broken_bands(tmp_path, seed):
    break_bands(tmp_path, seed, times=40)


@pytest.mark.long
def test_thousands_of_broken_bands(tmp_path):
    break_bands(tmp_path, seed=3, times=4_000)


def break_bands(folder, seed, times):
    """Changes bytes in the heads of multi-band TIFFs, which say what to expect."""
    import tifffile

    signal.signal(signal.SIGALRM, give_up)
    rng = np.random.default_rng(seed)
    wholes = []
    for options in ({}, {"compression": "zlib"}, {"bigtiff": True, "tile": (16, 16)}):
        for planar, shape in (("contig", (16, 20, 6)), ("separate", (6, 16, 20))):
            path = folder / f"{len(wholes)}.tif"
            bands = rng.integers(0, 9999, shape, np.uint16)
            options = {**options, "photometric": "minisblack", "planarconfig": planar}
            tifffile.imwrite(path, bands, **options)
            wholes.append(path.read_bytes())
    for i in range(times):
        path.write_bytes(wholes[i % len(wholes)])
        breaking.some_bytes_changed_near_the_head(rng, path)
        for read in (read_bands, read_mask, read_image):
            signal.alarm(SECONDS)
            with warnings.catch_warnings(), contextlib.suppress(FileError):
                warnings.simplefilter("ignore")
                assert read(path).size
            signal.alarm(0)


def run_cases(folder, seeds):
    signal.signal(signal.SIGALRM, give_up)
    seen = Counter()
    for seed in seeds:
        place = folder / str(seed)
        try:
            signal.alarm(SECONDS)
            seen[run_case(place, seed)] += 1
        except BaseException as error:
            error.add_note(f"seed {seed}")
            raise
        finally:
            signal.alarm(0)
        breaking.remove(place)
    return seen


class StillReadingError(BaseException):
    """Not an Exception: the readers turn all of those into errors of ours."""


def give_up(*_):
    raise StillReadingError(f"still reading after {SECONDS} seconds")


def run_case(folder, seed):
    """Breaks one data set in one way; returns what came of it."""
    rng = np.random.default_rng(seed)
    make = list(whole.DATA_SETS)[seed % len(whole.DATA_SETS)]
    form, listed = whole.DATA_SETS[make]
    names = PLAIN if rng.random() < 0.5 else tuple(rng.permutation(ODD)[:3].tolist())
    make(folder, names)
    dataset = open_dataset(folder, form)
    at_fault, sure = break_one(rng, folder, dataset, listed)
    problems = problems_of(folder, form)
    text = f"{make.__name__}, seed {seed}: {at_fault} in {problems}"
    if sure:
        # The partner of a missing file is named, or the file without its suffix.
        assert any(at_fault in printable(path) + said for path, said in problems), text
    for path, said in problems:
        assert str(folder) in str(path), text
        assert said, text
        assert "\n" not in said, text
    return "named" if problems else "read"


def break_one(rng, folder, dataset, listed):
    """Breaks something; returns what must be named, and whether for sure."""
    kind = rng.choice(["image", "mask", "beside", "list"], p=[0.35, 0.45, 0.1, 0.1])
    lists = [*folder.rglob("*.json"), *folder.rglob("*.txt")] if kind == "list" else []
    if lists:
        return break_list(rng, lists[rng.integers(len(lists))])
    if kind == "beside":
        return put_beside(rng, dataset, listed)
    paths = dataset.image_paths if kind == "image" else dataset.mask_paths
    path = paths[rng.integers(len(paths))]
    if path.is_dir():
        path = sorted(path.iterdir())[0]
    breakers = [*breaking.SURE, *breaking.UNSURE]
    if kind == "mask":
        breakers += [*breaking.SURE_OF_MASKS, breaking.ids_that_there_are_not]
    breaker = breakers[rng.integers(len(breakers))]
    sure = breaker not in breaking.UNSURE and not is_fine(breaker, path, dataset)
    breaker(rng, path)
    return name_of(breaker, path), sure


def is_fine(breaker, path, dataset):
    """Whether what breaks other files is nothing wrong in this one."""
    numbers = dataset.classes == 2 and dataset.names[1] == "object"
    one_each = path.parent.name == "masks" and path.parent.parent.name != "0"
    if breaker is breaking.ids_that_there_are_not:
        return numbers
    # One of several masks of an image, or an image of VOC that was never labelled.
    unlabelled = path.parent.name in ("59_context_labels", "trainval")
    several = numbers and one_each
    return (several or unlabelled) and breaker is breaking.removed


def name_of(breaker, path):
    missing = breaker in (breaking.removed, breaking.a_folder)
    stem = path.stem
    for ending in ("_leftImg8bit", "_gtFine_labelIds"):
        stem = stem.removesuffix(ending)
    return stem if missing else path.name


def put_beside(rng, dataset, listed):
    path = dataset.image_paths[0]
    names = ["strange.xyz", "no_suffix", "alone.png", f"{path.stem}.webp", "link.png"]
    other = path.with_name(names[rng.integers(len(names))])
    if other.name == "link.png":
        other.symlink_to(other)
    else:
        other.write_bytes(b"?" if other.exists() else path.read_bytes())
    stacks = "train-volume" in path.name
    return other.name, not listed and not stacks and "VOC2010" not in path.parts


def break_list(rng, path):
    content = path.read_bytes()
    ways = {
        "cut": content[: int(len(content) * rng.uniform(0, 0.9))],
        "binary": b"\xff\xfe" + rng.bytes(50),
        "empty": b"",
    }
    if path.suffix == ".json" or path.name == "train.txt":
        strange = (b"no such name", b"\0", b"/ ..", b"x" * 300)
        ways["more"] = b"\n".join([content, *strange])
    way = list(ways)[rng.integers(len(ways))]
    path.write_bytes(ways[way])
    sure = way in ("binary", "more") or path.suffix == ".json"
    return (path.name if way != "more" or path.suffix == ".json" else "no such"), sure


def problems_of(folder, form):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's, on top of our errors
        try:
            dataset = open_dataset(folder, form)
            report = dataset.check()
        except DataError as error:
            return error.problems or [(folder, str(error))]
        except FileError as error:
            return [(error.path, error.problem)]
        except KerasSegError as error:
            return [(folder, str(error))]
        for i in range(len(dataset)):
            check_item(dataset, i, bool(report.problems))
    return report.problems


def check_item(dataset, index, is_broken):
    try:
        sample = dataset[index]
    except FileError:
        assert is_broken
        return
    assert sample.image.shape[:2] == sample.mask.shape
    assert sample.image.ndim == 3
    assert sample.mask.dtype == np.int32
    known = sample.mask[sample.mask != dataset.ignore_class]
    assert known.size == 0 or 0 <= known.min() <= known.max() < dataset.classes
