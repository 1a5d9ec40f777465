"""What a fitted classifier does, with every pair of options, containers, labels and settings.

Nothing is trained here, as that needs a compiled program: see `test_pairs_of_training`. What is
expected is what the same network does that was fitted on a list of arrays and whole numbers as
labels, with scikit-learn's default settings.
"""

import copy
import pickle
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sk_attnseq.ensemble import AttentionSequenceEnsemble
from sk_attnseq.export import to_onnx
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
from sk_attnseq.preprocessing import HeavyTailScaler, TimestepTransformer
from sk_attnseq.presets import make_accurate_classifier
from tests.data import pad_with_nan
from tests.networks import fit_with_random_weights
from tests.promises.pairs import (
    CONTAINERS,
    LABELS,
    SETTINGS,
    assert_same_bits,
    assert_same_network,
    cases,
    check_probabilities,
    make_classifier,
    make_data,
    refused,
    settings_of_sklearn,
)


@pytest.fixture(autouse=True)
def _figures():
    """Figures without windows, closed after each case."""
    plt = pytest.importorskip("matplotlib.pyplot")
    plt.switch_backend("Agg")
    yield
    plt.close("all")


# Each is done with a case: its fitted classifier, X and y; and what is expected, of `plain_X` and
# `indices`.


def pickled(case):
    loaded = pickle.loads(pickle.dumps(case.classifier))
    assert_same_network(loaded, case.classifier)
    assert_same_bits(loaded.predict(case.X), case.classifier.predict(case.X))


def deep_copied(case):
    copied = copy.deepcopy(case.classifier)
    assert_same_network(copied, case.classifier)
    fit_with_random_weights(copied.set_params(random_state=1), case.X, case.y)
    assert_same_network(case.classifier, case.expected)


def cloned(case):
    cloned = clone(case.classifier)
    assert vars(cloned) == cloned.get_params(deep=False)
    assert_same_network(fit_with_random_weights(cloned, case.X, case.y), case.expected)


def fitted_again(case):
    fit_with_random_weights(case.classifier.set_params(random_state=1), case.X, case.y[::-1])
    fit_with_random_weights(case.classifier.set_params(random_state=0), case.X, case.y)
    assert_same_network(case.classifier, case.expected)


def saved_by_skops(case):
    skops = pytest.importorskip("skops.io")
    data = skops.dumps(case.classifier)
    loaded = skops.loads(data, trusted=skops.get_untrusted_types(data=data))
    assert_same_network(loaded, case.classifier)
    assert_same_bits(loaded.predict(case.X), case.classifier.predict(case.X))


def predicted_in_another_order(case):
    order = np.random.default_rng(0).permutation(24)
    X = case.X.iloc[order] if hasattr(case.X, "iloc") else None
    if X is None:
        X = [case.X[i] for i in order] if isinstance(case.X, list) else case.X[order]
    expected = case.classifier.predict_proba(case.X)[order]
    np.testing.assert_allclose(case.classifier.predict_proba(X), expected, rtol=0, atol=1e-5)


def has_a_keras_model(case):
    X = pad_with_nan(case.plain_X, 8).astype(case.classifier.dtype)
    expected = case.expected.predict_proba(case.plain_X)
    np.testing.assert_allclose(case.classifier.model_(X), expected, rtol=0, atol=1e-4)


def becomes_onnx(case):
    runtime = pytest.importorskip("onnxruntime")
    session = runtime.InferenceSession(to_onnx(case.classifier).SerializeToString())
    X = np.stack(case.plain_X).reshape(24, -1) if case.columns else pad_with_nan(case.plain_X, 7)
    label, probabilities = session.run(None, {"X": X.astype(np.float32)})
    expected = case.expected.predict_proba(case.plain_X)
    np.testing.assert_allclose(probabilities, expected, rtol=0, atol=1e-4)
    assert_same_bits(label.tolist(), case.classifier.classes_[probabilities.argmax(axis=1)])


def gives_attention(case):
    if case.classifier.attention is None:
        assert not hasattr(case.classifier, "attention_weights")
        return
    found = case.classifier.attention_weights(case.X)
    for one, other in zip(found, case.expected.attention_weights(case.plain_X), strict=True):
        assert_same_bits(one[np.nonzero(one)], other[np.nonzero(other)])


def _fit_both(case, make):
    """Something made of the classifier, and of the expected one, both fitted."""
    found = fit_with_random_weights(make(clone(case.classifier)), case.X, case.y)
    with settings_of_sklearn("default"):
        expected = make(clone(case.expected))
        fit_with_random_weights(expected, case.plain_X, case.indices)
    return found, expected


def in_an_ensemble(case):
    found, expected = _fit_both(case, lambda c: AttentionSequenceEnsemble(c, 2, random_state=0))
    for one, other in zip(found.estimators_, expected.estimators_, strict=True):
        assert_same_network(one, other)
    mean = np.mean([one.predict_proba(case.X) for one in found.estimators_], axis=0)
    np.testing.assert_allclose(found.predict_proba(case.X), mean, rtol=0, atol=1e-6)


def _in_a_pipeline(case, scaler):
    def make(classifier):
        scale = TimestepTransformer(scaler, n_timesteps=classifier.n_timesteps)
        return make_pipeline(scale, classifier)

    found, expected = _fit_both(case, make)
    for estimator, X in ((found, case.X), (expected, case.plain_X)):
        check_probabilities(estimator.predict_proba(X), 24)
    assert_same_network(found[-1], expected[-1])
    assert_same_bits(found.predict_proba(case.X), expected.predict_proba(case.plain_X))


def after_a_scaler(case):
    _in_a_pipeline(case, StandardScaler())


