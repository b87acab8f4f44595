"""The README says what works on which backend, and that is so."""

import importlib.util
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from checks import on_backend

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
BACKENDS = {"TensorFlow": "tensorflow", "JAX": "jax", "PyTorch": "torch"}


def table():
    """Backend → part → whether the README says that it works."""
    found = re.search(r"\| works on +\|.*\n(?:\|.*\n)+", README)
    header, *lines = found[0].splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]
    names = [cell.strip() for cell in header.strip("|").split("|")][1:]
    return {
        BACKENDS[name]: {row[0]: {"yes": True, "no": False}[row[i]] for row in rows}
        for i, name in enumerate(names, start=1)
    }


def test_table_names_every_part():
    assert set(table()) == set(BACKENDS.values())
    for parts in table().values():
        assert list(parts) == list(on_backend.PARTS)


@pytest.mark.parametrize("backend", BACKENDS.values())
def test_works_as_the_readme_says(backend, tmp_path):
    if not importlib.util.find_spec(backend):
        pytest.skip(f"{backend} is not installed")
    problems = tried_on(backend, tmp_path)
    expected = table()[backend]
    assert {part: not why for part, why in problems.items()} == expected, problems
    for part, why in problems.items():  # what does not work is refused, and says why
        if not expected[part]:
            assert re.match("ArgumentError|ExportError", why), why


def tried_on(backend, folder):
    environment = {
        **os.environ,
        "KERAS_BACKEND": backend,
        "PYTHONPATH": os.pathsep.join(sys.path),
        "XLA_FLAGS": "--xla_force_host_platform_device_count=2",  # for data_parallel
    }
    command = [sys.executable, on_backend.__file__, str(folder)]
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr[-3000:]
    answer = json.loads(done.stdout.splitlines()[-1])
    assert answer["backend"] == backend
    return answer["found"]
