"""Docstrings as Keras writes them, for a parser that expects Google's."""

from __future__ import annotations

import re

import griffe

_EXAMPLE = re.compile(r"^Examples?:\n\n?(?=>>> )", re.MULTILINE)
_HEADING = re.compile(r"^(References?|Call):\n(?=\n)", re.MULTILINE)


class DocstringsOfKeras(griffe.Extension):
    """Indents examples, and makes headings of sections that are not indented."""

    def on_object(self, *, obj, **kwargs):
        if obj.docstring:
            obj.docstring.value = as_google(obj.docstring.value)


def as_google(text: str) -> str:
    """The same docstring in Google's style."""
    text = _HEADING.sub(r"**\1**\n", text)
    head, *tail = _EXAMPLE.split(text, maxsplit=1)
    if not tail:
        return text
    lines = tail[0].splitlines()
    return "\n".join([f"{head}Examples:", *(f"    {x}".rstrip() for x in lines)])
