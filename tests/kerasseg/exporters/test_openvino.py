import numpy as np
import pytest

import kerasseg


def test_the_remark_names_the_hint_that_keeps_float32(small_net, tmp_path):
    openvino = pytest.importorskip("openvino")
    report = kerasseg.export(small_net, tmp_path / "net.xml", "openvino")
    (remark,) = report.remarks
    hint = {"INFERENCE_PRECISION_HINT": "f32"}
    assert f'compile_model(…, "CPU", {hint})'.replace("'", '"') in remark
    compiled = openvino.Core().compile_model(report.path, "CPU", hint)
    image = np.random.default_rng(0).random((1, 24, 20, 3)).astype("float32")
    np.testing.assert_allclose(
        compiled([image])[0], small_net.predict_on_batch(image), atol=1e-6
    )
