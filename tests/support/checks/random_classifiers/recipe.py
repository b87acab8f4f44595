"""Classifiers as plain data: what hypothesis draws, shrinks and prints."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple


class Size(NamedTuple):
    """A map's height, width and channels."""

    height: int
    width: int
    channels: int

    @property
    def places(self):
        return self.height, self.width

    @property
    def numbers(self):
        return self.height * self.width * self.channels


@dataclass(frozen=True, repr=False)
class Step:
    """One layer, one `keras.ops` function, or branches that are joined.

    Attributes:
        kind: A layer's class name, `"ops.relu"` and the like, or one of `build.OWN`.
        settings: Its keyword arguments.
        branches: For what joins several: the steps of each, none for the input itself.
    """

    kind: str
    settings: dict[str, Any] = field(default_factory=dict)
    branches: tuple[tuple[Step, ...], ...] = ()

    def __repr__(self):
        parts = [f"{name}={value!r}" for name, value in self.settings.items()]
        parts = [*map(_chain, self.branches), *parts]
        return f"{self.kind}({', '.join(parts)})"


def step(kind, *branches, **settings):
    """`step("Add", [], [step("Conv2D", filters=2, kernel_size=1)])`"""
    return Step(kind, settings, tuple(map(tuple, branches)))


@dataclass(frozen=True, repr=False)
class Recipe:
    """A classifier.

    Attributes:
        size: Of its images.
        policy: Its dtype policy.
        front: Preprocessing and augmentation.
        trunk: What works on maps.
        heads: One chain for each output, by name.
        wrapper: How models are nested, shared and fed: one of `build.WRAPPERS`.
        outputs: `"one"`, `"list"` or `"dict"`.
        extra: By how many pixels the larger image is higher and wider.
    """

    size: Size
    policy: str
    front: tuple[Step, ...]
    trunk: tuple[Step, ...]
    heads: tuple[tuple[Step, ...], ...]
    wrapper: str
    outputs: str
    extra: tuple[int, int]

    def __repr__(self):
        lines = [
            f"{self.wrapper}, {self.policy}, images {tuple(self.size)}, "
            f"outputs: {self.outputs}, larger by {self.extra}",
            f"    front: {_chain(self.front)}",
            f"    trunk: {_chain(self.trunk)}",
            *(f"    head:  {_chain(head)}" for head in self.heads),
        ]
        return "\n".join(lines)

    @property
    def steps(self):
        """All steps, those in branches included."""
        return list(_all_steps((self.front, self.trunk, *self.heads)))

    @property
    def pads(self):
        """Whether zeros stand around any map, on some image size."""
        return any(map(_pads, self.steps))

    @property
    def has_gates(self):
        """Whether a pooled vector is multiplied back into a map."""
        return any(s.kind == "gate" for s in self.steps)


def _chain(steps):
    return " > ".join(map(repr, steps)) or "the input"


def _all_steps(chains):
    for chain in chains:
        for one in chain:
            yield one
            yield from _all_steps(one.branches)


def _pads(one):
    if one.kind == "ZeroPadding2D":
        return True
    return one.settings.get("padding") == "same"
