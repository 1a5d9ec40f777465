import pytest

pytest.importorskip("sklearn_genetic")


def test_the_search_keeps_the_best_candidate(run_section, lists):
    page = run_section("sklearn-genetic-opt")
    search = page["search"]
    assert 1e-3 <= search.best_params_["learning_rate"] <= 0.1
    assert search.best_score_ == max(search.cv_results_["mean_test_score"])
    # It draws from global generators, so that few candidates may all be poor: .33 is chance.
    assert search.score(page["X_test"], page["y_test"]) > 0.5
    search.set_params(generations=1).fit(lists(page["X_train"]), page["y_train"])
    assert search.score(lists(page["X_test"]), page["y_test"]) > 0.5
