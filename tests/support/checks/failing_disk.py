"""A disk on which one operation fails, or at which the process is killed."""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from unittest import mock


class FailingDisk:
    """Counts what writes to the disk, and lets the operation of one number fail.

    Args:
        fail: Called in place of operation number `at`, before it or, for a write,
            after half of its bytes.
        at: From 0 on; `None` only counts.
    """

    def __init__(self, fail, at=None):
        self.fail = fail
        self.at = at
        self.count = 0
        self.log = []

    def step(self, name):
        self.log.append(name)
        self.count += 1
        return self.count - 1 == self.at

    def before(self, name, function):
        def operation(*arguments, **options):
            if self.step(name):
                self.fail()
            return function(*arguments, **options)

        return operation

    @contextmanager
    def installed(self):
        opened = Path.open

        def open_file(path, mode="r", *arguments, **options):
            file = opened(path, mode, *arguments, **options)
            return _File(file, self) if mode == "wb" else file

        patches = [
            mock.patch.object(tempfile, "mkstemp", self.before("mkstemp", _mkstemp)),
            mock.patch.object(Path, "open", open_file),
            mock.patch.object(os, "fsync", self.before("fsync", os.fsync)),
            mock.patch.object(Path, "chmod", self.before("chmod", Path.chmod)),
            mock.patch.object(Path, "replace", self.before("replace", Path.replace)),
        ]
        for patch in patches:
            patch.start()
        try:
            yield self
        finally:
            for patch in patches:
                patch.stop()


_mkstemp = tempfile.mkstemp


class _File:
    """A file whose writes can fail half-way, as those on a full disk do."""

    def __init__(self, file, disk):
        self._file = file
        self._disk = disk

    def write(self, data):
        if self._disk.step("write"):
            self._file.write(memoryview(data).cast("B")[: len(data) // 2])
            self._file.flush()
            self._disk.fail()
        return self._file.write(data)

    def __getattr__(self, name):
        return getattr(self._file, name)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self._file.close()
