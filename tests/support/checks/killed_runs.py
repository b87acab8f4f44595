"""Trainings in processes of their own, to be killed.

Importing TensorFlow takes seconds, so one process imports it once, and forks before it
has computed anything; a run is a child of that.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

OUTCOME = "outcome.json"


class RunServer:
    """Runs this file in a new interpreter and lets it fork a training a request."""

    def __enter__(self):
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        self._process = subprocess.Popen(
            [sys.executable, __file__],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(self, *exception):
        self._process.stdin.close()
        self._process.wait(timeout=60)

    def train(self, net, folder, epochs, kill=None, kill_at=None):
        """Runs a training; returns whether it came to its end.

        Args:
            net: A name of `training_runs.NETS`, or `None` for a run of `fit`.
            folder: For its checkpoints or its run, and its outcome.
            epochs: Of the whole run.
            kill: Called with the folder and the process; returns when it has killed it.
            kill_at: Number of the operation on the disk at which it kills itself; or
                the name, without suffix, of a file that it has written and not renamed.
        """
        request = [net, str(folder), epochs, kill_at]
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        pid = self._answer()
        if kill is not None:
            kill(Path(folder), pid)
        status = self._answer()
        if os.WIFSIGNALED(status):
            assert os.WTERMSIG(status) == signal.SIGKILL
            return False
        assert status == 0, f"the training of {net} failed; see its output"
        return True

    def _answer(self):
        line = self._process.stdout.readline()
        assert line, "the process that runs the trainings died"
        return json.loads(line)


def kill_many_times(server, net, folder, epochs, kills, seed):
    """Kills and resumes runs until it has happened so often; returns all outcomes.

    A run that comes to its end before is followed by another.
    """
    moments = random.Random(seed)
    outcomes, done, number = [], 0, 0
    while done < kills or not outcomes:
        run = folder / f"{net}-{number}"
        run.mkdir(exist_ok=True)
        how = _random_kill(moments) if done < kills else {}
        if server.train(net, run, epochs, **how):
            outcomes.append(json.loads((run / OUTCOME).read_text()))
            check_tidy(run)
            number += 1
        else:
            done += 1
    return outcomes


def check_tidy(run):
    """No file is left that was not whole."""
    names = [path.name for path in run.iterdir()]
    assert all(name.startswith("step-") or name == OUTCOME for name in names), names


def _random_kill(moments):
    kind = moments.choice(["operation", "operation", "checkpoint", "clock"])
    if kind == "operation":  # while a checkpoint is written
        return {"kill_at": moments.randrange(1200)}
    if kind == "checkpoint":
        return {"kill": _after_checkpoint(moments.randint(1, 3), moments.random() / 5)}
    return {"kill": _after_seconds(moments.random() * 4)}


def _after_seconds(seconds):
    def kill(folder, pid):
        _sleep_while_alive(pid, seconds)
        _kill(pid)

    return kill


def _after_checkpoint(count, seconds):
    """Kills some time after the last of so many new checkpoints."""

    def kill(folder, pid):
        for _ in range(count):
            before = _names(folder)
            while _is_alive(pid) and _names(folder) == before:
                time.sleep(0.001)
        _sleep_while_alive(pid, seconds)
        _kill(pid)

    return kill


def _names(folder):
    return {path.name for path in folder.glob("step-*.npz")}


def _sleep_while_alive(pid, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end and _is_alive(pid):
        time.sleep(0.005)


def _is_alive(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def _kill(pid):
    if _is_alive(pid):
        os.kill(pid, signal.SIGKILL)


def _serve(requests, answers):
    from checks import training_runs  # imports TensorFlow, and computes nothing

    for line in requests:
        net, folder, epochs, kill_at = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _run_child(training_runs, net, Path(folder), epochs, kill_at)
        for answer in (lambda pid=pid: pid, lambda pid=pid: os.waitpid(pid, 0)[1]):
            answers.write(json.dumps(answer()) + "\n")
            answers.flush()


def _run_child(training_runs, net, folder, epochs, kill_at):
    import traceback

    try:
        import tensorflow as tf
        from checks.failing_disk import FailingDisk

        tf.config.experimental.enable_op_determinism()
        disk = FailingDisk(lambda: os.kill(os.getpid(), signal.SIGKILL), kill_at)
        if isinstance(kill_at, str):
            Path.chmod = _killing(kill_at, Path.chmod)
        with disk.installed():
            if net is None:
                outcome = training_runs.train_in_folder(folder, epochs)
            else:
                outcome = training_runs.train(net, folder, epochs=epochs)
        (folder / OUTCOME).write_text(json.dumps(outcome))
        os._exit(0)
    except BaseException:
        traceback.print_exc()
        os._exit(1)


def _killing(name, chmod):
    """Kills this process where `atomic_path` is done with a file of this name."""

    def operation(path, *arguments):
        if path.name.startswith(f".{name}-"):
            os.kill(os.getpid(), signal.SIGKILL)
        return chmod(path, *arguments)

    return operation


if __name__ == "__main__":
    # Libraries print to standard output at will; answers need a channel of their own.
    channel = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    _serve(sys.stdin, channel)
