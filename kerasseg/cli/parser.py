"""A command line read by argparse, whose errors are one line as all of ours are."""

from __future__ import annotations

import argparse
from typing import Any, NoReturn

from kerasseg.errors import did_you_mean


class Parser(argparse.ArgumentParser):
    """A parser that says where the usage is told in place of telling it.

    Some commands have fifty options: their usage, which argparse prints before every
    error, would drive the line that says what is wrong off the screen.
    """

    def error(self, message: str) -> NoReturn:
        line = " ".join(message.split())
        joined = line + (" " if line.endswith("?") else "; ")
        self.exit(2, f"{self.prog}: error: {joined}{self.prog} --help tells more\n")

    def has_option(self, text: str) -> bool:
        """Whether a text is an option of this parser, or begins as one does."""
        return any(option.startswith(text) for option in self._options())

    def option_meant(self, text: str) -> str:
        """A sentence that names the option that one may have meant, or nothing."""
        return did_you_mean(text.split("=")[0], self._options())

    def _options(self) -> list[str]:
        options = (name for action in self._actions for name in action.option_strings)
        return [name for name in options if name.startswith("--") or name == "-h"]

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        try:
            super()._check_value(action, value)
        except argparse.ArgumentError as error:
            near = did_you_mean(value, map(str, action.choices))
            error.message += "." + near if near else ""
            raise
