"""scikit-learn's own suite, for each of the networks and for an ensemble, which shares programs."""

import pytest
from sklearn.utils.estimator_checks import estimator_checks_generator

from sk_attnseq import AttentionSequenceClassifier, AttentionSequenceRegressor
from sk_attnseq.ensemble import AttentionSequenceEnsemble, AttentionSequenceEnsembleRegressor
from sk_attnseq.recordings import RecordingClassifier

# Not strict: on some processors, and for some initial weights, the two fits round to predictions
# that are near enough.
MAY_FAIL = {
    "check_sample_weight_equivalence_on_dense_data": pytest.mark.xfail(
        reason="repeated samples make other minibatches than weighted ones",
        raises=AssertionError,
        strict=False,
    )
}
# A quarter of the default epochs, which is enough to learn what the checks have to learn.
NETWORKS = [
    AttentionSequenceClassifier(attention=a, epochs=25) for a in ("pooling", "multihead", None)
]
ENSEMBLE = AttentionSequenceEnsemble(NETWORKS[0], 2)
# Windows of two columns fit the narrowest tables of the checks. The checks only set a random_state
# that the estimator itself has, so the classifier inside needs its own.
RECORDINGS = RecordingClassifier(AttentionSequenceClassifier(epochs=25, random_state=0), 2, 1)
# scikit-learn checks the score of regressors on 200 samples with noise: these learn them in 40
# epochs as well as the default in 100.
REGRESSOR = AttentionSequenceRegressor(epochs=40, learning_rate=0.05)
REGRESSORS = [REGRESSOR, AttentionSequenceEnsembleRegressor(REGRESSOR, 2)]
MINIBATCHES = [*NETWORKS, *REGRESSORS, ENSEMBLE, RECORDINGS]
# With all samples in one batch and the precision that the check compares in, it holds.
# Rounding errors grow tenfold in five epochs or so, hence no more epochs than these.
FULL_BATCH = [
    AttentionSequenceClassifier(attention=a, batch_size=10_000, dtype="float64", epochs=20)
    for a in ("pooling", "multihead", None)
]
FULL_BATCH += [
    AttentionSequenceRegressor(batch_size=10_000, dtype="float64", epochs=20),
    AttentionSequenceEnsemble(FULL_BATCH[0], 2),
]


def checks_of(estimators, *, about="", marks=None):
    """The checks whose names have this part, for each of the estimators, with their marks."""
    return [
        pytest.param(
            estimator,
            check,
            id=f"{estimator}-{check.func.__name__}",
            marks=(marks or {}).get(check.func.__name__, ()),
        )
        for original in estimators
        for estimator, check in estimator_checks_generator(original)
        if about in check.func.__name__
    ]


@pytest.mark.parametrize(("estimator", "check"), checks_of(MINIBATCHES, marks=MAY_FAIL))
def test_minibatches(estimator, check):
    check(estimator)


@pytest.mark.parametrize(
    ("estimator", "check"),
    checks_of(FULL_BATCH, about="sample_weight"),
)
def test_full_batch(estimator, check):
    check(estimator)
