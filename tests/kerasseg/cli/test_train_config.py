from argparse import Namespace

import pytest

from kerasseg.cli.train_config import config_from_options, config_text, read_config
from kerasseg.errors import UsageError


def config(saved, **options):
    return config_from_options(Namespace(config=None, **options), saved)


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """Where one is: with data, a file of weights and a folder like a network's name."""
    for name in ("here/data", "here/UNet", "here/imagenet", "there"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "here" / "a.weights.h5").touch()
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path


@pytest.fixture
def saved(folders):
    """The settings of a run that was begun with relative paths."""
    given = {"data": "data", "model": "UNet", "weights": "a.weights.h5"}
    found = config(folders, resume=False, **given, encoder_weights="imagenet")
    path = folders / "config.toml"
    path.write_text(config_text(found))
    return path


def test_a_run_goes_on_from_another_folder(folders, saved, monkeypatch):
    monkeypatch.chdir(folders / "there")
    found = config(saved, resume=True)
    assert found["data"] == str(folders / "here" / "data")
    assert found["weights"] == str(folders / "here" / "a.weights.h5")
    assert (found["model"], found["encoder_weights"]) == ("UNet", "imagenet")
    for same in (folders / "here" / "data", "../here/data", "../here/data/"):
        assert config(saved, resume=True, data=str(same)) == found
    again = {"model": "UNet", "weights": "../here/a.weights.h5"}
    assert config(saved, resume=True, **again) == found


def test_other_data_are_called_what_people_call_them(folders, saved):
    with pytest.raises(UsageError, match=r"^DATASET .*UNet: the run that is resumed"):
        config(saved, resume=True, data="UNet")
    with pytest.raises(UsageError, match=r"^DATASET /nowhere: the run that is res"):
        config(saved, resume=True, data="/nowhere")
    with pytest.raises(UsageError, match=r"^--weights b.h5: the run that is resumed"):
        config(saved, resume=True, weights="b.h5")


def test_what_is_missing_is_called_as_it_was_typed(folders):
    found = config(folders, resume=False, data="nowhere", model="no.keras")
    assert (found["data"], found["model"]) == ("nowhere", "no.keras")


def test_a_link_keeps_its_name(folders):
    """As in the cache of Hugging Face, where files are named after their hashes."""
    blob = folders / "5f3a"
    blob.touch()
    for name in ("net.keras", "net.weights.h5"):
        (folders / "here" / name).symlink_to(blob)
    given = {"model": "net.keras", "weights": "net.weights.h5"}
    found = config(folders, resume=False, data="data", **given)
    assert found["model"] == str(folders / "here" / "net.keras")
    assert found["weights"] == str(folders / "here" / "net.weights.h5")


def test_a_link_to_the_same_data_is_the_same(folders, saved):
    (folders / "there" / "link").symlink_to(folders / "here" / "data")
    link = str(folders / "there" / "link")
    assert config(saved, resume=True, data=link)["data"] == link


def test_a_run_goes_on_where_its_data_were_moved(folders, saved, monkeypatch):
    (folders / "here").rename(folders / "moved")
    monkeypatch.chdir(folders / "moved")
    given = {"data": "data", "model": "UNet", "weights": "a.weights.h5"}
    found = config(saved, resume=True, **given)
    assert found["data"] == str(folders / "moved" / "data")
    assert found["weights"] == str(folders / "moved" / "a.weights.h5")
    assert found["encoder_weights"] == "imagenet"
    with pytest.raises(UsageError, match=r"^DATASET nowhere: the run that is resumed"):
        config(saved, resume=True, data="nowhere")
    with pytest.raises(UsageError, match=r"^--weights imagenet: the run"):
        config(saved, resume=True, weights="imagenet")


@pytest.mark.parametrize("text", ["1e-3", "1.0e-3", "0.001", "'1e-3'"])
def test_yaml_numbers_may_have_an_exponent_and_no_point(tmp_path, text):
    pytest.importorskip("yaml")
    path = tmp_path / "settings.yaml"
    path.write_text(f"learning_rate: {text}\nscale: 5e-1\n")
    assert read_config(path) == {"learning_rate": 0.001, "scale": 0.5}


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("learning_rate: fast", "learning_rate must be float. Received: 'fast'"),
        ("learning_rate: -1e-3", "learning_rate must be a number above 0. Received: -"),
        ("learning_rate: nan", "learning_rate must be a number above 0. Received: nan"),
        ("epochs: 1e1", "epochs must be int. Received: '1e1'"),
    ],
)
def test_text_that_is_no_number_of_the_setting_is_refused(tmp_path, line, words):
    pytest.importorskip("yaml")
    path = tmp_path / "settings.yaml"
    path.write_text(line)
    with pytest.raises(UsageError, match=words):
        read_config(path)


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ('crop = "64x32"', {"crop": (64, 32)}),
        ('crop = "64"', {"crop": (64, 64)}),
        ("crop = [64, 32]", {"crop": (64, 32)}),
        ("crop = 64", {"crop": (64, 64)}),
        ('freeze = "block1_*"', {"freeze": ["block1_*"]}),
        ('freeze = ["a", "b"]', {"freeze": ["a", "b"]}),
    ],
)
def test_what_a_flag_takes_stands_in_a_file_too(tmp_path, line, wanted):
    path = tmp_path / "settings.toml"
    path.write_text(line)
    assert read_config(path) == wanted


@pytest.mark.parametrize("value", ['"wide"', '"0x4"', "[64]", "[64, 0]", "true"])
def test_what_is_no_size_is_refused(tmp_path, value):
    path = tmp_path / "settings.toml"
    path.write_text(f"crop = {value}")
    with pytest.raises(UsageError, match=r"crop must be \[height, width\] or .64x64"):
        read_config(path)
