"""The documentation site is complete. Building it takes MkDocs; this does not."""

import importlib
import re
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

import kerasseg
import zoo

ROOT = Path(__file__).parents[2]
NAV = re.findall(r"^ +- .+: (\S+\.md)$", (ROOT / "mkdocs.yml").read_text("utf-8"), re.M)


@pytest.fixture
def hooks(monkeypatch):
    """Imports a file of docs/hooks as MkDocs would."""
    monkeypatch.syspath_prepend(str(ROOT / "docs" / "hooks"))
    return importlib.import_module


@pytest.fixture
def pages(hooks):
    return hooks("pages").pages()


def in_docs():
    files = (ROOT / "docs").rglob("*.md")
    return {path.relative_to(ROOT / "docs").as_posix() for path in files}


def test_the_menu_leads_to_every_page_and_to_nothing_else(pages):
    tutorials = {page for page in pages if re.match(r"tutorials/\d\d_", page)}
    assert sorted(NAV) == sorted((set(pages) - tutorials) | in_docs())


def test_every_public_name_has_a_place(pages):
    shown = re.findall(r"^::: (\S+)$", "\n".join(pages.values()), re.M)
    assert len(shown) == len(set(shown))
    shown = {name.rpartition(".")[2] for name in shown}
    for package in (kerasseg, zoo):
        for name in package.__all__:
            module = getattr(package, name)
            names = [name]
            if hasattr(module, "__file__"):  # of modules of the zoo, the net alone
                names = [] if package is zoo else module.__all__
            assert {n for n in names if n != "__version__"} <= shown, name


def test_every_subpackage_has_its_page_in_the_menu():
    for name in kerasseg.__all__:
        if (ROOT / "kerasseg" / name).is_dir():
            assert f"api/{name}.md" in NAV
    assert "api/zoo.md" in NAV


def test_names_of_files_lead_to_what_is_in_them(pages):
    assert "::: kerasseg.data.class_weights.class_weights" in pages["api/data.md"]


def test_every_command_is_there_with_its_options(pages):
    from kerasseg.cli.main import COMMANDS

    for name in COMMANDS:
        assert f"usage: kerasseg {name} " in pages["commands.md"]


def test_the_gallery_leads_to_every_tutorial(pages):
    gallery = pages["tutorials/index.md"]
    for path in (ROOT / "tutorials").glob("[0-9][0-9]_*.py"):
        assert f"]({path.stem}.md)" in gallery


def test_every_line_of_code_of_a_tutorial_is_on_its_page(pages):
    for path in (ROOT / "tutorials").glob("[0-9][0-9]_*.py"):
        page = pages[f"tutorials/{path.stem}.md"].splitlines()
        body = path.read_text("utf-8").split('"""', 2)[2]
        lines = [line for line in body.splitlines() if line.strip()]
        code = [line for line in lines if not line.startswith("#")]
        assert [line for line in page if line in set(code)] == code
        assert page.count("```python") == page.count("```")


def test_prose_and_code_of_cells(hooks):
    script = (
        '"""Title.\n\nText.\n"""\n\nimport a\n\n# %% 1. First\n# Some\n# prose:\n'
        "# - point\n# - other\nrun()  # fast\n# inside\n\n# %% To try\n# - That\n"
    )
    assert hooks("tutorial_pages").as_markdown(script) == (
        "# Title\n\nText.\n\n```python\nimport a\n```\n\n## 1. First\n\nSome\n"
        "prose:\n\n- point\n- other\n\n```python\nrun()  # fast\n# inside\n```\n\n"
        "## To try\n\n- That\n"
    )


def test_links_hold_where_the_page_stands(hooks):
    places = {
        "README.md": "index.md",
        "tutorials/README.md": "tutorials/index.md",
        "tutorials/01_a.py": "tutorials/01_a.md",
        "docs/pictures/a.png": "pictures/a.png",
    }
    text = (
        "![x](docs/pictures/a.png) [y](tutorials/01_a.py) [z](tutorials/) [w](#there) "
        "[v](https://example.org/README.md) [u](LICENSE)"
    )
    assert hooks("links").moved(text, "README.md", places) == (
        "![x](pictures/a.png) [y](tutorials/01_a.md) [z](tutorials/index.md) "
        "[w](#there) [v](https://example.org/README.md) [u](LICENSE)"
    )
    text = "[up](../README.md) ![x](../docs/pictures/a.png) [y](01_a.py)"
    assert hooks("links").moved(text, "tutorials/README.md", places) == (
        "[up](../index.md) ![x](../pictures/a.png) [y](01_a.md)"
    )


def test_links_in_docs_hold_in_the_repository_and_on_the_site(hooks):
    page = SimpleNamespace(file=SimpleNamespace(src_uri="exports.md"))
    moved = hooks("pages").on_page_markdown
    text = "[t](../tutorials/01_classifier_to_heatmap.py) [r](../README.md)"
    assert moved(text, page, None, None) == (
        "[t](tutorials/01_classifier_to_heatmap.md) [r](index.md)"
    )
    page.file.src_uri = "api/layers.md"  # which is generated, for the site alone
    assert moved(text, page, None, None) == text


def test_docstrings_are_turned_into_googles(hooks, monkeypatch):
    # Which comes with MkDocs, and is not needed to turn a text into another.
    monkeypatch.setitem(sys.modules, "griffe", SimpleNamespace(Extension=object))
    text = "One.\n\nReference:\n\n- [A](\n  b)\n\nExample:\n\n>>> 1\n1\n\n>>> 2\n2"
    assert hooks("docstrings").as_google(text) == (
        "One.\n\n**Reference**\n\n- [A](\n  b)\n\nExamples:\n    >>> 1\n    1\n\n"
        "    >>> 2\n    2"
    )
