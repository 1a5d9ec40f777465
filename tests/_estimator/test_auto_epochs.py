"""How many epochs a fit has with `epochs="auto"`."""

import numpy as np
import pytest

from sk_attnseq import AttentionSequenceClassifier, AttentionSequenceRegressor
from sk_attnseq._estimator.auto_epochs import count_epochs
from sk_attnseq.datasets import make_sequence_classification
from tests.data import make_data


def samples(n_samples, n_classes=2):
    return make_data(np.zeros((n_samples, 1, 1)), np.arange(n_samples) % n_classes)


@pytest.mark.parametrize(
    ("n_batches", "epochs"),
    # 120 for ten, and twice as many for an eighth of the batches.
    [(10, 120), (80, 60), (1.25, 205), (1, 259), (100, 56), (100_000, 6)],
)
def test_the_cube_root_of_the_batches(n_batches, epochs):
    classifier = AttentionSequenceClassifier(batch_size=16, epochs="auto")
    assert count_epochs(classifier, samples(int(16 * n_batches))) == epochs


@pytest.mark.parametrize(
    ("n_classes", "epochs"), [(2, 120), (15, 120), (30, 240), (37, 296), (500, 360)]
)
def test_many_classes_take_more(n_classes, epochs):
    classifier = AttentionSequenceClassifier(batch_size=160, epochs="auto")
    assert count_epochs(classifier, samples(1_600, n_classes)) == epochs


def test_a_fit_counts_classes_and_not_numbers():
    X, y = np.zeros((60, 3, 2)), np.arange(60) % 30
    options = {"epochs": "auto", "batch_size": 2, "units": 2}
    classifier = AttentionSequenceClassifier(**options).fit(X, y)
    assert classifier.n_iter_ == 166  # of 30 batches, twice
    regressor = AttentionSequenceRegressor(**options).fit(X, y)
    assert regressor.n_iter_ == 83


def test_an_integer_is_what_it_says():
    assert count_epochs(AttentionSequenceClassifier(epochs=np.int32(7)), samples(1_000)) == 7


def test_a_fit_has_so_many(capsys):
    X, y = make_sequence_classification(60, 3, 2, random_state=0)
    classifier = AttentionSequenceClassifier(
        2, epochs="auto", batch_size=1, verbose=1, learning_rate_schedule="one_cycle"
    )
    # Samples of weight 0 do not count.
    classifier.fit(X, y, sample_weight=np.arange(60) % 2)
    assert classifier.n_iter_ == len(classifier.loss_curve_) == 83  # of 30 batches
    assert capsys.readouterr().out.splitlines()[-1].startswith("Epoch 83/83, ")


def test_what_early_stopping_sets_aside_is_not_counted():
    X, y = make_sequence_classification(60, 3, 2, random_state=0)
    options = {"epochs": "auto", "batch_size": 1, "early_stopping": True, "n_iter_no_change": 99}
    classifier = AttentionSequenceClassifier(2, validation_fraction=0.5, **options).fit(X, y)
    assert classifier.n_iter_ == 83  # of 30 batches, as if the others had come as X_val
