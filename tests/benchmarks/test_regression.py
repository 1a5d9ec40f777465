"""The benchmark of regression: errors are of the right part, and it goes on where it stopped."""

import json

import numpy as np
import pytest
from sklearn.dummy import DummyRegressor

from benchmarks import regression


@pytest.fixture
def data_set(tmp_path):
    X, y = np.zeros((12, 3, 2)), np.arange(12.0)
    np.savez(tmp_path / "Made.npz", X_train=X, y_train=y, X_test=X[:2], y_test=[5.5, 9.5])
    return tmp_path


def test_goes_on_where_it_stopped(data_set, monkeypatch, capsys):
    seeds = []

    def make(random_state):
        seeds.append(random_state)
        return DummyRegressor()

    monkeypatch.setattr(regression, "CONTENDERS", {"mean": make})
    path = data_set / "results.json"
    path.write_text(json.dumps({"published": {"rmse": {"Made": {"ROCKET": 2.5}}}}))
    for n_seeds in ("1", "3"):
        regression.main([str(data_set), "--json", str(path), "--seeds", n_seeds])
    assert seeds == [0, 1, 2]
    results = json.loads(path.read_text())
    # The mean is 5.5: errors are 0 and 4.
    assert results["test"]["Made"]["mean"]["rmse"] == {str(seed): 8**0.5 for seed in range(3)}
    printed = capsys.readouterr().out
    assert "mean                     2.828" in printed
    assert "ROCKET                     2.5  (published)" in printed


def test_folds_are_of_the_training_part_only(data_set, monkeypatch):
    monkeypatch.setattr(regression, "CONTENDERS", {"mean": regression.make_mean})
    with np.load(data_set / "Made.npz") as data:
        np.savez(data_set / "Made.npz", **{**data, "y_test": [np.nan, np.nan]})
    path = data_set / "results.json"
    regression.main([str(data_set), "--json", str(path), "--seeds", "1", "--folds"])
    error = json.loads(path.read_text())["folds"]["Made"]["mean"]["rmse"]["0"]
    folds = np.random.RandomState(0).permutation(12).reshape(3, 4)  # as of KFold
    squares = [(fold - np.delete(np.arange(12), fold).mean()) ** 2 for fold in folds]
    assert error == pytest.approx(np.mean(squares) ** 0.5)


def test_contenders_take_padded_sequences():
    X = np.random.default_rng(0).normal(size=(20, 4, 2)).astype(np.float32)
    X[:5, 3:] = np.nan
    y = np.arange(20.0)
    for contender in ("mean", "ridge", "MLPRegressor", "default"):
        result = regression.fit_and_score(contender, 0, X, y, X, y)
        assert 0 <= result["rmse"] < 20


def test_statistics_are_of_the_timesteps_before_padding():
    X = np.array([[[0.0], [3.0], [6.0], [np.nan]]])
    expected = [3, 6**0.5, 0, 1.5, 3, 4.5, 6, 0, 6, 3]  # the last one is the slope
    np.testing.assert_allclose(regression.statistics(X), [expected])
