"""One training on several devices or machines, equal to that on one device.

`fit(..., strategy=make_strategy("mirrored"))`; see docs/distributed_training.md.
"""

from kerasseg.training.distribution.lost_worker import WorkerLostError
from kerasseg.training.distribution.strategies import STRATEGIES, make_strategy
from kerasseg.training.distribution.strategy import Strategy
from kerasseg.training.distribution.synchronized import synchronize_batch_normalization

__all__ = [
    "STRATEGIES",
    "Strategy",
    "WorkerLostError",
    "make_strategy",
    "synchronize_batch_normalization",
]
