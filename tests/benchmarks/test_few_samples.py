"""The benchmark of few samples: its cuts, its means, and that it goes on where it stopped."""

import json

import numpy as np
import pytest

from benchmarks import accuracy_contenders, few_samples
from benchmarks.accuracy_contenders import Contender


class Fixed:
    """A classifier that always says the first class; it counts its fits."""

    n_fits = 0

    def __init__(self, random_state):
        pass

    def fit(self, X, y):
        Fixed.n_fits += 1
        self.classes_ = np.unique(y)

    def predict_proba(self, X):
        return np.eye(len(self.classes_))[np.zeros(len(X), dtype=int)]


def test_a_cut_has_so_many_of_each_class_and_judges_by_others():
    X = np.arange(30.0).reshape(30, 1, 1)
    y = np.repeat(["a", "b", "c"], 10)
    X_train, y_train, X_judge, y_judge = few_samples.cut(X, y, 4, 0)
    assert [*np.unique(y_train, return_counts=True)[1]] == [4, 4, 4]
    assert [*np.unique(y_judge, return_counts=True)[1]] == [6, 6, 6]
    np.testing.assert_array_equal(np.sort(np.append(X_train, X_judge)), X.ravel())
    again, *_ = few_samples.cut(X, y, 4, 0)
    other, *_ = few_samples.cut(X, y, 4, 1)
    np.testing.assert_array_equal(again, X_train)
    assert (other != X_train).any()
    assert few_samples.cut(X, y, 8, 0) is not None
    assert few_samples.cut(X, y, 9, 0) is None


def test_goes_on_where_it_stopped(tmp_path, monkeypatch, capsys):
    X, y = np.zeros((24, 3, 2)), np.repeat([0, 1], 12)
    # The test part is not read: NumPy would raise an error.
    unreadable = np.array([{}], dtype=object)
    np.savez(tmp_path / "Shapes.npz", X_train=X, y_train=y, X_test=unreadable, y_test=unreadable)
    for module in (few_samples, accuracy_contenders):
        monkeypatch.setattr(module, "CONTENDERS", {"default": Contender("Fixed", Fixed)})
    monkeypatch.setattr(Fixed, "n_fits", 0)
    path = tmp_path / "results.json"
    arguments = [str(tmp_path), "--json", str(path), "--samples", "4", "8", "16"]
    few_samples.main([*arguments, "--cuts", "2"])
    assert Fixed.n_fits == 4  # there are too few samples for 16 of each class
    few_samples.main([*arguments, "--cuts", "3"])
    assert Fixed.n_fits == 6
    results = json.loads(path.read_text())
    assert list(results) == ["4", "8"]
    assert few_samples.means(results["8"]) == {"Shapes": {"default": pytest.approx(0.5)}}
    assert "8 samples of each class" in capsys.readouterr().out
    few_samples.draw(results, tmp_path / "few.svg")
    assert (tmp_path / "few.svg").stat().st_size > 1000
