import random

import numpy as np
import pytest
from sklearn.base import clone

pytest.importorskip("sklearn_genetic")


@pytest.fixture
def same_candidates():
    """The search draws from the global generators, which are as they were afterwards."""
    states = random.getstate(), np.random.get_state()
    random.seed(0)
    np.random.seed(0)
    yield
    random.setstate(states[0])
    np.random.set_state(states[1])


@pytest.mark.usefixtures("same_candidates")
def test_the_search_keeps_the_best_candidate(run_section, lists):
    page = run_section("sklearn-genetic-opt")
    search, y = page["search"], page["y_train"]
    check_search(search, page["classifier"], page["X_train"], y, page["X_test"])
    search.set_params(generations=1).fit(lists(page["X_train"]), y)
    check_search(search, page["classifier"], lists(page["X_train"]), y, lists(page["X_test"]))


def check_search(search, classifier, X, y, X_test):
    """It predicts as a classifier that is fitted with the parameters that scored best."""
    assert 1e-3 <= search.best_params_["learning_rate"] <= 0.1
    assert search.best_score_ == max(search.cv_results_["mean_test_score"])
    best = clone(classifier).set_params(**search.best_params_).fit(X, y)
    np.testing.assert_array_equal(search.predict_proba(X_test), best.predict_proba(X_test))
