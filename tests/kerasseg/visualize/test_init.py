import ast
from pathlib import Path

import kerasseg.visualize

SOURCE = Path(kerasseg.visualize.__file__).parent


def test_no_picture_touches_pyplot():
    # Keras imports it, so whether it is loaded tells nothing.
    for path in SOURCE.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                assert "matplotlib.pyplot" not in [a.name for a in node.names], path
            elif isinstance(node, ast.ImportFrom):
                names = [f"{node.module}.{alias.name}" for alias in node.names]
                assert not any("pyplot" in name for name in names), path


def test_every_public_name_is_there():
    assert sorted(kerasseg.visualize.__all__) == kerasseg.visualize.__all__
    for name in kerasseg.visualize.__all__:
        assert callable(getattr(kerasseg.visualize, name))
