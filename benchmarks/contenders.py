"""Ways to compute one thing, run in turns so that they meet the same machine."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import keras
import tensorflow as tf
from sliding_in_graph import Grid, call_once, call_per_batch

from kerasseg.inference import predict_heatmap, predict_sliding

_LONG_ENOUGH = 0.1  # seconds a visit: one run of a few milliseconds says little
_MOST_COPIES = 100  # of the classifier in one graph: tracing them takes seconds


@dataclass
class Contender:
    """One way, and the milliseconds that its runs took.

    Attributes:
        form: What it is called in the table.
        run: Does the work once and returns its result.
        batch_size: Windows a batch, where that is a choice.
    """

    form: str
    run: Callable
    batch_size: int | None = None
    times: list[float] = field(default_factory=list)

    @property
    def milliseconds(self) -> float:
        """The median run."""
        return statistics.median(self.times)

    def visit(self) -> None:
        """Runs once, or for a moment if that is short, and notes the times."""
        begin = time.perf_counter()
        while True:
            start = time.perf_counter()
            self.run()
            end = time.perf_counter()
            self.times.append(1e3 * (end - start))
            if end - begin > _LONG_ENOUGH:
                return


def race(contenders: Sequence[Contender], repeats: int) -> None:
    """Times all contenders in turns, `repeats` rounds, past times forgotten."""
    for contender in contenders:
        contender.times.clear()
    for _ in range(repeats):
        for contender in contenders:
            contender.visit()


def qualify(contenders: Sequence[Contender], count: int) -> list[Contender]:
    """Compiles all contenders and returns those that ran fastest, to race them.

    Those that come close run twice more, and the best run counts: a moment when the
    machine did something else must not throw a contender out.
    """
    for contender in contenders:
        contender.run()
        contender.visit()
    best = min(min(c.times) for c in contenders)
    for contender in contenders:
        if min(contender.times) < 1.5 * best:
            contender.visit()
            contender.visit()
    return sorted(contenders, key=lambda c: min(c.times))[:count]


def fastest(contenders: Sequence[Contender]) -> Contender:
    """The contender of the smallest median."""
    return min(contenders, key=lambda c: c.milliseconds)


def batch_sizes(grid: Grid) -> list[int]:
    """One window, whole rows of windows, three times as many each time, and all."""
    rows = [1]
    while rows[-1] * 3 <= grid.rows // 2:
        rows.append(rows[-1] * 3)
    return sorted({1, *(r * grid.columns for r in rows), grid.count})


def sliding_contenders(
    classifier: keras.Model, image, grid: Grid
) -> tuple[list[Contender], list[Contender]]:
    """The sliding window in every form: `predict_sliding`, and crops in the graph."""
    library, graph = [], []
    tensor = tf.constant(image)
    for size in batch_sizes(grid):
        for jit in (False, True):
            suffix = ", jit" if jit else ""
            twin = _twin(classifier, jit)
            library.append(
                Contender(
                    f"predict_sliding{suffix}",
                    lambda m=twin, s=size: predict_sliding(m, image, grid.stride, s),
                    size,
                )
            )
            step = call_per_batch(classifier, grid, size, jit)
            form = f"graph a batch{suffix}"
            graph.append(Contender(form, lambda f=step: f(tensor), size))
        # Not with XLA, which runs one batch after another, as the form above does.
        if len(grid.blocks(size)) <= _MOST_COPIES:
            whole = call_once(classifier, grid, size)
            graph.append(Contender("one graph", lambda f=whole: f(tensor), size))
    return library, graph


def fcn_contenders(fcn: keras.Model, image) -> list[Contender]:
    """The fully convolutional net in the forms that the sliding window gets too."""
    images = image[None]
    tensor = tf.constant(images)
    made = [Contender("predict_heatmap", lambda: predict_heatmap(fcn, image))]
    for jit in (False, True):
        suffix = ", jit" if jit else ""
        function = tf.function(lambda x: fcn(x, training=False), jit_compile=jit)
        twin = _twin(fcn, jit)
        made += [
            Contender(f"tf.function{suffix}", lambda f=function: f(tensor).numpy()[0]),
            Contender(
                f"predict_on_batch{suffix}",
                lambda m=twin: m.predict_on_batch(images)[0],
            ),
        ]
    return made


def _twin(model: keras.Model, jit_compile: bool) -> keras.Model:
    """The same layers and weights, with a choice of XLA for `predict_on_batch`."""
    twin = keras.Model(model.inputs, model.outputs, name=model.name)
    twin.jit_compile = jit_compile
    return twin