def after_a_pipeline_of_scalers(case):
    _in_a_pipeline(case, make_pipeline(StandardScaler(), HeavyTailScaler()))


def in_the_preset(case):
    def make(classifier):
        preset = make_accurate_classifier(epochs=1, n_timesteps=classifier.n_timesteps)
        small = {"units": 3, "conv_filters": (2, 2), "kernel_size": 3, "random_state": 0}
        preset[-1].set_params(**small)
        return preset

    found, expected = _fit_both(case, make)
    assert_same_network(found[-1], expected[-1])
    assert_same_bits(found.predict_proba(case.X), expected.predict_proba(case.plain_X))


def refuses_what_is_wrong(case):
    with refused(case.classifier, match="features|dimensions"):
        case.classifier.predict([x[:, :1] for x in case.plain_X])
    with refused(case.classifier, match="features|dimensions"):
        case.classifier.partial_fit([np.c_[x, x] for x in case.plain_X], case.y)
    with refused(case.classifier, match="numbers of samples"):
        case.classifier.fit(case.X, case.y[:5])
    with refused(case.classifier, match="only 1 class"):
        case.classifier.fit(case.X, case.y[:1].repeat(24))
    other = np.array([0, 1]) if case.y.dtype.kind == "U" else np.array(["0", "1"])
    with refused(case.classifier):
        case.classifier.partial_fit(case.X, other[case.indices])
    with refused(case.classifier, match="sample_weight"):
        case.classifier.fit(case.X, case.y, sample_weight=-np.ones(24))
    case.classifier.set_params(epochs=0)
    with refused(case.classifier, match="epochs"):
        case.classifier.fit(case.X, case.y)


def _importances(case, function):
    options = {"n_repeats": 2, "random_state": 0, "scoring": "neg_log_loss"}
    found = function(case.classifier, case.X, case.y, **options)
    with settings_of_sklearn("default"):
        expected = function(case.expected, case.plain_X, case.indices, **options)
    np.testing.assert_allclose(found.importances, expected.importances, rtol=0, atol=1e-4)


def has_important_timesteps(case):
    _importances(case, timestep_importance)


def has_important_features(case):
    _importances(case, feature_importance)


def has_gradients(case):
    found = integrated_gradients(case.classifier, case.X, n_steps=20)
    expected = integrated_gradients(case.expected, case.plain_X, n_steps=20)
    np.testing.assert_allclose(found.attributions, expected.attributions, rtol=0, atol=1e-4)
    assert_same_bits(found.classes, case.classifier.predict(case.X))


def _display(case, display, *arguments, **options):
    if case.classifier.attention is None and "Attention" in display.__name__:
        with refused(case.classifier, match="attention=None"):
            display.from_estimator(case.classifier, *arguments, **options)
        return
    shown = display.from_estimator(case.classifier, *arguments, **options)
    if hasattr(shown, "attention"):
        for weights in shown.attention:
            assert np.isfinite(weights).all()


def shows_attention(case):
    _display(case, AttentionDisplay, case.X, case.y)


def shows_the_profile(case):
    _display(case, AttentionProfileDisplay, case.X, case.y)


def shows_a_sample(case):
    _display(case, SampleAttentionDisplay, case.X, sample=3)


def shows_importance(case):
    _display(case, ImportanceDisplay, case.X, case.y, kind="feature", n_repeats=1, random_state=0)


def shows_gradients(case):
    _display(case, IntegratedGradientsDisplay, case.X, sample=3, n_steps=20)


def shows_its_history(case):
    _display(case, TrainingHistoryDisplay)


DEEDS = {
    deed.__name__: deed
    for deed in (
        pickled,
        deep_copied,
        cloned,
        fitted_again,
        saved_by_skops,
        predicted_in_another_order,
        has_a_keras_model,
        becomes_onnx,
        gives_attention,
        in_an_ensemble,
        after_a_scaler,
        after_a_pipeline_of_scalers,
        in_the_preset,
        refuses_what_is_wrong,
        has_important_timesteps,
        has_important_features,
        has_gradients,
        shows_attention,
        shows_the_profile,
        shows_a_sample,
        shows_importance,
        shows_gradients,
        shows_its_history,
    )
}


@pytest.mark.filterwarnings("ignore:The attributions of sample")  # of 20 steps
@pytest.mark.parametrize(
    "case",
    cases(
        deed=DEEDS,
        container=CONTAINERS,
        settings=SETTINGS,
        labels=LABELS,
        attention=["pooling", "multihead", None],
        units=[3, (3, 2)],
        conv_filters=[None, (2, 2)],
        pool_size=["auto", 2],
        bidirectional=[False, True],
        dtype=["float32", "float64"],
    ),
)
def test_a_fitted_network(case):
    case = dict(case)
    deed, container, settings, labels = (
        case.pop(name) for name in ("deed", "container", "settings", "labels")
    )
    plain_X, indices = make_data(container)
    X, y = CONTAINERS[container](plain_X), LABELS[labels][indices]
    expected = fit_with_random_weights(make_classifier(epochs=1, **case), plain_X, indices)
    with settings_of_sklearn(settings):
        classifier = make_classifier(container, epochs=1, **case)
        fit_with_random_weights(classifier, X, y)
        assert_same_network(classifier, expected)
        of_case = SimpleNamespace(
            classifier=classifier,
            X=X,
            y=y,
            expected=expected,
            plain_X=plain_X,
            indices=indices,
            columns=container == "columns",
        )
        probabilities = classifier.predict_proba(X)
        check_probabilities(probabilities, 24)
        assert_same_bits(probabilities, expected.predict_proba(plain_X))
        assert_same_bits(classifier.predict(X), LABELS[labels][probabilities.argmax(axis=1)])
        DEEDS[deed](of_case)
