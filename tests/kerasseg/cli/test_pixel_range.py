import argparse

import pytest

from kerasseg.cli.pixel_range import add_preprocess_option, range_told
from kerasseg.pixel_ranges import IN_WORDS, MODES


@pytest.mark.parametrize("mode", MODES)
def test_a_range_that_was_asked_for_is_told_in_words(mode):
    parser = argparse.ArgumentParser()
    add_preprocess_option(parser)
    wanted = parser.parse_args(["--preprocess", mode]).preprocess
    told = range_told(mode, wanted)
    assert told == f"Pixels are read as {IN_WORDS[mode]}, as --preprocess {mode} says."


def test_who_did_not_choose_a_range_is_told_how_to():
    parser = argparse.ArgumentParser()
    add_preprocess_option(parser)
    wanted = parser.parse_args([]).preprocess
    hint = "say --preprocess if the model was trained on another range."
    assert range_told("unit", wanted) == f"Pixels are read as 0…1; {hint}"
    scaled = range_told("none", wanted)
    assert "0…255, since the model rescales them itself" in scaled
    assert scaled.endswith(hint)
