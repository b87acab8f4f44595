"""Errors of ours that are raised while a batch is read, and told as they were.

A function that `tf.data` calls may raise what it likes: TensorFlow makes an error of
its own of it, which no `except FileError` catches, and whose text is a whole traceback.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache

import tensorflow as tf

from kerasseg.errors import KerasSegError

_recent: deque[KerasSegError] = deque(maxlen=8)  # images are read side by side


def remembered(function: Callable) -> Callable:
    """The function, whose errors `original_of` finds again."""

    def remembering(*arguments):
        try:
            return function(*arguments)
        except KerasSegError as error:
            _recent.append(error)
            raise

    return remembering


def original_of(error: BaseException) -> KerasSegError | None:
    """The error of ours that TensorFlow made this one of, if any.

    It is known by its words, so that one that nobody waited for, of an image that was
    read ahead, does not stand in for another error.
    """
    text = str(error)
    for kept in reversed(_recent):
        if error is not kept and str(kept).splitlines()[0] in text:
            return kept
    return None


@contextmanager
def original_errors() -> Iterator[None]:
    """Raises errors of ours as they were raised, in place of TensorFlow's."""
    try:
        yield
    except Exception as error:  # each backend, and each strategy, wraps in its own
        ours = original_of(error)
        if ours is None:
            raise
        raise ours from None


class ReadBatches(tf.data.Dataset):
    """A dataset whose iterators raise errors of ours as they were raised.

    Args:
        dataset: One that calls a `remembered` function.
    """

    def __init__(self, dataset: tf.data.Dataset):
        self._dataset = dataset
        super().__init__(dataset._variant_tensor)

    def _inputs(self) -> list[tf.data.Dataset]:
        return [self._dataset]

    @property
    def element_spec(self):
        return self._dataset.element_spec

    def __iter__(self):
        iterator = super().__iter__()
        iterator.__class__ = _reading(type(iterator))
        return iterator


@cache
def _reading(kind: type) -> type:
    """An iterator that compiled steps still know as one of TensorFlow's."""

    class ReadingIterator(kind):
        def __next__(self):
            try:
                return super().__next__()
            except tf.errors.OpError as error:
                ours = original_of(error)
                if ours is None:
                    raise
                raise ours from None

    return ReadingIterator
