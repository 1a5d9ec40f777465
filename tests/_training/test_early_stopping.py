import numpy as np
import pytest

from sk_attnseq._training.early_stopping import EarlyStopping


def epochs_until_stop(scores, **options):
    stopping = EarlyStopping(**options)
    for epoch, score in enumerate(scores, start=1):
        if stopping.update(score, np.array([epoch])):
            return epoch, stopping
    return None, stopping


def test_stops_when_patience_is_over_and_keeps_the_best():
    stopped, stopping = epochs_until_stop(
        [0.5, 0.7, 0.6, 0.65, 0.71, 0.71], tol=0, n_iter_no_change=2
    )
    assert stopped is None
    stopped, stopping = epochs_until_stop(
        [0.5, 0.7, 0.6, 0.65, 0.69, 0.9], tol=0, n_iter_no_change=2
    )
    assert stopped == 5
    assert stopping.best_score == 0.7
    assert stopping.best_state == [2]


@pytest.mark.parametrize("tol", [0, 1e-4])
def test_a_plateau_is_no_improvement(tol):
    stopped, stopping = epochs_until_stop([0.5] + 9 * [1.0], tol=tol, n_iter_no_change=3)
    assert stopped == 6
    assert stopping.best_state == [6]  # the last of equally good ones


def test_the_state_that_training_goes_on_from_is_the_one_to_beat():
    stopping = EarlyStopping(tol=0, n_iter_no_change=1)
    stopping.start_from(0.8, "start")
    assert [stopping.update(score, score) for score in (0.7, 0.6)] == [False, True]
    assert (stopping.best_score, stopping.best_state) == (0.8, "start")


def test_small_improvements_do_not_count_but_are_kept():
    stopped, stopping = epochs_until_stop([0.5, 0.501, 0.502, 0.503], tol=0.01, n_iter_no_change=2)
    assert stopped == 4
    assert stopping.best_state == [4]


def test_is_what_mlp_classifier_does():
    from sklearn.datasets import load_iris
    from sklearn.neural_network import MLPClassifier

    X, y = load_iris(return_X_y=True)
    options = {"tol": 0.02, "n_iter_no_change": 4}
    mlp = MLPClassifier((8,), early_stopping=True, random_state=0, max_iter=300, **options)
    mlp.fit(X, y)
    stopped, stopping = epochs_until_stop(mlp.validation_scores_, **options)
    assert stopped == mlp.n_iter_
    assert stopping.best_score == mlp.best_validation_score_
