"""The regressor: what differs from the classifier, and that nothing else does."""

import inspect
import pickle

import keras
import numpy as np
import pytest
from sklearn.base import clone, is_regressor
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import make_regression
from sklearn.ensemble import BaggingRegressor, StackingRegressor, VotingRegressor
from sklearn.metrics import mean_absolute_error, mean_pinball_loss, r2_score
from sklearn.model_selection import GridSearchCV
from sklearn.multioutput import MultiOutputRegressor, RegressorChain
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import QuantileTransformer, StandardScaler

from sk_attnseq import AttentionSequenceClassifier, AttentionSequenceRegressor
from tests.data import pad_with_nan

RNG = np.random.default_rng(0)
X = RNG.normal(size=(240, 6, 2))
SIGNAL = X[:, :, 0].sum(axis=1) / 2
TRAIN, TEST = slice(160), slice(160, 240)


def make_regressor(**parameters):
    return AttentionSequenceRegressor(**{"units": 8, "epochs": 3, "random_state": 0, **parameters})


def fit(y=SIGNAL, **parameters):
    return make_regressor(**parameters).fit(X[TRAIN], y[TRAIN])


def fraction_below(prediction, y):
    return np.mean(y <= prediction)


# -- parameters ----------------------------------------------------------------------------


def test_parameters_are_those_of_the_classifier_in_the_same_order():
    ours, theirs = (
        {name: p.default for name, p in inspect.signature(estimator).parameters.items()}
        for estimator in (AttentionSequenceRegressor, AttentionSequenceClassifier)
    )
    assert ours.keys() - theirs.keys() == {"loss", "quantile"}
    assert theirs.keys() - ours.keys() == {"label_smoothing", "cutmix", "class_weight"}
    common = [(name, ours[name]) for name in ours if name in theirs]
    assert common == [(name, theirs[name]) for name in theirs if name in ours]
    assert is_regressor(make_regressor())


@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        ({"loss": "mse"}, ValueError, "loss == 'mse', must be one of"),
        ({"loss": "quantile"}, ValueError, "quantile == None, must be a number"),
        ({"loss": "quantile", "quantile": 1.5}, ValueError, r"quantile == 1\.5"),
        ({"quantile": "median"}, TypeError, "quantile"),
    ],
)
def test_wrong_parameters(parameters, error, message):
    with pytest.raises(error, match=message):
        fit(**parameters)


# -- what it learns ------------------------------------------------------------------------


def test_learns():
    regressor = fit(1_000 + 50 * SIGNAL, epochs=60)
    assert regressor.score(X[TEST], 1_000 + 50 * SIGNAL[TEST]) > 0.7


def test_learns_what_scikit_learn_checks_without_the_penalty_of_that_check():
    columns, y = make_regression(200, 10, n_informative=1, bias=5.0, noise=20, random_state=42)
    columns = StandardScaler().fit_transform(columns)
    assert AttentionSequenceRegressor(random_state=0).fit(columns, y).score(columns, y) > 0.5


@pytest.mark.parametrize(("offset", "size"), [(5_000, 1_000), (0, 1e-6), (-1e200, 1e200)])
def test_the_units_of_the_targets_do_not_matter(offset, size):
    expected = fit().predict(X[TEST])
    regressor = fit(offset + size * SIGNAL)
    predicted = (regressor.predict(X[TEST]) - offset) / size
    np.testing.assert_allclose(predicted, expected, atol=1e-3)


@pytest.mark.parametrize("y", [0.0, 7.0, -1e-300, 1e300])
def test_constant_targets(y):
    regressor = fit(np.full(240, y), epochs=100)
    np.testing.assert_allclose(regressor.predict(X[TEST]), y, rtol=0.05, atol=0.05 * (y == 0))


def test_the_smallest_numbers_do_not_fail():
    assert np.isfinite(fit(np.where(SIGNAL > 0, 5e-324, 0)).predict(X)).all()


def test_several_outputs_in_units_of_their_own():
    both = np.stack([SIGNAL, 1_000 - 300 * SIGNAL], axis=1)
    regressor = fit(both, epochs=60)
    predicted = regressor.predict(X[TEST])
    assert predicted.shape == (80, 2)
    assert min(r2_score(both[TEST], predicted, multioutput="raw_values")) > 0.7
    assert regressor.score(X[TEST], both[TEST]) == pytest.approx(r2_score(both[TEST], predicted))


def test_quantiles_cover_their_part():
    """With noise that X does not tell, so that the quantiles lie apart."""
    noisy = SIGNAL + RNG.normal(size=240)
    low, high = (
        fit(noisy, loss="quantile", quantile=q, epochs=40).predict(X[TRAIN]) for q in (0.1, 0.9)
    )
    # Of 30 sets of initial weights, 0.02 to 0.18, and 0.74 to 0.98.
    assert fraction_below(low, noisy[TRAIN]) < 0.35
    assert fraction_below(high, noisy[TRAIN]) > 0.65
    loss, of_constant = (
        mean_pinball_loss(noisy[TRAIN], predicted, alpha=0.9)
        for predicted in (high, np.full(160, np.quantile(noisy[TRAIN], 0.9)))
    )
    assert loss < 0.95 * of_constant


