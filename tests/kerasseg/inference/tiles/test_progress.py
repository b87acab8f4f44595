import sys

import pytest

from kerasseg.inference.tiles.progress import TileBar


def show(wanted, monkeypatch, is_terminal):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: is_terminal, raising=False)
    bar = TileBar(3, wanted)
    for _ in range(3):
        bar.add(1)


def test_a_terminal_gets_a_bar_on_standard_error(monkeypatch, capsys):
    show(True, monkeypatch, True)
    printed = capsys.readouterr()
    assert "3/3" in printed.err
    assert printed.out == ""


@pytest.mark.parametrize(("wanted", "is_terminal"), [(True, False), (False, True)])
def test_silent_otherwise(monkeypatch, capsys, wanted, is_terminal):
    show(wanted, monkeypatch, is_terminal)
    assert capsys.readouterr() == ("", "")
