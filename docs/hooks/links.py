"""Links between files of the repository, as they must read on the site."""

from __future__ import annotations

import posixpath
import re

_LINK = re.compile(r"(?<=\]\()(?!\w+:|#)([^)#\s]+)")


def targets(text: str, source: str) -> set[str]:
    """The files that a page links to, by their paths in the repository."""
    return {_target(match[1], source) for match in _LINK.finditer(text)}


def moved(text: str, source: str, places: dict[str, str]) -> str:
    """The text of the file `source` with links that hold at its place on the site.

    Args:
        text: Markdown.
        source: Path of the file in the repository.
        places: Path on the site by path in the repository; other files keep theirs.
    """
    folder = posixpath.dirname(places[source]) or "."

    def link(match: re.Match) -> str:
        target = _target(match[1], source)
        return posixpath.relpath(places.get(target, target), folder)

    return _LINK.sub(link, text)


def _target(link: str, source: str) -> str:
    """A link that ends in a slash leads to the README of that folder."""
    path = posixpath.normpath(posixpath.join(posixpath.dirname(source), link))
    return f"{path}/README.md" if link.endswith("/") else path
