"""Each sequence standardized by itself, held against NumPy and scikit-learn's StandardScaler."""

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sk_attnseq import AttentionSequenceClassifier
from sk_attnseq.preprocessing import SequenceScaler
from tests.networks import fit_with_random_weights
from tests.preprocessing.test_base import with_gaps

NAN = np.nan


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_each_sequence_has_the_standard_scale(dtype, ragged):
    samples = [(100 + 1e-3 * x).astype(dtype) for x in with_gaps(ragged[0])]
    for sample, scaled in zip(samples, SequenceScaler().fit_transform(samples), strict=True):
        assert scaled.dtype == dtype
        # In double precision: StandardScaler's own results are less exact in single.
        expected = StandardScaler().fit_transform(sample.astype(np.float64))
        np.testing.assert_allclose(scaled, expected, atol=1e-6)


def test_by_hand():
    X = np.array([[[1.0, 5.0], [3.0, NAN], [NAN, 9.0]], [[10.0, 2.0], [NAN, NAN], [NAN, NAN]]])
    expected = [[[-1, -1], [1, NAN], [NAN, 1]], [[0, 0], [NAN, NAN], [NAN, NAN]]]
    np.testing.assert_array_equal(SequenceScaler().fit_transform(X), expected)


@pytest.mark.parametrize("value", [0.0, 0.1, -1 / 3, 1e6 + 0.1, 1e-30, 3e30])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_constants_become_zero(dtype, value):
    X = np.full((2, 1000, 2), value, dtype)
    X[0, :, 1] = np.arange(1000)
    X[1, 3:900, 0] = NAN
    scaled = SequenceScaler().fit_transform(X)
    observed = ~np.isnan(X)
    np.testing.assert_array_equal(np.isnan(scaled), ~observed)
    assert (scaled[:, :, 0][observed[:, :, 0]] == 0).all()
    assert (scaled[1, :, 1] == 0).all()
    np.testing.assert_allclose(scaled[0, :, 1].std(), 1, rtol=1e-5)


def test_nothing_is_learned_but_the_form(ragged):
    fitted = SequenceScaler().fit(ragged[0][:1])
    for x, expected in zip(
        fitted.transform(ragged[0]), SequenceScaler().fit_transform(ragged[0]), strict=True
    ):
        np.testing.assert_array_equal(x, expected)


def test_before_the_classifier(ragged):
    samples, y = ragged
    samples = [np.vstack([sample, sample[-1:] + 1]) for sample in samples]
    pipeline = make_pipeline(SequenceScaler(), AttentionSequenceClassifier(4, epochs=1))
    fit_with_random_weights(pipeline, samples, y)
    far = [1000 + 50 * sample for sample in samples]  # the same, but for level and size
    np.testing.assert_allclose(
        pipeline.predict_proba(far), pipeline.predict_proba(samples), atol=1e-3
    )
