import numpy as np
import pytest
from sklearn.base import clone

crepes = pytest.importorskip("crepes")


def coverage(p_values, y, confidence):
    """The part of the sets that hold the true class, and the classes in a set."""
    sets = p_values >= 1 - confidence
    return sets[np.arange(len(y)), y].mean(), sets.sum(axis=1).mean()


@pytest.mark.parametrize("form", ["arrays", "lists"])
def test_sets_cover_what_they_promise(form, run_section, lists):
    page = run_section("crepes")
    y_test = page["y_test"]
    if form == "arrays":
        p_values = page["p_values"]
    else:
        X, y = lists(page["X_train"]), page["y_train"]
        conformal = crepes.WrapClassifier(clone(page["classifier"]).fit(X[:100], y[:100]))
        conformal.calibrate(X[100:], y[100:], seed=0)
        p_values = conformal.predict_p(lists(page["X_test"]), seed=0)
    for confidence in (0.8, 0.9):
        covered, size = coverage(p_values, y_test, confidence)
        # With 200 samples to calibrate and 300 to test on, a standard deviation is 0.036 at most.
        assert abs(covered - confidence) < 0.1
        assert 0.5 < size < 2.5
