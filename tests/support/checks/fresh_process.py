"""A second Python process that loads saved models as a stranger would.

A `.keras` file that loads in the process that wrote it proves little: the classes are
known there. Starting a process a case would cost seconds each, so one serves them all.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np


class FreshProcess:
    """Runs this file in a new interpreter and sends it one request a line."""

    def __enter__(self):
        self._log = tempfile.TemporaryFile("w+")
        self._process = None
        return self

    def __exit__(self, *exception):
        if self._process is not None:
            self._process.stdin.close()
            self._process.wait(timeout=60)
        self._log.close()

    def outputs(self, model_path, inputs) -> list[np.ndarray]:
        """Loads the model there and returns its outputs, flattened into a list."""
        if self._process is None:
            self._process = self._start()
        with tempfile.TemporaryDirectory() as folder:
            _write_arrays(folder, "input", inputs)
            request = {"model": str(model_path), "folder": folder}
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
            self._read_answer()
            return _read_arrays(folder, "output")

    def _start(self):
        # The same import path and backend as here, so that both run the same code.
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        return subprocess.Popen(
            [sys.executable, __file__],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )

    def _read_answer(self):
        line = self._process.stdout.readline()
        if not line:
            self._log.seek(0)
            raise AssertionError(f"the fresh process died:\n{self._log.read()}")
        problem = json.loads(line)["problem"]
        assert problem is None, f"the fresh process could not load and run: {problem}"


def _write_arrays(folder, kind, arrays):
    for index, array in enumerate(arrays):
        np.save(Path(folder) / f"{kind}{index}.npy", array)


def _read_arrays(folder, kind):
    count = len(list(Path(folder).glob(f"{kind}*.npy")))
    return [np.load(Path(folder) / f"{kind}{index}.npy") for index in range(count)]


def _serve(requests, answers):
    import keras

    import kerasseg.layers  # noqa: F401  # all that a user of a saved model imports

    assert "zoo" not in sys.modules, "kerasseg.layers must not import zoo"
    for line in requests:
        request = json.loads(line)
        try:
            _run(keras, **request)
            problem = None
        except Exception as error:  # whatever goes wrong must reach the test
            problem = f"{type(error).__name__}: {error}"
        keras.backend.clear_session()
        answers.write(json.dumps({"problem": problem}) + "\n")
        answers.flush()


def _run(keras, model, folder):
    inputs = _read_arrays(folder, "input")
    loaded = keras.saving.load_model(model, compile=False, safe_mode=True)
    outputs = loaded(inputs if len(inputs) > 1 else inputs[0], training=False)
    arrays = [keras.ops.convert_to_numpy(x) for x in keras.tree.flatten(outputs)]
    _write_arrays(folder, "output", arrays)


if __name__ == "__main__":
    # Libraries print to standard output at will; answers need a channel of their own.
    channel = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    _serve(sys.stdin, channel)
