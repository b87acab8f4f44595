"""Losses of dense prediction, with one set of options for all.

All take labels `y_true` as class ids `(batch, height, width)`, with or without a last
axis of 1, or as one channel a class (a pixel whose channels are all 0 is ignored); and
`y_pred` as maps `(batch, height, width, classes)`, or with one channel of a sigmoid for
background (0) and foreground (1). Height and width may be unknown.

Options of all:

- `from_logits`: whether the scores are logits. A Keras softmax or sigmoid at the end of
  the net keeps its logits, and they are used wherever they are at hand, as in Keras.
- `ignore_class`: pixels of these ids have no influence; their gradient is 0, and a
  batch without any other has the loss 0.
- `class_weight`: a weight for each class. (`class_weight` of Keras's `fit` cannot read
  masks.)
- `sample_weight`, in the call: `(batch, height, width)`, or `(batch,)`.
- `reduction`: as in Keras. `"sum_over_batch_size"` divides by the pixels that are not
  ignored, whatever they weigh; `"mean_with_sample_weight"` by the sum of the weights of
  classes and samples. In losses of regions (Dice, Jaccard, Tversky, Lovász) weights
  count inside, and the reduction is over images, if `per_image`.

Ids that are no class and not ignored raise an error that names them, eagerly and in
NumPy. In a compiled graph, or on an accelerator, the loss becomes NaN (the callback
`keras.callbacks.TerminateOnNaN` ends training), and its gradient is that of the other
pixels. Computation is in float32 at least, whatever the policy of the net. Under
`mixed_float16`, let the net end in logits or in a float32 softmax, as Keras advises:
derivatives by probabilities near 0 overflow float16.

Auxiliary heads (PSPNet's weight is 0.4) need nothing of ours. Keras sums the losses of
several outputs, and the data set repeats the mask under each output's name:

>>> import keras
>>> import numpy as np
>>> from kerasseg.losses import CrossEntropy
>>> image = keras.Input((None, None, 3))
>>> features = keras.layers.Conv2D(4, 3, padding="same")(image)
>>> auxiliary = keras.layers.Conv2D(2, 1, name="auxiliary")(features)
>>> scores = keras.layers.Conv2D(2, 1, name="scores")(features)
>>> model = keras.Model(image, {"scores": scores, "auxiliary": auxiliary})
>>> loss = CrossEntropy(from_logits=True, ignore_class=255)
>>> model.compile(
...     loss={"scores": loss, "auxiliary": loss},
...     loss_weights={"scores": 1.0, "auxiliary": 0.4},
... )
>>> images, masks = np.zeros((1, 8, 8, 3), "float32"), np.zeros((1, 8, 8), "int32")
>>> logs = model.train_on_batch(
...     images, {"scores": masks, "auxiliary": masks}, return_dict=True
... )
>>> round(float(logs["loss"]), 4)  # log 2 + 0.4 log 2
0.9704
"""

from kerasseg.losses.boundary import Boundary
from kerasseg.losses.cross_entropy import CrossEntropy
from kerasseg.losses.dice import Dice
from kerasseg.losses.focal import Focal
from kerasseg.losses.jaccard import Jaccard
from kerasseg.losses.lovasz import LovaszSoftmax
from kerasseg.losses.ohem_cross_entropy import OhemCrossEntropy
from kerasseg.losses.sampled_pixels import SampledPixels
from kerasseg.losses.signed_distance import signed_distance_map
from kerasseg.losses.tversky import Tversky
from kerasseg.losses.weighted_sum import WeightedSum

__all__ = [
    "Boundary",
    "CrossEntropy",
    "Dice",
    "Focal",
    "Jaccard",
    "LovaszSoftmax",
    "OhemCrossEntropy",
    "SampledPixels",
    "Tversky",
    "WeightedSum",
    "signed_distance_map",
]
