import pytest
from checks.workers_in_threads import on_workers

from kerasseg.errors import FileError
from kerasseg.training.distribution.chief import let_chief


def test_the_chief_acts_and_the_others_wait_for_it(tmp_path):
    path = tmp_path / "made"

    def act(strategy):
        found = let_chief(strategy, lambda: path.write_text("x"))
        return found, path.exists()

    assert on_workers(act, 3) == [(1, True), (None, True), (None, True)]


@pytest.mark.parametrize("reason", ["ist nicht leer: größer als ∅", "x" * 3000])
def test_what_the_chief_refuses_every_worker_refuses(reason):
    def refuse():
        raise FileError("/runs/größe", reason)

    chief, other = on_workers(lambda strategy: let_chief(strategy, refuse))
    assert isinstance(other, FileError)
    if len(reason) < 1000:
        assert (other.path, str(other)) == (chief.path, str(chief))
    else:  # what is longer is cut
        assert reason.startswith(other.problem)


def test_every_worker_refuses_a_folder_that_the_chief_finds_in_use(tmp_path):
    (tmp_path / "mine.txt").write_text("x")
    found = on_workers(lambda strategy: strategy.open_run(tmp_path))
    assert len({str(error) for error in found}) == 1
    assert all(isinstance(error, FileError) for error in found)
    assert str(tmp_path) in str(found[1])
    assert "is not empty (mine.txt)" in str(found[1])


def test_every_worker_opens_the_folder_that_the_chief_made(tmp_path):
    found = on_workers(lambda strategy: strategy.open_run(tmp_path / "run").path)
    assert found == [tmp_path / "run"] * 2
