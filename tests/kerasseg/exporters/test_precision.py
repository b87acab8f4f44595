import keras
import numpy as np
import pytest
from checks.exactness import randomise
from keras import layers

from kerasseg.errors import ExportError, MissingPackageError
from kerasseg.exporters import export
from kerasseg.exporters.precision import in_float32, mixed_policy
from kerasseg.layers import MaxPoolingWithIndices2D, MaxUnpooling2D

POLICIES = ("mixed_float16", "mixed_bfloat16")


def build(policy):
    """A net with a nested model, a shared layer and pooling by index."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        image = keras.Input((None, None, 3), name="photo")
        trunk = [layers.Conv2D(4, 3, padding="same"), layers.BatchNormalization()]
        x = keras.Sequential(trunk, name="trunk")(image)
        shared = layers.Conv2D(4, 1)
        x = shared(layers.ZeroPadding2D(1)(shared(x)))
        pooled, indices = MaxPoolingWithIndices2D(padding="same")(x)
        x = MaxUnpooling2D(padding="same")([pooled, indices, x])
        scores = layers.Conv2D(3, 1, activation="softmax", dtype="float32")(x)
        return randomise(keras.Model(image, scores, name="half"))
    finally:
        keras.config.set_dtype_policy(before)


@pytest.mark.parametrize("policy", POLICIES)
def test_the_copy_is_the_net_that_float32_builds(policy):
    model, plain = build(policy), build("float32")
    plain.set_weights(model.get_weights())
    copy = in_float32(model, "onnx")
    assert (mixed_policy(model), mixed_policy(copy)) == (policy, None)
    assert (copy.name, copy.inputs[0].name) == ("half", "photo")
    pixels = np.random.default_rng(0).random((2, 12, 10, 3), np.float32)
    np.testing.assert_allclose(
        copy.predict_on_batch(pixels), plain.predict_on_batch(pixels), rtol=1e-6
    )
    assert keras.config.dtype_policy().name == "float32"


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("suffix", [".onnx", ".tflite", ".xml"])
def test_mixed_precision_is_exported_in_float32(tmp_path, policy, suffix):
    formats = {".onnx": "onnx", ".tflite": "litert", ".xml": "openvino"}
    try:
        report = export(build(policy), tmp_path / f"net{suffix}", formats[suffix])
    except MissingPackageError as error:
        pytest.skip(str(error))
    assert report.largest_difference <= 1e-5
    assert f"under {policy}" in report.remarks[0]
    assert not any("Flex" in remark for remark in report.remarks)


def test_an_adapted_normalization_is_exported_as_it_is_adapted(tmp_path):
    pixels = np.random.default_rng(0).normal(5, 2, (4, 8, 8, 1)).astype("float32")
    adapted = layers.Normalization(dtype="mixed_float16")
    adapted.adapt(pixels)
    image = keras.Input((8, 8, 1))
    kernel = layers.Conv2D(1, 1, kernel_initializer="ones", dtype="mixed_float16")
    model = keras.Model(image, kernel(adapted(image)))
    wanted = (pixels - pixels.mean()) / pixels.std()
    copy = in_float32(model, "litert")
    np.testing.assert_allclose(copy.predict_on_batch(pixels), wanted, atol=1e-5)
    assert export(model, tmp_path / "net.tflite").largest_difference <= 1e-5


def test_a_saved_model_keeps_the_precision(tmp_path):
    report = export(build("mixed_float16"), tmp_path / "net")
    assert (report.largest_difference, report.remarks) == (0, [])


def test_what_cannot_be_copied_is_told_how_to_be_rebuilt(tmp_path):
    class Own(layers.Layer):
        def __init__(self, factor, **options):
            super().__init__(**options)
            self.factor = factor

        def call(self, x):
            return x * self.factor

        def get_config(self):
            return {"name": self.name}

    image = keras.Input((None, None, 3))
    x = layers.Conv2D(2, 1, dtype="mixed_float16")(image)
    model = keras.Model(image, Own(2.0)(x), name="own")
    with pytest.raises(ExportError, match=r"'mixed_float16'.*set_dtype_policy"):
        export(model, tmp_path / "net.tflite", "litert")
    assert not list(tmp_path.iterdir())


class Scale(layers.Layer):
    """Forgets its factor when it is copied."""

    def __init__(self, factor=1.0, **options):
        super().__init__(**options)
        self.factor = factor

    def call(self, x):
        return x * self.factor

    def get_config(self):
        return {"name": self.name, "dtype": self.dtype_policy.name}


@pytest.mark.parametrize("policy", POLICIES)
def test_a_copy_that_forgot_an_argument_is_refused(tmp_path, policy):
    image = keras.Input((None, None, 3))
    x = layers.Conv2D(2, 1, dtype=policy)(image)
    forgetful = keras.Model(image, Scale(3.0, dtype=policy)(x), name="forgetful")
    # Three times as large: off by 2 of what the copy gives.
    message = r"'forgetful'.*differs by 2\.0e\+00.*get_config\(\).*set_dtype_policy"
    with pytest.raises(ExportError, match=message):
        export(forgetful, tmp_path / "net.tflite")
    assert not list(tmp_path.iterdir())
    complete = keras.Model(image, Scale(1.0, dtype=policy)(x))
    assert export(complete, tmp_path / "net.tflite").largest_difference <= 1e-5


def sigmoid_of_a_rare_class(policy):
    """Scores of about sigmoid(-12), whose logits are sums of hundreds that cancel."""
    image = keras.Input((None, None, 3))
    options = {"bias_initializer": keras.initializers.Constant(100), "dtype": policy}
    x = layers.Conv2D(4, 3, padding="same", **options)(image)
    options["bias_initializer"] = keras.initializers.Constant(-12)
    last = layers.Conv2D(1, 1, **options)
    x = layers.Activation("sigmoid", dtype="float32")(last(x))
    last.kernel.assign(np.reshape([1.0, 1, -1, -1], last.kernel.shape))
    return keras.Model(image, x)


@pytest.mark.parametrize("policy", POLICIES)
def test_a_rare_class_is_exported(tmp_path, policy):
    model = sigmoid_of_a_rare_class(policy)
    # Even in float32 the small rest of the hundreds is rounded by more than 1e-5.
    report = export(model, tmp_path / "net.tflite", tolerance=1e-3)
    assert len(report.remarks) == 1


def test_a_small_factor_is_missed_in_float16_unless_it_is_tolerated(tmp_path):
    image = keras.Input((None, None, 3))
    x = Scale(1.1, dtype="mixed_float16")(image)
    model = keras.Model(image, layers.Conv2D(2, 1, dtype="mixed_float16")(x))
    with pytest.raises(ExportError, match=r"differs by .*larger `tolerance`"):
        export(model, tmp_path / "net.tflite")
    report = export(model, tmp_path / "net.tflite", tolerance=0.2)
    assert report.largest_difference <= 1e-5


@pytest.mark.parametrize("sizes", [None, [(48, 40), (40, 36)]])
def test_a_model_that_cannot_run_here_is_exported_with_a_remark(tmp_path, sizes):
    tried = []

    class OnGpuOnly(layers.Layer):
        def call(self, x):
            if hasattr(x, "numpy") and x.dtype == "float16":
                tried.append(tuple(x.shape[1:3]))
                raise NotImplementedError("no kernel for half floats")
            return 2 * x

    image = keras.Input((None, None, 3))
    x = layers.Conv2D(2, 1, dtype="mixed_float16")(image)
    model = keras.Model(image, OnGpuOnly(dtype="mixed_float16")(x))
    report = export(model, tmp_path / "net.tflite", sizes=sizes)
    assert report.largest_difference <= 1e-5
    assert "does not run here under mixed_float16 (Not" in report.remarks[1]
    assert tried == [(32, 32)]