def test_losses_that_outliers_do_not_pull():
    """A tenth of the targets is far off: the mean moves, the median and Huber's estimate do not."""
    far = np.where(np.arange(240) % 10 == 0, SIGNAL + 400, SIGNAL)
    errors = {
        loss: np.median(fit(far, loss=loss, epochs=30).predict(X[TEST]) - SIGNAL[TEST])
        for loss in ("squared_error", "absolute_error", "huber")
    }
    # Of 30 sets of initial weights, the first is 17 to 43, and the second at most 2.4.
    assert errors["squared_error"] > 6
    assert abs(errors["absolute_error"]) < 6
    assert abs(errors["huber"]) < 0.8 * errors["squared_error"]


def test_a_sample_of_weight_0_is_absent_from_the_units_too():
    y = SIGNAL.copy()
    y[80:160] = 1e9
    weights = np.where(np.arange(160) < 80, 1.0, 0.0)
    weighted = make_regressor().fit(X[TRAIN], y[TRAIN], sample_weight=weights)
    expected = make_regressor().fit(X[:80], y[:80])
    np.testing.assert_array_equal(weighted.predict(X), expected.predict(X))


def test_units_are_weighted_mean_and_deviation():
    y, weights = np.array([0.0, 1.0, 5.0, 5.0]), np.array([3.0, 1.0, 2.0, 2.0])
    regressor = make_regressor(epochs=1).fit(X[:4], y, sample_weight=weights)
    mean = np.average(y, weights=weights)
    assert regressor._target_mean == pytest.approx(mean)
    deviation = np.sqrt(np.average((y - mean) ** 2, weights=weights))
    assert regressor._target_scale == pytest.approx(deviation)


def test_mixup_changes_training_and_not_what_is_learned():
    mixed = fit(mixup=0.3, epochs=60)
    assert mixed.loss_curve_ != fit(epochs=60).loss_curve_
    assert mixed.score(X[TEST], SIGNAL[TEST]) > 0.6


# -- training that goes on -----------------------------------------------------------------


def test_a_warm_start_keeps_the_units():
    straight = fit(1_000 + SIGNAL, epochs=6)
    regressor = fit(1_000 + SIGNAL, warm_start=True)
    regressor.fit(X[TRAIN], 1_000 + SIGNAL[TRAIN])
    np.testing.assert_array_equal(regressor.predict(X), straight.predict(X))
    regressor.fit(X[TRAIN], 2_000 + SIGNAL[TRAIN])
    assert regressor._target_mean == straight._target_mean
    assert regressor._target_scale == straight._target_scale


def test_partial_fit_keeps_the_units_and_takes_weights_as_they_are():
    kwargs = {"batch_size": 160}
    whole = make_regressor(**kwargs).partial_fit(X[TRAIN], SIGNAL[TRAIN])
    half = make_regressor(**kwargs).partial_fit(X[TRAIN], SIGNAL[TRAIN], np.full(160, 0.5))
    assert half.loss_curve_[0] == pytest.approx(whole.loss_curve_[0] / 2)
    units = whole._target_mean, whole._target_scale
    whole.partial_fit(X[:20], 5 + SIGNAL[:20])
    assert (whole._target_mean, whole._target_scale) == units
    assert whole.n_iter_ == 2


def test_parts_of_a_stream_are_learned():
    regressor = make_regressor()
    for _ in range(15):
        for start in range(0, 160, 40):
            part = slice(start, start + 40)
            regressor.partial_fit(X[part], 1e-3 * SIGNAL[part])
    assert regressor.score(X[TEST], 1e-3 * SIGNAL[TEST]) > 0.6


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (np.stack([SIGNAL, SIGNAL], axis=1), "y has 2 outputs for each sample, but .* for 1"),
        (1e30 * SIGNAL, "too far from those that training is for"),
    ],
)
def test_targets_that_training_cannot_go_on_with(y, message):
    regressor = fit(warm_start=True)
    before = pickle.dumps(regressor)
    for method in (regressor.fit, regressor.partial_fit):
        with pytest.raises(ValueError, match=message):
            method(X[TRAIN], y[TRAIN])
    assert pickle.dumps(regressor) == before


# -- early stopping ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scoring", "score"),
    [
        (None, r2_score),
        ("neg_mean_absolute_error", lambda y, predicted: -mean_absolute_error(y, predicted)),
    ],
)
def test_early_stopping_by_scores_in_the_units_of_the_targets(scoring, score, capsys):
    y = 1_000 + 50 * SIGNAL
    regressor = make_regressor(early_stopping=True, scoring=scoring, epochs=4, verbose=1)
    regressor.fit(X[TRAIN], y[TRAIN], X_val=X[TEST], y_val=y[TEST])
    assert regressor.best_validation_score_ == max(regressor.validation_scores_)
    expected = score(y[TEST], regressor.predict(X[TEST]))
    assert regressor.best_validation_score_ == pytest.approx(expected, rel=1e-4)
    name = "R2" if scoring is None else "negative mean absolute error"
    assert f"validation {name} = " in capsys.readouterr().out


