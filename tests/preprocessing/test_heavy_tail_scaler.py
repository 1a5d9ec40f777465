"""Normal scores for features with extremely heavy tails, the standard scale for all others."""

from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtri
from scipy.stats import rankdata
from sklearn import config_context
from sklearn.base import clone
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks
from sklearn.utils.validation import validate_data

from sk_attnseq.preprocessing import HeavyTailScaler

RNG = np.random.default_rng(0)
NORMAL = RNG.normal(size=10_000)
PLAIN = {
    "normal": NORMAL,
    "uniform": RNG.random(10_000),
    "exponential": RNG.exponential(size=10_000),
    "Laplace": RNG.laplace(size=10_000),
    "two values": np.arange(10_000) % 2,
    "one in twenty": np.arange(10_000) % 20 == 0,
    "constant": np.full(10_000, 0.1),
    "cubes": NORMAL**3,
    "spikes": np.where(np.arange(10_000) % 100 < 5, 10 * np.abs(NORMAL), NORMAL),
}
HEAVY = {
    "log-normal": np.exp(3 * NORMAL),
    "Cauchy": RNG.standard_cauchy(10_000),
    "outliers": np.where(np.arange(10_000) % 100 == 0, 1000 * NORMAL, NORMAL),
    "rare": np.where(np.arange(10_000) % 1000 == 0, NORMAL, 0),
}


@parametrize_with_checks([HeavyTailScaler()])
def test_scikit_learn_checks(estimator, check):
    check(estimator)


def test_which_tails_are_heavy():
    X = np.column_stack([*PLAIN.values(), *HEAVY.values()]).astype(np.float64)
    heavy = HeavyTailScaler().fit(X).heavy_tailed_
    found = dict(zip([*PLAIN, *HEAVY], heavy.tolist(), strict=True))
    assert found == {**dict.fromkeys(PLAIN, False), **dict.fromkeys(HEAVY, True)}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_plain_features_have_the_standard_scale_to_the_bit(dtype):
    plain = np.column_stack(list(PLAIN.values())).astype(dtype)
    X = np.column_stack([plain, HEAVY["Cauchy"].astype(dtype)])
    scaled = HeavyTailScaler().fit_transform(X)
    assert scaled.dtype == dtype
    expected = StandardScaler().fit_transform(plain)
    np.testing.assert_array_equal(scaled[:, :-1], expected)
    np.testing.assert_array_equal(HeavyTailScaler().fit_transform(plain), expected)


def test_heavy_tails_become_normal_scores():
    x = np.append(np.arange(99.0), 1e9)[:, np.newaxis]
    scaler = HeavyTailScaler().fit(x)
    # 100 values at the quantiles 1/101, ... 100/101 of the normal distribution.
    expected = list(map(NormalDist().inv_cdf, np.arange(1, 101) / 101))
    np.testing.assert_allclose(scaler.transform(x)[:, 0], expected, rtol=1e-6, atol=1e-9)
    # Halfway between two values, and outside of the training data's range.
    between = (expected[2] + expected[3]) / 2
    np.testing.assert_allclose(
        scaler.transform([[2.5], [-1e12], [1e12]])[:, 0],
        [between, expected[0], expected[-1]],
        rtol=1e-6,
    )


def test_equal_values_share_their_mean_rank():
    x = np.array([0] * 180 + [2] * 18 + [5000] * 2, dtype=float)[:, np.newaxis]
    scaler = HeavyTailScaler().fit(x)
    assert scaler.heavy_tailed_.all()
    mean_ranks = np.array([90.5, 189.5, 199.5])
    expected = list(map(NormalDist().inv_cdf, mean_ranks / 201))
    np.testing.assert_allclose(scaler.transform([[0], [2], [5000]])[:, 0], expected, rtol=1e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("fraction_of_largest", [1e-30, 1e-20, 1])
def test_one_outlier_leaves_all_other_values_different(dtype, fraction_of_largest):
    x = NORMAL[:3000, np.newaxis].astype(dtype)
    n_different = len(np.unique(x))
    for outlier in (1000, -np.finfo(dtype).max * fraction_of_largest):
        x[7] = outlier
        scaled = HeavyTailScaler().fit_transform(x)
        assert len(np.unique(scaled)) == n_different
        np.testing.assert_array_equal(np.argsort(scaled[:, 0]), np.argsort(x[:, 0]))
        assert np.abs(scaled).max() < 4


def test_many_values_have_nearly_the_scores_of_their_ranks():
    x = np.random.default_rng(1).normal(size=100_000)
    x[:2000] *= 1e6
    scores = HeavyTailScaler().fit_transform(x[:, np.newaxis])[:, 0]
    expected = ndtri(rankdata(x) / 100_001)
    np.testing.assert_allclose(scores, expected, atol=0.002)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.int32])
