"""The `kerasseg` command in this process: its exit code and what it printed."""

import json
from typing import NamedTuple

from kerasseg.cli.main import main


class Result(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)


def run_command(capsys, *arguments):
    """Runs `kerasseg ARGUMENTS`, as the shell would."""
    capsys.readouterr()
    try:
        code = main([str(argument) for argument in arguments])
    except SystemExit as stop:  # argparse leaves this way
        code = stop.code
    return Result(code, *capsys.readouterr())


def check_refused(result, *words, code=1):
    """One line on standard error that says what is wrong, and nothing else."""
    assert result.code == code
    assert result.out == ""
    lines = result.err.strip().splitlines()
    assert len(lines) == 1, result.err
    for word in words:
        assert str(word) in lines[0]
