import keras
import pytest
from keras import layers

from kerasseg.errors import ArgumentError, MissingPackageError
from kerasseg.exporters import export


@pytest.mark.parametrize(("scores", "allowed"), [(1, {1, 2}), (3, {3})])
def test_there_is_a_class_name_for_each_score(tmp_path, scores, allowed):
    image = keras.Input((None, None, 1))
    net = keras.Model(image, layers.Conv2D(scores, 1)(image), name="lean")
    for count in range(1, 5):
        names = list("abcd"[:count])
        if count in allowed:
            export(net, tmp_path / "net", class_names=names)
            continue
        message = f"must name the {scores} scores of the model 'lean'.*{count} names"
        with pytest.raises(ArgumentError, match=message):
            export(net, tmp_path / "net", class_names=names)


def test_a_missing_package_is_named_with_its_extra(small_net, tmp_path, monkeypatch):
    monkeypatch.setattr("kerasseg.exporters.checks.find_spec", lambda name: None)
    with pytest.raises(
        MissingPackageError, match=r"tf2onnx onnx onnxruntime \(.*\[onnx\]"
    ):
        export(small_net, tmp_path / "net.onnx", "onnx")
