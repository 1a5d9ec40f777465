import pytest
from sklearn.base import clone

evaluate = pytest.importorskip("mlxtend.evaluate")


def test_a_network_without_training_is_worse(run_section, lists):
    page = run_section("mlxtend")
    assert 0 <= page["p"] <= 1
    untrained = clone(page["classifier"]).set_params(epochs=1, learning_rate=1e-7)
    for X in (page["X_train"], lists(page["X_train"])):
        t, p = evaluate.paired_ttest_5x2cv(
            page["classifier"], untrained, X, page["y_train"], random_seed=0
        )
        assert t > 0
        assert p < 0.05
