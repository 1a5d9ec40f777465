"""The configuration for accuracy: a pipeline that composes, with few and with many timesteps."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.ensemble import VotingClassifier
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

from sk_attnseq.datasets import load_digit_sequences, make_sequence_classification
from sk_attnseq.ensemble import AttentionSequenceEnsembleRegressor
from sk_attnseq.presets import make_accurate_classifier, make_accurate_regressor

X, Y = make_sequence_classification(90, 7, n_classes=3, class_sep=4.0, random_state=0)


def make_quick(**parameters):
    pipeline = make_accurate_classifier(units=8, **parameters)
    return pipeline.set_params(attentionsequenceclassifier__epochs=4)


@pytest.fixture(scope="module")
def fitted():
    return make_quick(random_state=0).fit(X, Y)


def test_it_is_not_fitted():
    with pytest.raises(NotFittedError):
        check_is_fitted(make_accurate_classifier())


def test_arguments_reach_the_steps():
    pipeline = make_accurate_classifier(n_timesteps=7, device="gpu", random_state=3, verbose=1)
    scaler, classifier = pipeline.named_steps.values()
    assert scaler.n_timesteps == classifier.n_timesteps == 7
    assert classifier.device == "gpu"
    assert classifier.random_state == 3
    assert classifier.verbose == 1


@pytest.mark.parametrize("make", [make_accurate_classifier, make_accurate_regressor])
def test_units_are_the_width_of_all_layers(make):
    for units, network in ((64, make()[-1]), (8, make(units=8, n_estimators=2)[-1].estimator)):
        assert network.units == network.hidden_units == units
        assert network.conv_filters == (units, units, units, units)


def test_the_scale_of_features_does_not_matter(fitted):
    scaled = clone(fitted).fit(1000 * X + 5000, Y)
    np.testing.assert_allclose(
        scaled.predict_proba(1000 * X + 5000), fitted.predict_proba(X), atol=0.01
    )


def test_columns_are_as_good_as_three_dimensions(fitted):
    columns = make_quick(n_timesteps=7, random_state=0).fit(X.reshape(90, -1), Y)
    np.testing.assert_array_equal(columns.predict_proba(X.reshape(90, -1)), fitted.predict_proba(X))


def test_heavy_tails_do_not_disturb_it():
    rng = np.random.default_rng(0)
    X, y = load_digit_sequences(return_X_y=True)
    X = X / 16
    wild = np.sinh(6 * (X - 0.5))
    wild[rng.random(wild.shape) < 1 / 500] *= 1000
    scores = []
    for data in (X, wild):
        pipeline = make_accurate_classifier(epochs=4, random_state=0).fit(data[:1000], y[:1000])
        scores.append(pipeline.score(data[1000:], y[1000:]))
    assert scores[0] > 0.9
    assert scores[1] > scores[0] - 0.03


def test_differences_come_before_the_scaler():
    pipeline = make_quick(n_timesteps=7, differences=True, random_state=0)
    differences, scaler, classifier = pipeline.named_steps.values()
    assert differences.n_timesteps == scaler.n_timesteps == classifier.n_timesteps == 7
    appended = np.diff(X, axis=1, prepend=X[:, :1])
    expected = make_quick(random_state=0).fit(np.concatenate([X, appended], axis=2), Y)
    probabilities = expected.predict_proba(np.concatenate([X, appended], axis=2))
    of_columns = pipeline.fit(X.reshape(90, -1), Y).predict_proba(X.reshape(90, -1))
    np.testing.assert_allclose(of_columns, probabilities, atol=1e-5)


def test_true_is_no_number_of_networks():
    with pytest.raises(TypeError, match="n_estimators == True"):
        make_accurate_classifier(n_estimators=True).fit(X, Y)


def test_it_learns(fitted):
    X, y = make_sequence_classification(240, 7, n_classes=3, class_sep=8.0, random_state=0)
    longer = clone(fitted).set_params(attentionsequenceclassifier__epochs=60)
    assert longer.fit(X[:160], y[:160]).score(X[160:], y[160:]) > 0.7  # chance is a third


def test_soft_vote_is_the_mean_of_probabilities():
    members = [(f"seed {seed}", make_quick(random_state=seed)) for seed in range(2)]
    ensemble = VotingClassifier(members, voting="soft").fit(X, Y)
    mean = np.mean([member.predict_proba(X) for member in ensemble.estimators_], axis=0)
    np.testing.assert_allclose(ensemble.predict_proba(X), mean)
    assert not np.array_equal(*(member.predict_proba(X) for member in ensemble.estimators_))


def test_long_series_reach_the_lstm_shortened():
    pipeline = make_quick(random_state=0).set_params(attentionsequenceclassifier__epochs=1)
    long = np.random.default_rng(0).normal(size=(20, 310, 2))
    classifier = pipeline.fit(long, np.arange(20) % 2)[-1]
    assert classifier._architecture.pool_size == 4  # 78 of at most 100
    assert classifier.attention_weights(long).shape == (20, 310)


def test_the_regressor_has_the_recipe_of_the_classifier():
    options = {"n_timesteps": 7, "differences": True, "random_state": 3, "epochs": 5}
    ours, theirs = (
        {name: step.get_params() for name, step in make(**options).steps}
        for make in (make_accurate_regressor, make_accurate_classifier)
    )
    regressor, classifier = (
        of.pop(f"attentionsequence{kind}")
        for of, kind in ((ours, "regressor"), (theirs, "classifier"))
    )
    assert list(ours) == list(theirs) == ["differencefeatures", "timesteptransformer"]
    common = regressor.keys() & classifier.keys()
    assert {name: regressor[name] for name in common} == {n: classifier[n] for n in common}
    ensemble = make_accurate_regressor(n_estimators=2, n_timesteps=7)[-1]
    assert isinstance(ensemble, AttentionSequenceEnsembleRegressor)
    assert (
        ensemble.estimator.get_params() == make_accurate_regressor(n_timesteps=7)[-1].get_params()
    )


def test_the_regressor_learns():
    y = 1_000 + 50 * X.mean(axis=(1, 2))
    pipeline = make_accurate_regressor(random_state=0).set_params(
        attentionsequenceregressor__epochs=40,
        attentionsequenceregressor__units=8,
        attentionsequenceregressor__conv_filters=(8, 8, 8, 8),
    )
    assert pipeline.fit(X, y).score(X, y) > 0.4
