"""scikit-learn's own suite, for each of the networks and for an ensemble, which shares programs."""

import pytest
from sklearn.utils.estimator_checks import estimator_checks_generator, parametrize_with_checks

from sk_attnseq import AttentionSequenceClassifier
from sk_attnseq.ensemble import AttentionSequenceEnsemble
from sk_attnseq.recordings import RecordingClassifier

EXPECTED_FAILURES = {
    "check_sample_weight_equivalence_on_dense_data": (
        "repeated samples make other minibatches than weighted ones"
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
# With all samples in one batch and the precision that the check compares in, it holds.
# Rounding errors grow tenfold in five epochs or so, hence no more epochs than these.
FULL_BATCH = [
    AttentionSequenceClassifier(attention=a, batch_size=10_000, dtype="float64", epochs=20)
    for a in ("pooling", "multihead", None)
]


@parametrize_with_checks(
    [*NETWORKS, ENSEMBLE, RECORDINGS], expected_failed_checks=lambda _: EXPECTED_FAILURES
)
def test_minibatches(estimator, check):
    check(estimator)


@pytest.mark.parametrize(
    ("estimator", "check"),
    [
        pytest.param(estimator, check, id=f"{estimator}-{check.func.__name__}")
        for original in [*FULL_BATCH, AttentionSequenceEnsemble(FULL_BATCH[0], 2)]
        for estimator, check in estimator_checks_generator(original)
        if "sample_weight" in check.func.__name__
    ],
)
def test_full_batch(estimator, check):
    check(estimator)
