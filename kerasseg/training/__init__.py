"""Training that survives a kill, from one core to many machines.

`fit` does it all. What it is made of works in a `model.fit` of your own.
"""

from kerasseg.training.averaged_weights import EvaluateAverage, averaged_weights
from kerasseg.training.batch_statistics import refresh_batch_statistics
from kerasseg.training.batches import as_batches, endless_batches
from kerasseg.training.best_model import BestModel
from kerasseg.training.cyclical import CyclicalLearningRate
from kerasseg.training.fitting import fit
from kerasseg.training.frozen_layers import freeze_layers
from kerasseg.training.optimizers import optimizer
from kerasseg.training.outputs import fit_to_outputs
from kerasseg.training.position import Position
from kerasseg.training.prediction_pictures import PredictionPictures
from kerasseg.training.resumable_checkpoint import ResumableCheckpoint
from kerasseg.training.run_folder import RunFolder
from kerasseg.training.run_records import RunRecords
from kerasseg.training.schedules import LinearWarmUp, learning_rate
from kerasseg.training.stages import Stage, fit_stages
from kerasseg.training.stop_at_step import StopAtStep
from kerasseg.training.tensorboard_log import TensorBoardLog
from kerasseg.training.termination import EXIT_CODE, TrainingTerminated

__all__ = [
    "EXIT_CODE",
    "BestModel",
    "CyclicalLearningRate",
    "EvaluateAverage",
    "LinearWarmUp",
    "Position",
    "PredictionPictures",
    "ResumableCheckpoint",
    "RunFolder",
    "RunRecords",
    "Stage",
    "StopAtStep",
    "TensorBoardLog",
    "TrainingTerminated",
    "as_batches",
    "averaged_weights",
    "endless_batches",
    "fit",
    "fit_stages",
    "fit_to_outputs",
    "freeze_layers",
    "learning_rate",
    "optimizer",
    "refresh_batch_statistics",
]
