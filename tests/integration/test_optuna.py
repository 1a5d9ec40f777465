import numpy as np
import pytest
from sklearn.base import clone

optuna = pytest.importorskip("optuna")
pytest.importorskip("optuna_integration")


@pytest.fixture(autouse=True)
def quiet():
    verbosity = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    yield
    optuna.logging.set_verbosity(verbosity)


def test_a_callback_prunes_trials(run_section):
    pytest.importorskip("sklearn.callback", reason="scikit-learn >= 1.9")
    page = run_section("Optuna")
    states = [trial.state for trial in page["study"].trials]
    assert optuna.trial.TrialState.PRUNED in states
    complete = [t for t in page["study"].trials if t.state == optuna.trial.TrialState.COMPLETE]
    assert [len(trial.intermediate_values) for trial in complete] == [10] * len(complete)

    # The winner learned from all the training data, for its best number of epochs.
    best, chosen = page["study"].best_trial, page["chosen"]
    scores = best.intermediate_values
    assert best.value == max(scores.values())
    assert chosen.n_iter_ == chosen.epochs == max(scores, key=scores.get)
    assert chosen.score(page["X_test"], page["y_test"]) > 0.8


def test_the_search_prunes_by_partial_fit(run_section):
    page = run_section("OptunaSearchCV")
    search, X, y = page["search"], page["X_train"], page["y_train"]
    states = [trial.state for trial in search.study_.trials]
    assert {optuna.trial.TrialState.PRUNED, optuna.trial.TrialState.COMPLETE} == set(states)
    assert search.score(page["X_test"], page["y_test"]) > 0.8

    # The refit is what as many epochs by `partial_fit` on all the data give.
    expected = clone(page["classifier"]).set_params(**search.best_params_)
    for _ in range(10):
        expected.partial_fit(X, y, classes=[0, 1, 2])
    assert search.best_estimator_.n_iter_ == 10
    np.testing.assert_array_equal(search.predict_proba(X), expected.predict_proba(X))


def test_the_search_takes_lists(run_section, lists):
    page = run_section("OptunaSearchCV")
    search = clone(page["search"]).set_params(n_trials=2, cv=2, max_iter=2)
    search.fit(lists(page["X_train"]), page["y_train"])
    assert search.predict(lists(page["X_test"])).shape == (300,)
