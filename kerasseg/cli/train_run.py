"""A training by `kerasseg train`: one net, or the stages of an FCN, into a folder."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import keras

from kerasseg import training
from kerasseg.cli.train_checks import check_batches, check_monitor, check_net
from kerasseg.cli.train_config import config_text
from kerasseg.cli.train_model import (
    builder_of,
    loss_of,
    loss_weights_of,
    metrics_of,
    optimizer_of,
)
from kerasseg.cli.train_stages import clear_stages, stages_of, unfinished_stage
from kerasseg.files import load_model, save_model
from kerasseg.run_files import (
    BEST,
    CLASSES,
    COLORS,
    CONFIG,
    HISTORY,
    REFRESHED,
)
from kerasseg.training.distribution import Strategy
from kerasseg.training.distribution.chief import let_chief
from zoo.fcn import move_weights


@dataclass(frozen=True)
class Training:
    """All that a training needs.

    Attributes:
        options: `output`, `resume` and `overwrite` of the command.
        config: The settings.
        data: The data set to train on.
        learning: Its batches.
        held_out: Those to validate on, or `None`.
        strategy: The devices.
        verbose: As for `training.fit`.
    """

    options: argparse.Namespace
    config: dict[str, Any]
    data: Any
    learning: Any
    held_out: Any
    strategy: Strategy
    verbose: int

    def prepare(self) -> tuple[keras.Model, Any]:
        """The net and its loss, once all is checked that can be before a step.

        Raises:
            UsageError, ArgumentError: A setting does not fit the others, the data or
                the net.
            FileError: A file cannot be read.
        """
        model = self._built()
        check_net(self.config, self.data, model)
        metrics = metrics_of(self.data, model)
        check_monitor(self.config, model, metrics, self.held_out)
        self._optimizer()
        check_batches(self.strategy, model, self.learning, self.held_out)
        return model, loss_of(self.config, self.data, model)

    def _built(self) -> keras.Model:
        """The last net; where layers are to be frozen, after all those before it."""
        names = self._stages() if self.config["staged"] else [self.config["model"]]
        builders = [self._builder(name) for name in names]
        if self.config["freeze"]:
            for build in builders[:-1]:
                build()
        return builders[-1]()

    def run(self) -> Path:
        """Trains; returns the folder that has the final net.

        The folder of the run is opened, and an old run in it cleared, once nothing can
        be refused.

        Raises:
            UsageError, ArgumentError, FileError: As `prepare` says, or the folder
                cannot be used.
            TrainingTerminated: A signal asked to stop; the run is saved.
        """
        model, loss = self.prepare()
        folder = self._open_folder()
        fit = self._fit_stages if self.config["staged"] else self._fit
        result = fit(folder, model, loss)
        if self.config["refresh_statistics"] and self.strategy.is_chief:
            self._refresh(result)
        return result

    def _fit(self, folder: training.RunFolder, model: keras.Model, loss: Any) -> Path:
        training.fit(
            model,
            self.learning,
            self.held_out,
            run_dir=folder.path,
            optimizer=self._optimizer(),
            loss=loss,
            metrics=metrics_of(self.data, model),
            loss_weights=loss_weights_of(self.config, model),
            **self._fit_options(),
        )
        return folder.path

    def _fit_stages(
        self, folder: training.RunFolder, model: keras.Model, loss: Any
    ) -> Path:
        names = self._stages()
        training.fit_stages(
            [
                training.Stage(name.lower(), self._builder(name), self._optimizer)
                for name in names
            ],
            self.learning,
            self.held_out,
            move_weights=move_weights,
            run_dir=folder.path,
            loss=loss,
            metrics=lambda: metrics_of(self.data, model),
            **self._fit_options(),
        )
        return folder.path / names[-1].lower()

    def _stages(self) -> list[str]:
        return stages_of(self.config["model"])

    def _builder(self, name: str) -> Callable[[], keras.Model]:
        return builder_of(self.config, self.data.classes, self._shape, name)

    @cached_property
    def _shape(self) -> tuple[int, ...]:
        """Height, width and channels of the images in a batch."""
        shape = next(iter(self.learning.epoch(0)))[0].shape
        return tuple(int(n) for n in shape[1:])

    def _optimizer(self) -> keras.optimizers.Optimizer:
        return optimizer_of(self.config, self._steps)

    @property
    def _steps(self) -> int:
        """Of the training, or of each stage."""
        epochs = self.config["epochs"]
        return self.config["steps"] or epochs * self.learning.steps_per_epoch

    def _fit_options(self) -> dict[str, Any]:
        same = ("epochs", "steps", "every_steps", "every_minutes", "keep", "monitor")
        return {
            **{name: self.config[name] for name in (*same, "early_stopping")},
            "resume": True,  # `_open_folder` checked, and cleared if that was asked for
            "colors": self.data.colors,
            "strategy": self.strategy,
            "verbose": self.verbose,
        }

    def _open_folder(self) -> training.RunFolder:
        """The folder of the run, with its settings and the names of its classes."""
        folder = self.strategy.open_run(
            self.options.output,
            resume=self.options.resume,
            overwrite=self.options.overwrite,
        )
        let_chief(self.strategy, lambda: self._begin(folder))
        return folder

    def _begin(self, folder: training.RunFolder) -> None:
        """Clears what is no part of the run, and describes it."""
        folder.remove_strays()
        if self.options.overwrite:
            clear_stages(folder.path)
        self._describe(folder)

    def _describe(self, folder: training.RunFolder) -> None:
        """Writes what the run was told, and says where its progress stands."""
        names = self.data.names
        colors = zip(self.data.colors, names, strict=True)
        folder.write_versions()  # first: it proves that the rest is a run's
        folder.write_text(CONFIG, config_text(self.config))
        folder.write_text(CLASSES, "".join(f"{name}\n" for name in names))
        lines = [f"{r} {g} {b} {name}\n" for (r, g, b), name in colors]
        folder.write_text(COLORS, "".join(lines))
        current = folder.path
        if self.config["staged"]:
            stages = [folder / name.lower() for name in self._stages()]
            current = unfinished_stage(stages, self._steps)
        history = current / HISTORY
        print(f"{history} tells how far the run is, a line an epoch.", file=sys.stderr)

    def _refresh(self, folder: Path) -> None:
        """Takes the statistics of the best model anew, as SegNet's authors did."""
        if not (folder / BEST).exists():
            note = "no epoch was the best, so no statistics were refreshed"
            print(f"kerasseg train: note: {note}", file=sys.stderr)
            return
        model = load_model(folder / BEST)
        training.refresh_batch_statistics(model, self.learning)
        save_model(model, folder / REFRESHED)
