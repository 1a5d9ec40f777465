import pytest

pytest.importorskip("sklearn_genetic")


def test_the_search_finds_a_good_candidate(run_section, lists):
    page = run_section("sklearn-genetic-opt")
    search = page["search"]
    assert 1e-3 <= search.best_params_["learning_rate"] <= 0.1
    assert search.score(page["X_test"], page["y_test"]) > 0.8
    search.set_params(generations=1).fit(lists(page["X_train"]), page["y_train"])
    assert search.score(lists(page["X_test"]), page["y_test"]) > 0.7
