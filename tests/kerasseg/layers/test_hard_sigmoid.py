import keras
import numpy as np

from kerasseg.layers import hard_sigmoid_of_keras_2


def test_has_the_three_pieces_of_keras_2():
    x = np.linspace(-4, 4, 33, dtype="float32")
    made = keras.ops.convert_to_numpy(hard_sigmoid_of_keras_2(x))
    np.testing.assert_allclose(made, np.interp(x, [-2.5, 2.5], [0, 1]), atol=1e-6)


def test_a_model_with_it_saves_and_loads(tmp_path):
    model = keras.Sequential(
        [keras.Input((3,)), keras.layers.Activation(hard_sigmoid_of_keras_2)]
    )
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    x = np.float32([[-3, -1, 2]])
    np.testing.assert_array_equal(again.predict_on_batch(x), model.predict_on_batch(x))
