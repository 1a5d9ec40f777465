"""What NumPy reports of arithmetic, as its user has set it, is not reported of ours."""

import numpy as np
import pytest

from sk_attnseq import AttentionSequenceClassifier, AttentionSequenceRegressor
from sk_attnseq.export import to_onnx
from sk_attnseq.inspection import AttentionProfileDisplay, timestep_importance
from tests.callbacks import IdleCallback

X, Y = np.random.default_rng(0).normal(size=(24, 4, 3)), np.arange(24) % 2


SMALL = {"units": 2, "epochs": 2, "random_state": 0}


def make_classifier(**parameters):
    return AttentionSequenceClassifier(**{**SMALL, **parameters})


CASES = {
    "tiny values": ({}, X * 1e-50),
    "subnormal values": ({}, X * 1e-309),
    "mixtures": ({"mixup": 0.01, "cutmix": 0.5}, X),
    "tiny class weight": ({"class_weight": {0: 1e-40, 1: 1.0}}, X),
    "subnormal class weight": ({"class_weight": {0: 1e-320, 1: 1.0}}, X),
    "tiny learning rate": ({"learning_rate": 1e-50, "learning_rate_schedule": "one_cycle"}, X),
}


@pytest.mark.parametrize("case", CASES)
def test_fit_where_all_errors_raise(case):
    parameters, X = CASES[case]
    with np.errstate(all="raise"):
        classifier = make_classifier(**parameters).fit(X, Y)
        probabilities = classifier.predict_proba(X)
    np.testing.assert_array_equal(probabilities, classifier.predict_proba(X))
    expected = make_classifier(**parameters).fit(X, Y).predict_proba(X)
    np.testing.assert_array_equal(probabilities, expected)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("weight", [1e-30, 1e-39, 1e-44, 1e-290, 1e-310])
def test_a_tiny_weight_of_a_batch_of_its_own(weight, dtype):
    """XLA takes subnormal numbers for 0, by which batch normalisation would divide."""
    weights = np.ones(len(X))
    weights[::2] = weight  # so that some batches of two have no other
    classifier = make_classifier(conv_filters=2, batch_size=2, dtype=dtype)
    assert np.isfinite(classifier.fit(X, Y, weights).loss_curve_).all()


@pytest.mark.parametrize("size", [1e-305, 5e-324, 1e305])
def test_numbers_of_any_size_where_all_errors_raise(size):
    y = size * np.linspace(-1, 1, 24)
    with np.errstate(all="raise"):
        regressor = AttentionSequenceRegressor(**SMALL, early_stopping=True).fit(X, y)
        predicted = regressor.predict(X)
    assert np.isfinite(predicted).all()
    np.testing.assert_array_equal(predicted, regressor.predict(X))


@pytest.fixture(scope="module", params=["pooling", "multihead", "regressor"])
def fitted(request):
    if request.param == "regressor":
        return AttentionSequenceRegressor(**SMALL, attention=None).fit(X, Y)
    stem = {"conv_filters": 2, "pool_size": 2} if request.param == "multihead" else {}
    return make_classifier(attention=request.param, **stem).fit(X, Y)


def all_that_predicts(estimator, X):
    for method in ("predict", "predict_proba", "predict_log_proba", "attention_weights"):
        if hasattr(estimator, method):
            yield getattr(estimator, method)(X)
    yield timestep_importance(estimator, X, Y, n_repeats=1, random_state=0).importances


@pytest.mark.parametrize("size", [1e-310, 1e-40, 1.0, 1e30])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_predictions_where_all_errors_raise(size, dtype, fitted):
    with np.errstate(all="ignore"):
        X_of_size = (X * size).astype(dtype)
    expected = list(all_that_predicts(fitted, X_of_size))
    with np.errstate(all="raise"):
        for found, value in zip(all_that_predicts(fitted, X_of_size), expected, strict=True):
            np.testing.assert_array_equal(found, value)


def test_export_and_display_where_all_errors_raise(fitted):
    pytest.importorskip("onnx", reason="an extra")
    with np.errstate(all="raise"):
        to_onnx(fitted)
        if fitted.attention is not None:
            AttentionProfileDisplay.from_estimator(fitted, X * 1e20)


def test_a_library_that_reports_errors_of_correct_products(fitted, monkeypatch):
    """As Apple's does, which leaves the flags that what it computes on the side has set."""
    dot = np.dot

    def with_flags(*args, **kwargs):
        product = dot(*args, **kwargs)
        np.divide(1.0, 0.0)
        np.subtract(np.inf, np.inf)
        return product

    expected = list(all_that_predicts(fitted, X))
    monkeypatch.setattr(np, "dot", with_flags)
    for found, value in zip(all_that_predicts(fitted, X), expected, strict=True):
        np.testing.assert_array_equal(found, value)


def test_what_is_no_number_is_said():
    classifier = make_classifier(conv_filters=3, dtype="float64").fit(X, Y)
    with pytest.warns(RuntimeWarning, match=r"of [0-9]+ of the 24 sequences .* too large: scale X"):
        classifier.predict_proba(np.sign(X) * np.finfo(float).max)


def test_the_settings_of_code_of_others_are_theirs():
    """A callback computes as its writer has set it."""
    pytest.importorskip("sklearn.callback", reason="scikit-learn >= 1.9")

    class Watches(IdleCallback):
        settings = ()

        def on_fit_task_end(self, estimator, context):
            self.settings += (np.geterr(),)

    callback = Watches()
    with np.errstate(all="call", call=print):
        expected = np.geterr()
        make_classifier().set_callbacks(callback).fit(X, Y)
        assert np.geterr() == expected
    assert callback.settings == 3 * (expected,)
