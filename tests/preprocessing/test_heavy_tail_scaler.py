"""Normal scores for features with heavy tails, and the standard scale for all others."""

from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from sk_attnseq.preprocessing import HeavyTailScaler

RNG = np.random.default_rng(0)
NORMAL = RNG.normal(size=10_000)
PLAIN = {
    "normal": NORMAL,
    "uniform": RNG.random(10_000),
    "exponential": RNG.exponential(size=10_000),
    "Laplace": RNG.laplace(size=10_000),
    "two values": np.arange(10_000) % 2,
    "one in five": np.arange(10_000) % 5 == 0,
    "constant": np.full(10_000, 3.5),
}
HEAVY = {
    "cubes": NORMAL**3,
    "log-normal": np.exp(2 * NORMAL),
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
    X = np.column_stack([*PLAIN.values(), HEAVY["cubes"]]).astype(dtype)
    scaled = HeavyTailScaler().fit_transform(X)
    assert scaled.dtype == dtype
    np.testing.assert_array_equal(scaled[:, :-1], StandardScaler().fit_transform(X)[:, :-1])
    plain = HeavyTailScaler().fit(X[:, :-1])
    assert plain.normalizer_ is None
    np.testing.assert_array_equal(plain.transform(X[:, :-1]), scaled[:, :-1])


def test_heavy_tails_become_normal_scores():
    x = np.array([-1e6, *range(1, 20), 1e9])[:, np.newaxis]
    scaler = HeavyTailScaler().fit(x)
    # 21 values, at the quantiles 1/22, ... 21/22 of the normal distribution.
    expected = list(map(NormalDist().inv_cdf, np.arange(1, 22) / 22))
    np.testing.assert_allclose(scaler.transform(x)[:, 0], expected, rtol=1e-6, atol=1e-9)
    # Beyond all values, and halfway between two.
    np.testing.assert_allclose(
        scaler.transform([[1e12], [-1e12], [2.5]])[:, 0],
        [3, -3, NormalDist().inv_cdf(3.5 / 22)],
        rtol=1e-6,
    )


def test_equal_values_have_the_rank_of_the_middle_one():
    x = np.array([0] * 90 + [2] * 6 + [50] * 4, dtype=float)[:, np.newaxis]
    scaler = HeavyTailScaler().fit(x)
    assert scaler.heavy_tailed_.all()
    middles = np.array([45.5, 93.5, 98.5]) / 101
    expected = list(map(NormalDist().inv_cdf, middles))
    np.testing.assert_allclose(scaler.transform([[0], [2], [50]])[:, 0], expected, rtol=1e-6)
    # One value on the other side of most does not move them far.
    with_another = HeavyTailScaler().fit(np.append(x, [[-1]], axis=0))
    assert with_another.transform([[0]]) == pytest.approx(expected[0], abs=0.03)


def test_missing_values_stay_and_do_not_count():
    X = np.column_stack([NORMAL, HEAVY["cubes"]])
    X[::3] = np.nan
    scaler = HeavyTailScaler().fit(X)
    assert scaler.heavy_tailed_.tolist() == [False, True]
    scaled = scaler.transform(X)
    np.testing.assert_array_equal(np.isnan(scaled), np.isnan(X))
    np.testing.assert_allclose(np.nanstd(scaled, axis=0), 1, atol=0.02)


def test_values_come_back():
    X = np.column_stack([NORMAL, HEAVY["cubes"], HEAVY["log-normal"]])[:500]
    X[3, 1] = np.nan
    scaler = HeavyTailScaler().fit(X)
    scaled = scaler.transform(X)
    np.testing.assert_allclose(scaler.inverse_transform(scaled), X, rtol=1e-6)


def test_shift_and_scale_of_features_do_not_matter():
    X = np.column_stack([NORMAL, HEAVY["cubes"]])
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
