import argparse

import pytest

from kerasseg.cli.train_config import config_text, read_config
from kerasseg.cli.train_option import read_option


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a=(1, 2)", (1, 2)),
        ("a=[1, (2,)]", (1, (2,))),
        ("a=1e400", float("inf")),
        ("a='None'", "None"),
        ("a=same", "same"),
        ("a=true", True),
    ],
)
def test_options_come_back_from_the_file_as_they_were(tmp_path, text, value):
    option = dict([read_option(text)])
    assert option == {"a": value}
    path = tmp_path / "config.toml"
    path.write_text(config_text({"option": option}))
    assert read_config(path) == {"option": option}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a=None", "a: None cannot be kept .* leave the option out"),
        ("a=[1, None]", "a: None cannot be kept"),
        ("a={1: 2}", "a: {1: 2} is no number"),
        ("a=b'c'", "a: b'c' is no number"),
        ("a", "'a' is not NAME=VALUE"),
    ],
)
def test_options_that_no_file_keeps_are_refused(text, words):
    with pytest.raises(argparse.ArgumentTypeError, match=words):
        read_option(text)
