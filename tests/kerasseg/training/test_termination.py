import os
import signal
import threading

from kerasseg.training.termination import TerminationWatch, TrainingTerminated


def test_sigterm_is_remembered_and_given_back():
    before = signal.getsignal(signal.SIGTERM)
    watch = TerminationWatch()
    watch.start()
    os.kill(os.getpid(), signal.SIGTERM)
    assert watch.requested
    watch.stop()
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_second_sigterm_goes_where_it_went_before():
    seen = []
    before = signal.signal(signal.SIGTERM, lambda *_: seen.append("user"))
    try:
        watch = TerminationWatch()
        watch.start()
        os.kill(os.getpid(), signal.SIGTERM)
        assert seen == []
        os.kill(os.getpid(), signal.SIGTERM)
        assert seen == ["user"]
    finally:
        signal.signal(signal.SIGTERM, before)


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
