"""What the site shows beside docs/: pages made of README, docstrings and tutorials.

MkDocs calls `on_files` and `on_page_markdown`. Nothing generated is ever written into
the repository.
"""

from __future__ import annotations

from pathlib import Path

import api_pages
import links
import tutorial_pages

ROOT = Path(__file__).parents[2]

# Pages that are files of the repository: where each stands, and where on the site.
FILES = {
    "README.md": "index.md",
    "tutorials/README.md": "tutorials/index.md",
    "benchmarks/README.md": "benchmarks.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
}


def page_of() -> dict[str, str]:
    """Where on the site a file of the repository is shown, by its path."""
    places = dict(FILES)
    for path in sorted((ROOT / "docs").rglob("*")):
        if path.is_file() and path.suffix != ".py":
            places[path.relative_to(ROOT).as_posix()] = path.relative_to(
                ROOT / "docs"
            ).as_posix()
    for path in tutorial_pages.scripts(ROOT):
        places[f"tutorials/{path.name}"] = f"tutorials/{path.stem}.md"
    return places


def pages() -> dict[str, str]:
    """All generated pages: where on the site, and their Markdown."""
    places = page_of()
    made = {}
    for source, place in FILES.items():
        text = (ROOT / source).read_text(encoding="utf-8")
        made[place] = links.moved(text, source, places)
    for path in tutorial_pages.scripts(ROOT):
        text = path.read_text(encoding="utf-8")
        made[f"tutorials/{path.stem}.md"] = tutorial_pages.as_markdown(text)
    return {**made, **api_pages.pages(ROOT)}


def linked_files() -> list[str]:
    """Files of the repository that a page links to, and that are no pages."""
    places = page_of()
    sources = [source for source in places if source.endswith(".md")]
    texts = {s: (ROOT / s).read_text(encoding="utf-8") for s in sources}
    targets = {t for s, text in texts.items() for t in links.targets(text, s)}
    return sorted(t for t in targets - set(places) if (ROOT / t).is_file())


def on_files(files, config):
    """Adds the pages to those that MkDocs found in docs/."""
    from mkdocs.structure.files import File

    for place, text in pages().items():
        page = File.generated(config, place, content=text)
        if place.startswith("tutorials/") and place not in FILES.values():
            page.inclusion = page.inclusion.NOT_IN_NAV  # the gallery leads to them
        files.append(page)
    for path in linked_files():
        files.append(File.generated(config, path, abs_src_path=str(ROOT / path)))
    return files


def on_page_markdown(markdown, page, config, files):
    """Turns links in docs/, which hold in the repository, into links of the site."""
    source = f"docs/{page.file.src_uri}"
    places = page_of()
    return links.moved(markdown, source, places) if source in places else markdown