def test_early_stopping_by_the_loss_on_standardized_targets():
    y = 1_000 + 50 * SIGNAL
    regressor = make_regressor(early_stopping=True, scoring="loss", loss="huber", epochs=4)
    regressor.fit(X[TRAIN], y[TRAIN], X_val=X[TEST], y_val=y[TEST])
    errors = np.abs(y[TEST] - regressor.predict(X[TEST])) / y[TRAIN].std()
    huber = np.where(errors < 1, errors**2 / 2, errors - 0.5)
    assert regressor.best_validation_score_ == pytest.approx(-huber.mean(), rel=1e-4)


# -- what comes of it ----------------------------------------------------------------------


@pytest.mark.parametrize("n_outputs", [1, 2])
def test_model_predicts_in_the_units_of_the_targets(n_outputs):
    y = np.stack([1_000 + 50 * SIGNAL, 1e-3 * SIGNAL], axis=1)[:, :n_outputs].squeeze()
    regressor = fit(y)
    model = regressor.model_
    assert isinstance(model, keras.Model)
    predicted = regressor.predict(X).reshape(240, n_outputs)
    scale = y[TRAIN].std(axis=0)
    np.testing.assert_allclose(
        model.predict(X, verbose=0) / scale, predicted / scale, rtol=0, atol=1e-4
    )
    loss, _ = model.evaluate(X, y, verbose=0)
    assert loss == pytest.approx(np.mean((predicted - y.reshape(240, -1)) ** 2), rel=1e-3)


# Keras reads its own variables in a way that NumPy 2 deprecates.
@pytest.mark.filterwarnings("ignore:__array__ implementation doesn.t accept:DeprecationWarning")
def test_the_model_in_double_precision_has_all_digits_of_the_units(tmp_path):
    y = 123_456_789 + 0.01 * SIGNAL  # single precision has steps of 8 there
    regressor = fit(y, dtype="float64", epochs=1)
    expected, scale = regressor.predict(X), y[TRAIN].std()
    regressor.model_.save(tmp_path / "model.keras")
    for model in (regressor.model_, keras.saving.load_model(tmp_path / "model.keras")):
        predicted = model.predict(X, verbose=0)
        assert predicted.dtype == np.float64
        np.testing.assert_allclose(predicted[:, 0] / scale, expected / scale, rtol=0, atol=1e-4)


def test_lengths_and_containers(ragged):
    sequences, _ = ragged
    y = np.array([len(x) for x in sequences], float)
    regressor = make_regressor().fit(sequences, y.tolist())
    expected = regressor.predict(sequences)
    padded = make_regressor().fit(pad_with_nan(sequences, 12), y)
    np.testing.assert_array_equal(padded.predict(pad_with_nan(sequences, 9)), expected)
    assert len(regressor.attention_weights(sequences)) == 40


# -- in place of others --------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_one_word_in_place_of_another():
    """What is written for `MLPRegressor` works, and needs `n_timesteps` besides."""
    table, y = X.reshape(240, 12), 1_000 + 50 * SIGNAL
    for regressor in (
        MLPRegressor(max_iter=300, random_state=0),
        AttentionSequenceRegressor(n_timesteps=6, random_state=0),
    ):
        name = type(regressor).__name__.lower()
        pipeline = make_pipeline(StandardScaler(), regressor)
        search = GridSearchCV(pipeline, {f"{name}__alpha": [0.0, 1e-4]}, cv=2)
        search.fit(table[TRAIN], y[TRAIN])
        assert np.isfinite(search.score(table[TEST], y[TEST]))
    assert (
        search.score(table[TEST], y[TEST]) > 0.5
    )  # the last one: MLPRegressor needs scaled targets


def test_transformed_targets():
    y = np.exp(2 * SIGNAL)
    transformer = QuantileTransformer(n_quantiles=50, output_distribution="normal")
    regressor = TransformedTargetRegressor(make_regressor(epochs=60), transformer=transformer)
    regressor.fit(X[TRAIN], y[TRAIN])
    assert r2_score(np.log(y[TEST]), np.log(regressor.predict(X[TEST]))) > 0.6


@pytest.mark.parametrize(
    "make",
    [
        lambda regressor: VotingRegressor([("a", regressor), ("b", clone(regressor))]),
        lambda regressor: StackingRegressor([("a", regressor)], cv=2),
        lambda regressor: BaggingRegressor(regressor, n_estimators=2, max_samples=80),
        MultiOutputRegressor,
        RegressorChain,
    ],
)
def test_meta_estimators(make):
    """On tables, which is what these accept; a chain adds columns, so its timesteps are columns."""
    table, y = X.reshape(240, 12), 1_000 + 50 * SIGNAL
    n_timesteps = 6
    if make in (MultiOutputRegressor, RegressorChain):
        y = np.stack([y, -y], axis=1)
        n_timesteps = None if make is RegressorChain else 6
    model = make(make_regressor(n_timesteps=n_timesteps)).fit(table[TRAIN], y[TRAIN])
    predicted = model.predict(table[TEST])
    assert predicted.shape == y[TEST].shape
    assert 900 < np.abs(predicted).mean() < 1_100