def test_byte_order_does_not_matter(dtype):
    X = np.column_stack([10 * NORMAL, 10 * NORMAL]).astype(dtype)
    X[7, 1] = 30_000
    swapped = X.astype(np.dtype(dtype).newbyteorder(">"))
    scaler = HeavyTailScaler().fit(X)
    assert scaler.heavy_tailed_.tolist() == [False, True]
    expected = scaler.transform(X)
    result = HeavyTailScaler().fit(swapped).transform(swapped)
    assert result.dtype == expected.dtype
    np.testing.assert_array_equal(result, expected)
    assert scaler.inverse_transform(swapped).dtype == expected.dtype


@pytest.mark.parametrize(
    "setting",
    [
        {"transform_output": "pandas"},
        {"transform_output": "polars"},
        {"assume_finite": True},
        {"enable_metadata_routing": True},
        {"skip_parameter_validation": True},
    ],
    ids=str,
)
def test_global_settings_do_not_matter(setting):
    X = np.column_stack([NORMAL, HEAVY["Cauchy"]])
    expected = HeavyTailScaler().fit_transform(X)
    with config_context(**setting):
        scaler = HeavyTailScaler().fit(X)
        transformed = scaler.transform(X)
        original = scaler.inverse_transform(expected)
    np.testing.assert_array_equal(transformed, expected)
    np.testing.assert_allclose(original, X)


def test_missing_values_stay_and_do_not_count():
    X = np.column_stack([NORMAL, HEAVY["log-normal"]])
    X[::3] = np.nan
    scaler = HeavyTailScaler().fit(X)
    assert scaler.heavy_tailed_.tolist() == [False, True]
    scaled = scaler.transform(X)
    np.testing.assert_array_equal(np.isnan(scaled), np.isnan(X))
    np.testing.assert_allclose(np.nanstd(scaled, axis=0), 1, atol=0.02)


def test_values_come_back():
    X = np.column_stack([NORMAL, HEAVY["Cauchy"], HEAVY["log-normal"]])[:500]
    X[3, 1] = np.nan
    scaler = HeavyTailScaler().fit(X)
    scaled = scaler.transform(X)
    np.testing.assert_allclose(scaler.inverse_transform(scaled), X, rtol=1e-6)


def test_shift_and_scale_of_features_do_not_matter():
    X = np.column_stack([NORMAL, HEAVY["log-normal"]])
    scaled = HeavyTailScaler().fit_transform(X)
    np.testing.assert_allclose(HeavyTailScaler().fit_transform(1000 * X + 7), scaled, atol=1e-7)
    for unit in (1e-12, 1e-30, 1e30):
        np.testing.assert_allclose(HeavyTailScaler().fit_transform(unit * X), scaled, rtol=1e-6)


def test_a_fit_that_fails_leaves_it_as_it_was():
    frame = pd.DataFrame({"height": NORMAL, "price": HEAVY["log-normal"]})
    scaler = HeavyTailScaler().fit(frame)
    before = scaler.transform(frame)
    with pytest.raises(ValueError, match="infinity"):
        scaler.fit(pd.DataFrame({"age": [1, np.inf], "size": [2, 3]}))
    np.testing.assert_array_equal(scaler.transform(frame), before)


def test_dataframes_keep_their_names():
    frame = pd.DataFrame({"height": NORMAL, "price": HEAVY["log-normal"]})
    scaler = HeavyTailScaler().set_output(transform="pandas").fit(frame)
    assert list(scaler.transform(frame).columns) == ["height", "price"]
    assert list(scaler.feature_names_in_) == ["height", "price"]
    assert clone(scaler).fit(frame).heavy_tailed_.tolist() == [False, True]


@pytest.mark.parametrize("method", ["transform", "inverse_transform"])
def test_another_thread_that_fits_meanwhile_changes_nothing(method, monkeypatch):
    X = np.column_stack([NORMAL, HEAVY["Cauchy"]])
    scaler = HeavyTailScaler().fit(X)
    expected = getattr(scaler, method)(X)

    def validate_while_another_thread_fits(*args, **options):
        monkeypatch.undo()
        scaler.fit(-X[:, ::-1])
        return validate_data(*args, **options)

    target = "sk_attnseq.preprocessing._heavy_tail_scaler.validate_data"
    monkeypatch.setattr(target, validate_while_another_thread_fits)
    np.testing.assert_array_equal(getattr(scaler, method)(X), expected)
    assert scaler.heavy_tailed_.tolist() == [True, False]
