"""Both kinds of estimator, for the promises that both keep."""

from sk_attnseq import AttentionSequenceClassifier, AttentionSequenceRegressor
from sk_attnseq.datasets import make_sequence_classification

X, CLASSES = make_sequence_classification(90, 7, n_classes=3, random_state=0)
NUMBERS = 1_000 + 50 * X[:, :, 0].mean(axis=1)
# Each with targets of X.
KINDS = {
    "classifier": (AttentionSequenceClassifier, CLASSES),
    "regressor": (AttentionSequenceRegressor, NUMBERS),
}


def predictions(estimator, X):
    """Numbers that tell whether two estimators learned the same: probabilities, or predictions."""
    return getattr(estimator, "predict_proba", estimator.predict)(X)


def targets(kind, X, labels):
    """What an estimator, or its type, learns: labels, or numbers for the same sequences."""
    return labels if hasattr(kind, "predict_proba") else 1_000 + 50 * X.mean(axis=(1, 2))
