"""A command line read by argparse, whose errors are one line as all of ours are."""

from __future__ import annotations

import argparse
from typing import NoReturn


class Parser(argparse.ArgumentParser):
    """A parser that says where the usage is told in place of telling it.

    Some commands have fifty options: their usage, which argparse prints before every
    error, would drive the line that says what is wrong off the screen.
    """

    def error(self, message: str) -> NoReturn:
        line = " ".join(message.split())
        self.exit(2, f"{self.prog}: error: {line}; {self.prog} --help tells more\n")
