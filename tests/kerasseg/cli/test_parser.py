import pytest
from checks.commands import check_refused, run_command

from kerasseg.cli.main import COMMANDS


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], ["kerasseg: error: ", "COMMAND", "; kerasseg --help tells more"]),
        (["fly"], ["kerasseg: error: ", "'fly'", "; kerasseg --help tells more"]),
        (["info"], ["kerasseg info: error: ", "MODEL", "; kerasseg info --help"]),
        (["info", "a", "--what"], ["kerasseg info: error: ", "--what", "info --help"]),
        (["train", "-o", "a", "--loss", "dise"], ["--loss", "'dise'", "train --help"]),
        (["train", "-o", "a", "--loss", "dise"], [". Did you mean dice? kerasseg"]),
        (["trian"], ["'trian'", "). Did you mean train? kerasseg --help tells more"]),
        (
            ["preview", "a", "-o", "b", "--cuont", "3"],
            ["--cuont 3. Did you mean --count?"],
        ),
        (
            ["preview", "a", "-o", "b", "--cuont=3"],
            ["--cuont=3. Did you mean --count?"],
        ),
        (["--debug", "info", "x"], ["--debug stands before", "COMMAND --debug"]),
        (["--scale", "0.5", "predict"], ["--scale stands before the command"]),
        (["--debug"], ["kerasseg: error: --debug stands before the command"]),
        (["train", "-o", "a", "--crop", "x"], ["'x' is not a size", "train --help"]),
    ],
)
def test_wrong_usage_is_told_in_one_line(capsys, arguments, words):
    check_refused(run_command(capsys, *arguments), *words, code=2)


@pytest.mark.parametrize("command", COMMANDS)
def test_all_commands_do_so(capsys, command):
    result = run_command(capsys, command, "--nothing-like-it")
    hint = f"; kerasseg {command} --help tells more"
    check_refused(result, f"kerasseg {command}: error: ", hint, code=2)


@pytest.mark.parametrize("option", ["--version", "--vers", "--help", "-h"])
def test_options_of_no_command_stand_alone(capsys, option):
    assert run_command(capsys, option).code == 0


def test_help_still_has_the_usage(capsys):
    result = run_command(capsys, "train", "--help")
    assert result.code == 0
    assert result.out.startswith("usage: kerasseg train [-h]")
