"""A part of a TensorFlow graph that XLA compiles into one loop."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import keras


def xla_scope() -> AbstractContextManager:
    """A context in whose TensorFlow graph XLA may compile the operations together.

    On a CPU, Keras runs a model as a plain graph, where each compare, `where` and slice
    is a pass over memory; compiled, twenty of them are one. This marks them for it, and
    a mark is all it is: eager calls, exports, other backends and models that XLA
    compiles whole run as without it, and so does a graph whose sizes keep changing,
    where compiling would not pay. `tf.function(jit_compile=True)` would insist instead,
    and could not be exported.
    """
    if keras.backend.backend() != "tensorflow":
        return nullcontext()
    import tensorflow as tf

    if tf.executing_eagerly():
        return nullcontext()
    return tf.xla.experimental.jit_scope()
