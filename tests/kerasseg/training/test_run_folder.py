import os

import keras
import numpy as np
import pytest
from checks.killed_runs import OUTCOME, RunServer

from kerasseg.errors import FileError
from kerasseg.training import BestModel, RunFolder, RunRecords


def test_a_folder_is_checked_without_a_change(tmp_path):
    RunFolder.check(tmp_path / "new")
    assert not (tmp_path / "new").exists()
    RunFolder.check(tmp_path)  # empty
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(FileError, match=r"is not empty \(notes.txt\)"):
        RunFolder.check(tmp_path)
    RunFolder(tmp_path, resume=True)
    (tmp_path / "last.keras").write_text("a net")
    with pytest.raises(FileError, match=r"is not empty \(last.keras"):
        RunFolder.check(tmp_path)
    RunFolder.check(tmp_path, resume=True)
    RunFolder.check(tmp_path, overwrite=True)
    assert (tmp_path / "last.keras").exists()
    with pytest.raises(FileError, match="is a file"):
        RunFolder.check(tmp_path / "last.keras", overwrite=True)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("versions", [None, "{}", "3", '"kerasseg"', "no JSON"])
def test_what_is_no_run_is_not_removed(tmp_path, versions):
    (tmp_path / "notes.txt").write_text("mine")
    RunFolder.check(tmp_path, overwrite=True)
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "job.log").write_text("mine")
    (tmp_path / "config.toml").write_text("mine")
    if versions is not None:
        (tmp_path / "versions.json").write_text(versions)
    before = names(tmp_path)
    for open_folder in (RunFolder, RunFolder.check):
        with pytest.raises(FileError, match=r"has config.toml, logs.* nothing is rem"):
            open_folder(tmp_path, overwrite=True)
        with pytest.raises(FileError, match=r"has config.toml, logs.* nothing is res"):
            open_folder(tmp_path, resume=True)
    assert names(tmp_path) == before
    assert (tmp_path / "logs" / "job.log").exists()


def test_a_run_is_removed_and_what_else_is_there_stays(tmp_path):
    run = RunFolder(tmp_path)
    run.write_versions()
    (run / "logs").mkdir()
    (run / "logs" / "events").write_text("of the run")
    for name in ("config.toml", "best.keras", "notes.txt"):
        run.write_text(name, "")
    RunFolder(tmp_path, overwrite=True)
    assert names(tmp_path) == ["notes.txt", "versions.json"]


def test_a_clearing_that_fails_half_way_can_be_repeated(tmp_path, monkeypatch):
    run = RunFolder(tmp_path)
    run.write_versions()
    (run / "logs").mkdir()
    with monkeypatch.context() as patch:

        def refuse(path):
            raise PermissionError(13, "Permission denied")

        patch.setattr("kerasseg.training.run_folder.shutil.rmtree", refuse)
        with pytest.raises(FileError, match="cannot clear: Permission denied"):
            RunFolder(tmp_path, overwrite=True)
    RunFolder(tmp_path, overwrite=True)
    assert names(tmp_path) == ["versions.json"]


def test_a_training_of_ones_own_can_be_repeated(tmp_path):
    """Only `RunFolder` and what writes into it are used, and no `fit` of ours."""
    for _ in range(2):
        run = RunFolder(tmp_path / "run", overwrite=True)
        best = BestModel(run / "best.keras", "loss")
        model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
        model.compile("sgd", "mse")
        data = np.ones((2, 1)), np.ones((2, 1))
        model.fit(*data, verbose=0, callbacks=[best, RunRecords(run, best)])
        found = names(run.path)
        assert {"best.keras", "last.keras", "versions.json"} <= set(found)
    with pytest.raises(FileError, match="is not empty"):
        RunFolder(run.path)


def test_a_run_that_wrote_nothing_leaves_an_empty_folder(tmp_path):
    RunFolder(tmp_path / "run")
    RunFolder(tmp_path / "run")
    (tmp_path / "run" / "versions.json").write_text("{}")  # somebody else's
    with pytest.raises(FileError, match=r"is not empty \(versions.json\)"):
        RunFolder(tmp_path / "run")


def test_only_the_chief_writes_versions(tmp_path, monkeypatch):
    RunFolder(tmp_path)
    monkeypatch.setattr(RunFolder, "write_versions", lambda run: 1 / 0)
    RunFolder(tmp_path, resume=True)  # what `open_run` does in the other workers


def test_strays_are_removed_and_nothing_else(tmp_path):
    run = RunFolder(tmp_path)
    strays = [
        ".best-abcd_123.keras",
        ".versions-abcdefgh.json",
        ".history-01234567.csv",
    ]
    others = [".best-abc.keras", ".best-abcdefgh.h5", ".notes-abcdefgh.txt", ".best-é"]
    for name in (*strays, *others):
        run.write_text(name, "")
    run.remove_strays()
    assert names(tmp_path) == sorted([*others, "versions.json"])
    for name in strays:
        run.write_text(name, "")
    RunFolder(tmp_path, resume=True)  # as workers do while the chief may be writing
    assert set(strays) <= set(names(tmp_path))
    RunFolder(tmp_path, overwrite=True)
    assert names(tmp_path) == sorted([*others, "versions.json"])


def hidden(folder):
    return [path.name for path in folder.rglob(".*")]


@pytest.mark.skipif(
    not hasattr(os, "fork") or keras.backend.backend() != "tensorflow",
    reason="forks processes that run TensorFlow",
)
def test_a_run_that_is_killed_while_it_writes_leaves_its_files_alone(tmp_path):
    with RunServer() as server:
        for file in ("versions", "best", "last"):
            assert not server.train(None, tmp_path, epochs=1, kill_at=file)
            (stray,) = hidden(tmp_path)
            assert stray.startswith(f".{file}-")
        assert server.train(None, tmp_path, epochs=1)
    assert not hidden(tmp_path)
    assert set(names(tmp_path)) == {
        *("checkpoints", "best.keras", "last.keras", "history.csv", "metrics.json"),
        *("curves.png", "predictions.png", "versions.json", "logs", OUTCOME),
    }
