import pytest
from sklearn.metrics import f1_score, make_scorer

from sk_attnseq._data.score_label import label_of_score


def own_score(estimator, X, y):
    return 1.0


@pytest.mark.parametrize(
    ("scoring", "name"),
    [
        (None, "accuracy"),
        ("loss", "negative loss"),
        ("neg_log_loss", "negative log loss"),
        ("f1_macro", "f1 macro"),
        (own_score, "own score"),
        (lambda *_: 1.0, "score"),
        (make_scorer(f1_score), "score"),
    ],
)
def test_names(scoring, name):
    assert label_of_score(scoring) == name
