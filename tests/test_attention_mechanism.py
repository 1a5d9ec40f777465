import keras
import numpy as np
import pytest

from sk_attnseq import attention_mechanism_for_sequences


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 10, size=192)  # six batches of 32: Keras compiles for another size anew
    X = rng.normal(size=(192, 10, 5))
    X[:, 4, :] += np.array([[np.cos(k), np.sin(k), k % 2, k / 5, -k / 5] for k in range(10)])[y] * 3
    return X, y


@pytest.mark.parametrize("attention", ["pooling", "multihead", None])
def test_returns_a_trained_model(attention, data):
    X, y = data
    model = attention_mechanism_for_sequences(X, y, 30, attention=attention, random_state=0)
    assert isinstance(model, keras.Model)
    probabilities = model.predict(X, verbose=0)
    assert probabilities.shape == (192, 10)
    loss, accuracy = model.evaluate(X, y, verbose=0)
    assert accuracy > 0.8
    history = model.fit(X, y, epochs=2, verbose=0).history["loss"]
    assert history[-1] < 2 * loss + 0.1


def test_default_network_has_5595_parameters(data):
    assert attention_mechanism_for_sequences(*data, 1).count_params() == 5_595


def test_nested_lists_of_another_shape_and_few_labels():
    model = attention_mechanism_for_sequences([[[1.0], [2.0]], [[3.0], [4.0]]], [3, 3], 1)
    assert model.predict(np.ones((1, 2, 1)), verbose=0).shape == (1, 10)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"sequences": np.ones((4, 10))}, "sequences must be 3-D"),
        ({"sequences": [[[1.0], [2.0]], [[3.0]]]}, "sequences must be 3-D"),
        ({"sequences": np.full((4, 10, 5), np.nan)}, "sequences must hold finite numbers"),
        ({"sequences": np.full((4, 10, 5), np.inf)}, "sequences must hold finite numbers"),
        ({"sequences": np.full((4, 10, 5), "a")}, "sequences must hold finite numbers"),
        ({"sequences": np.empty((0, 10, 5)), "labels": []}, "sequences must hold"),
        ({"labels": [0, 1]}, "one label for each of the 4 sequences"),
        ({"labels": [0.0, 1.0, 2.0, 3.0]}, "labels must be integers"),
        ({"labels": ["a", "b", "c", "d"]}, "labels must be integers"),
        ({"labels": [0, 1, 2, 10]}, r"labels must be in \[0, 10\), got 0 to 10"),
        ({"labels": [0, 1, 2, -1]}, r"labels must be in \[0, 10\)"),
        ({"epochs": 0}, "epochs must be from 1 to 1000, got 0"),
        ({"epochs": 1001}, "epochs must be from 1 to 1000"),
        ({"epochs": 2.5}, "epochs must be an integer"),
        ({"epochs": True}, "epochs must be an integer"),
        ({"attention": "additive"}, "attention must be 'pooling', 'multihead' or None"),
    ],
)
def test_violated_constraints(changed, message):
    arguments = {"sequences": np.ones((4, 10, 5)), "labels": [0, 1, 2, 3], "epochs": 1, **changed}
    with pytest.raises(ValueError, match=message):
        attention_mechanism_for_sequences(**arguments)
