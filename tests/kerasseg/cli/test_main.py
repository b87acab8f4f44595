import io
import json
import subprocess
import sys
from pathlib import Path

from checks.commands import check_refused, run_command

import kerasseg
from kerasseg.cli import info
from kerasseg.cli.main import COMMANDS, main
from kerasseg.cli.output import print_json
from kerasseg.errors import DataError


def test_help_names_every_command(capsys):
    result = run_command(capsys, "--help")
    assert result.code == 0
    for name, purpose in COMMANDS.items():
        assert name in result.out
        assert purpose.split(",")[0] in " ".join(result.out.split())


def test_version(capsys):
    assert run_command(capsys, "--version").out == f"kerasseg {kerasseg.__version__}\n"


def test_faults_of_ours_are_one_line_too(capsys, monkeypatch, models):
    def broken(options):
        raise RuntimeError("first line\nsecond line")

    monkeypatch.setattr(info, "run", broken)
    result = run_command(capsys, "info", models / "classifier.keras")
    check_refused(result, "RuntimeError: first line second line", "--debug")
    result = run_command(capsys, "info", models / "classifier.keras", "--debug")
    assert "Traceback" in result.err


def test_a_terminal_without_a_sign_gets_it_escaped(monkeypatch):
    def tells(options):
        print("Wände 3×4")
        print_json({"name": "Wände"})
        return 0

    monkeypatch.setattr(info, "run", tells)
    for encoding in ("ascii", "latin-1", "utf-8"):
        stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
        monkeypatch.setattr(sys, "stdout", stream)
        assert main(["info", "net.keras"]) == 0
        stream.flush()
        line, text = stream.buffer.getvalue().decode(encoding).split("\n", 1)
        assert line == ("W\\xe4nde 3\\xd74" if encoding == "ascii" else "Wände 3×4")
        assert json.loads(text) == {"name": "Wände"}


def test_of_many_bad_files_a_few_are_named(capsys, monkeypatch):
    def refused(options):
        files = [(Path(f"{number}.png"), "is broken") for number in range(1, 2001)]
        raise DataError("Photos cannot be used.", files)

    monkeypatch.setattr(info, "run", refused)
    result = run_command(capsys, "info", "model.keras")
    check_refused(result, "Photos cannot be used. 1.png: is broken; ", "1,997 more")
    assert "4.png" not in result.err


def test_interruption_exits_with_130(capsys, monkeypatch):
    def interrupted(options):
        raise KeyboardInterrupt

    monkeypatch.setattr(info, "run", interrupted)
    result = run_command(capsys, "info", "model.keras")
    assert (result.code, result.err) == (130, "interrupted\n")


def test_nothing_but_results_is_printed_in_a_process_of_its_own(models):
    command = [sys.executable, "-m", "kerasseg", "info", models / "classifier.h5"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert done.stdout.startswith(str(models / "classifier.h5"))
