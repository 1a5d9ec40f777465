import random

import numpy as np
import pytest

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
    search = page["search"]
    assert 1e-3 <= search.best_params_["learning_rate"] <= 0.1
    assert search.best_score_ == max(search.cv_results_["mean_test_score"])
    assert search.score(page["X_test"], page["y_test"]) > 0.8
    search.set_params(generations=1).fit(lists(page["X_train"]), page["y_train"])
    assert search.score(lists(page["X_test"]), page["y_test"]) > 0.7
