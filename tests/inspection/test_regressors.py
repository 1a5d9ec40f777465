"""Regressors in all of the inspection: numbers take the place of classes."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import r2_score
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sk_attnseq import AttentionSequenceRegressor
from sk_attnseq.ensemble import AttentionSequenceEnsembleRegressor
from sk_attnseq.inspection import (
    AttentionDisplay,
    AttentionProfileDisplay,
    ImportanceDisplay,
    IntegratedGradientsDisplay,
    SampleAttentionDisplay,
    TrainingHistoryDisplay,
    feature_importance,
    integrated_gradients,
    timestep_importance,
)
from sk_attnseq.preprocessing import TimestepTransformer

pytestmark = pytest.mark.usefixtures("figures")

X = np.random.default_rng(0).normal(size=(60, 5, 2))
Y = 1_000 + 50 * X[:, :, 0].sum(axis=1)


@pytest.fixture(scope="module")
def fitted():
    options = {"epochs": 30, "early_stopping": True, "random_state": 0}
    return AttentionSequenceRegressor(4, **options).fit(X, Y)


@pytest.fixture(scope="module")
def ensemble(fitted):
    return AttentionSequenceEnsembleRegressor(clone(fitted), 2, random_state=0).fit(X, Y)


@pytest.fixture(scope="module")
def of_two_outputs():
    both = np.stack([Y, -1e-3 * Y], axis=1)
    return AttentionSequenceRegressor(4, epochs=5, random_state=0).fit(X, both)


def test_profiles_are_of_the_thirds_of_the_targets(fitted):
    display = AttentionProfileDisplay.from_estimator(fitted, X, Y)
    in_order, attention = np.sort(Y), fitted.attention_weights(X)[np.argsort(Y)]
    for third in range(3):
        rows = slice(20 * third, 20 * third + 20)
        mean = attention[rows].mean(axis=0)
        np.testing.assert_allclose(display.mean_[third, 0], mean)
        low, high = in_order[rows][[0, -1]]
        assert display.classes_[third].endswith(f" third: {low:.4g} to {high:.4g}")
    assert display.ax_.get_legend().get_title().get_text() == "Target"


@pytest.mark.parametrize(("y", "n_thirds"), [([5.0] * 60, 1), ([1.0] * 30 + [2.0] * 30, 2)])
def test_profiles_of_few_different_targets(y, n_thirds):
    display = AttentionProfileDisplay(np.ones((60, 5)), y=y, continuous=True).plot()
    assert len(display.classes_) == n_thirds


def test_rows_are_in_the_order_of_the_targets(fitted):
    display = AttentionDisplay.from_estimator(fitted, X, Y)
    np.testing.assert_array_equal(display.order_, np.argsort(Y, kind="stable"))
    assert display.ax_.get_ylabel() == "Target"
    labels = [label.get_text() for label in display.ax_.get_yticklabels()]
    assert (labels[0], labels[-1]) == (f"{Y.min():.4g}", f"{Y.max():.4g}")
    assert len(labels) == 5


@pytest.mark.parametrize("display", [AttentionDisplay, AttentionProfileDisplay])
def test_targets_that_order_nothing(display, fitted):
    for y in (np.stack([Y, Y], axis=1), ["a"] * 60, np.full(60, np.nan)):
        with pytest.raises(ValueError, match=r"1d array|could not convert|NaN"):
            display.from_estimator(fitted, X, y)


def test_history_and_sample(fitted, ensemble):
    display = TrainingHistoryDisplay.from_estimator(fitted)
    assert display.axes_[1].get_ylabel() == "Validation\nR2"
    sample = SampleAttentionDisplay.from_estimator(ensemble, X, sample=2)
    np.testing.assert_allclose(sample.attention, ensemble.attention_weights(X)[2])


def test_importance_is_of_r2(fitted):
    result = feature_importance(fitted, X, Y, n_repeats=2, random_state=0)
    assert result.importances_mean.argmax() == 0  # the other feature tells nothing
    shown = ImportanceDisplay.from_estimator(fitted, X, Y, kind="feature", n_repeats=2)
    assert len(shown.bars_) == 2
    # With a timestep of all sequences the same, nothing is exchanged.
    constant = X.copy()
    constant[:, 1] = 0
    result = timestep_importance(fitted, constant, Y, n_repeats=1, random_state=0)
    assert result.importances[1, 0] == 0
    exchanged = r2_score(Y, fitted.predict(constant)) - result.importances[0, 0]
    assert -2 < exchanged < 1


@pytest.mark.parametrize("name", ["fitted", "ensemble"])
def test_integrated_gradients_are_in_the_units_of_the_targets(name, request):
    regressor = request.getfixturevalue(name)
    result = integrated_gradients(regressor, X, baseline=[0.1, -0.2])
    np.testing.assert_allclose(result.predictions, regressor.predict(X))
    baseline = np.tile([0.1, -0.2], (60, 5, 1))
    np.testing.assert_allclose(result.baseline_predictions, regressor.predict(baseline))
    difference = result.predictions - result.baseline_predictions
    sums = result.attributions.sum(axis=(1, 2))
    np.testing.assert_allclose(sums, difference, atol=np.abs(difference).max() / 20)
    np.testing.assert_allclose(result.errors, sums - difference, atol=1e-6)
    assert "probabilities" not in result
    shown = IntegratedGradientsDisplay.from_estimator(regressor, X, sample=1, n_steps=5)
    prediction = regressor.predict(X)[1]
    assert shown.ax_.get_title().startswith(f"Prediction: {prediction:.4g} (baseline: ")


def test_one_of_several_outputs(of_two_outputs):
    for target in (0, 1):
        result = integrated_gradients(of_two_outputs, X[:3], target=target)
        expected = of_two_outputs.predict(X[:3])[:, target]
        np.testing.assert_allclose(result.predictions, expected)
        difference = result.predictions - result.baseline_predictions
        atol = np.abs(Y).std() * (1, 1e-3)[target] / 20
        np.testing.assert_allclose(result.attributions.sum(axis=(1, 2)), difference, atol=atol)
    IntegratedGradientsDisplay.from_estimator(of_two_outputs, X, target=1, n_steps=2)


def test_arguments_of_the_other_kind(fitted, of_two_outputs, networks, ragged):
    with pytest.raises(ValueError, match="class_of_interest is 3, but an AttentionSequenceRegr"):
        integrated_gradients(fitted, X, class_of_interest=3)
    with pytest.raises(ValueError, match="has 2 outputs: pass the number of one as target"):
        integrated_gradients(of_two_outputs, X)
    with pytest.raises(ValueError, match="target == 2"):
        integrated_gradients(of_two_outputs, X, target=2)
    with pytest.raises(ValueError, match="target is 0, but is for regressors"):
        integrated_gradients(networks["pooling"], ragged[0], target=0)


def test_what_is_around_a_regressor(fitted):
    expected = AttentionDisplay.from_estimator(fitted, X).attention
    frozen = TransformedTargetRegressor(FrozenEstimator(fitted), func=None).fit(X, Y)
    np.testing.assert_array_equal(AttentionDisplay.from_estimator(frozen, X).attention, expected)
    with pytest.raises(NotFittedError):
        AttentionDisplay.from_estimator(clone(frozen), X)
    scaler = TimestepTransformer(StandardScaler())
    pipeline = make_pipeline(scaler, AttentionSequenceRegressor(4, epochs=1, random_state=0))
    scaled = TransformedTargetRegressor(pipeline, transformer=StandardScaler())
    search = GridSearchCV(scaled, {"regressor__attentionsequenceregressor__units": [3]}, cv=2)
    search.fit(X, Y)
    inner = search.best_estimator_.regressor_
    weights = inner[-1].attention_weights(inner[:-1].transform(X))
    np.testing.assert_array_equal(AttentionDisplay.from_estimator(search, X).attention, weights)


def test_the_table_of_the_network(fitted):
    html = fitted._repr_html_()
    assert "Network: " in html
    assert "1 number" in html
