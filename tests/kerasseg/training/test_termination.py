import os
import signal
import threading

import pytest

from kerasseg.training import termination
from kerasseg.training.termination import TerminationWatch, TrainingTerminated


def test_sigterm_is_remembered_and_given_back():
    before = signal.getsignal(signal.SIGTERM)
    watch = TerminationWatch()
    watch.start()
    os.kill(os.getpid(), signal.SIGTERM)
    assert watch.requested
    watch.stop()
    assert signal.getsignal(signal.SIGTERM) is before


@pytest.fixture
def seen():
    """What a handler of the user's is called with."""
    seen = []
    before = signal.signal(signal.SIGTERM, lambda *_: seen.append("user"))
    yield seen
    signal.signal(signal.SIGTERM, before)


def test_a_second_sigterm_waits_for_the_step_too(seen):
    watch = TerminationWatch()
    watch.start()
    for _ in range(3):
        os.kill(os.getpid(), signal.SIGTERM)
    assert watch.requested
    assert watch.heard
    assert seen == []
    watch.stop()
    os.kill(os.getpid(), signal.SIGTERM)
    assert seen == ["user"]


def test_a_request_that_waits_for_a_minute_is_passed_on(seen, monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(termination.time, "monotonic", lambda: now[0])
    watch = TerminationWatch()
    watch.start()
    os.kill(os.getpid(), signal.SIGTERM)
    now[0] += 59
    os.kill(os.getpid(), signal.SIGTERM)
    assert seen == []
    now[0] += 1
    os.kill(os.getpid(), signal.SIGTERM)
    assert seen == ["user"]


def test_a_watch_that_starts_again_has_heard_nothing():
    watch = TerminationWatch()
    watch.start()
    os.kill(os.getpid(), signal.SIGTERM)
    watch.stop()
    watch.start()
    assert not watch.heard
    assert not watch.requested
    watch.stop()


def test_other_threads_leave_signals_alone():
    before = signal.getsignal(signal.SIGTERM)
    watch = TerminationWatch()
    thread = threading.Thread(target=watch.start)
    thread.start()
    thread.join()
    assert signal.getsignal(signal.SIGTERM) is before


def test_the_exit_code_says_try_again(tmp_path):
    stop = TrainingTerminated(tmp_path / "step.npz")
    assert stop.code == os.EX_TEMPFAIL == 75
    assert "step.npz" in str(stop)
