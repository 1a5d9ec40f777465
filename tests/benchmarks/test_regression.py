"""The benchmark of regression: errors are of the test part, and it goes on where it stopped."""

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
    for n_seeds in ("1", "3"):
        regression.main([str(data_set), "--json", str(path), "--seeds", n_seeds])
    assert seeds == [0, 1, 2]
    results = json.loads(path.read_text())
    # The mean is 5.5: errors are 0 and 4.
    assert results["Made"]["mean"]["rmse"] == {str(seed): 8**0.5 for seed in range(3)}
    assert "mean            2.8284" in capsys.readouterr().out


def test_contenders_take_padded_sequences():
    X = np.random.default_rng(0).normal(size=(20, 4, 2)).astype(np.float32)
    X[:5, 3:] = np.nan
    y = np.arange(20.0)
    for contender in ("mean", "MLPRegressor", "default"):
        result = regression.fit_and_score(contender, 0, X, y, X, y)
        assert 0 <= result["rmse"] < 20
