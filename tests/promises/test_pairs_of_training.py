"""What is learned, with every pair of networks, recipes, data, settings and ways to train.

What is expected is what is learned from a list of arrays with whole numbers as labels, with
scikit-learn's default settings. There are five compiled programs: other shapes or layers would
make more.
"""

import pickle
from types import SimpleNamespace

import numpy as np
import pytest
import sklearn
from sklearn.base import clone
from sklearn.metrics import get_scorer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sk_attnseq.ensemble import AttentionSequenceEnsemble
from sk_attnseq.preprocessing import TimestepTransformer
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

NETWORKS = {
    "pooling": {},
    "multihead": {"attention": "multihead", "bidirectional": True},
    "dropout": {"attention": None, "units": (3, 2), "dropout": 0.3},
    "stem": {"conv_filters": 3, "kernel_size": 3, "pool_size": 2, "dtype": "float64"},
    "mixtures": {"mixup": 0.5, "cutmix": 0.5, "label_smoothing": 0.1},
}
RECIPES = {
    "plain": {},
    "penalties": {"alpha": 0.1, "weight_decay": 0.1},
    "clipped": {"clipnorm": 0.5, "learning_rate": 0.05},
    "cycle": {"learning_rate_schedule": "one_cycle"},
}
STOPPING = {
    "never": {},
    "accuracy": {"early_stopping": True, "validation_fraction": 0.3},
    "loss": {"early_stopping": True, "validation_fraction": 0.3, "scoring": "loss"},
    "f1": {"early_stopping": True, "validation_fraction": 0.3, "scoring": "f1_macro"},
    "own data": {"early_stopping": True, "scoring": "neg_log_loss"},
}
SAMPLE_WEIGHT = 1 + np.arange(24) % 3
# Of class 0 and of class 1: powers of two, so that weights have the same bits in any unit. With
# twice as many ones, "balanced" is twice as much for a zero.
CLASS_WEIGHT = {"class weight": np.array([0.5, 4.0]), "balanced": np.array([2.0, 1.0])}


# For what needs no more than the data of each call.
ANY_CALL = {
    "early_stopping": False,
    "scoring": None,
    "learning_rate_schedule": "constant",
}


class Case(SimpleNamespace):
    """How to fit in one case: `parameters`, `X`, `y`, and the arguments of `fit`."""

    def make(self, **changes):
        classifier = make_classifier(self.container, **{**self.parameters, **changes})
        if sklearn.get_config()["enable_metadata_routing"]:
            classifier.set_fit_request(**dict.fromkeys(self.arguments, True))
        return classifier

    def fit(self, estimator, prefix=""):
        """Fit, with metadata routed as the settings want it."""
        arguments = self.arguments
        if not sklearn.get_config()["enable_metadata_routing"]:
            arguments = {prefix + name: value for name, value in arguments.items()}
        return estimator.fit(self.X, self.y, **arguments)

    def fit_alone(self, estimator, sample_weight=None):
        """Fit without the arguments of the case."""
        return estimator.fit(self.X, self.y, sample_weight)


def make_case(*, container, labels, network, recipe, stopping, weights, plain=False):
    """The case, or the same with the plainest container and labels."""
    X, indices = make_data(container)
    names = LABELS["int" if plain else labels]
    contain = list if plain else CONTAINERS[container]
    parameters = {"epochs": 2, **NETWORKS[network], **RECIPES[recipe], **STOPPING[stopping]}
    arguments = {}
    if weights == "samples":
        arguments["sample_weight"] = SAMPLE_WEIGHT
    elif weights == "class weight":
        parameters["class_weight"] = dict(zip(names.tolist(), CLASS_WEIGHT[weights], strict=True))
    elif weights == "balanced":
        parameters["class_weight"] = "balanced"
    if stopping == "own data":
        arguments.update(X_val=contain(X[::-2]), y_val=names[indices[::-2]])
    return Case(
        container="list" if plain else container,
        parameters=parameters,
        arguments=arguments,
        X=contain(X),
        y=names[indices],
        names=names,
        indices=indices,
        stopping=stopping,
        weights=weights,
        network=network,
    )


def fitted_again(case, classifier, expected):
    assert_same_network(case.fit(classifier), expected)
    other = case.make(learning_rate=0.1, alpha=0.3, random_state=1)
    case.fit(other).set_params(**classifier.get_params())
    assert_same_network(case.fit(other), expected)


def cloned(case, classifier, expected):
    assert_same_network(case.fit(clone(classifier)), expected)


def pickled_and_fitted_further(case, classifier, expected):
    loaded = pickle.loads(pickle.dumps(classifier))
    assert_same_network(loaded, expected)
    for estimator in (loaded, classifier):
        case.fit(estimator.set_params(warm_start=True, epochs=1))
    assert_same_network(loaded, classifier)


def fitted_in_two_warm_starts(case, classifier, expected):
    twice = case.make(**ANY_CALL, warm_start=True, epochs=1)
    once = case.make(**ANY_CALL)
    case.fit_alone(case.fit_alone(twice))
    case.fit_alone(once)
    assert twice.n_iter_ == once.n_iter_ == 2
    if case.network != "mixtures":  # which end with an epoch of sequences as they are
        assert_same_network(twice, once)


def fitted_further_and_never_worse(case, classifier, expected):
    classifier = case.fit(case.make(early_stopping=True))
    before = classifier.best_validation_score_
    scores = [_score_on_own_data(case, classifier)]
    for rate in (3.0, 1.0):  # which spoils it
        try:
            case.fit(classifier.set_params(warm_start=True, epochs=1, learning_rate=rate))
        except ValueError as error:
            assert "diverged" in str(error)  # noqa: PT017
        assert classifier.best_validation_score_ >= before
        scores.append(_score_on_own_data(case, classifier))
    assert scores == sorted(scores)


def _score_on_own_data(case, classifier):
    if "X_val" not in case.arguments:
        return 0
    scorer = get_scorer(classifier.scoring)
    return scorer(classifier, case.arguments["X_val"], case.arguments["y_val"])


def fitted_with_weights_of_samples(case, classifier, expected):
    """Weights of classes are weights of their samples, but to a scorer, which sees only those."""
    by_class = CLASS_WEIGHT.get(case.weights, np.array([1.0, 4.0]))
    class_weight = "balanced" if case.weights == "balanced" else _of_names(case, by_class)
    options = {} if case.stopping in ("accuracy", "loss") else ANY_CALL
    by_sample = case.make(**options, class_weight=None)
    case.fit_alone(by_sample, sample_weight=by_class[case.indices])
    weighted = case.make(**options, class_weight=class_weight)
    assert_same_network(case.fit_alone(weighted), by_sample)


def _of_names(case, by_class):
    return dict(zip(case.names.tolist(), by_class, strict=True))


def fitted_in_parts(case, classifier, expected):
    """`partial_fit` is an epoch of `fit`, and refuses what is relative to all the data."""
    first = case.make(epochs=1)
    options = {"classes": case.names, "sample_weight": case.arguments.get("sample_weight")}
    cycle = first.learning_rate_schedule == "one_cycle"
    if case.stopping != "never" or cycle or case.weights == "balanced":
        for estimator in (first, classifier):
            with refused(estimator, match="partial_fit does not support"):
                estimator.partial_fit(case.X, case.y, **options)
        return
    first.partial_fit(case.X, case.y, **options)
    if case.weights is None and case.network != "mixtures":
        assert_same_network(first, case.fit(case.make(epochs=1)))
    again = case.make().partial_fit(case.X, case.y, **options)
    for estimator in (first, again, pickle.loads(pickle.dumps(again))):
        estimator.partial_fit(case.X, case.y, **{**options, "classes": None})
        assert_same_network(estimator, first)


def fitted_in_chunks_of_a_class(case, classifier, expected):
    """Weights count as they are, whatever else comes in the same call."""
    by_class = np.array([0.5, 4.0])
    weighted = case.make(**ANY_CALL, class_weight=_of_names(case, by_class))
    plain, by_sample = (case.make(**ANY_CALL, class_weight=None) for _ in range(2))
    for index in (0, 1, 0):
        chunk = np.flatnonzero(case.indices == index)
        X, y = _rows(case.X, chunk), case.y[chunk]
        weighted.partial_fit(X, y, case.names)
        by_sample.partial_fit(X, y, case.names, sample_weight=by_class[case.indices[chunk]])
        plain.partial_fit(X, y, case.names)
        assert_same_network(weighted, by_sample)
    if classifier.clipnorm is None:  # which gives gradients of one class the same length
        assert not np.array_equal(plain._state[1], weighted._state[1])


def _rows(X, rows):
    if hasattr(X, "iloc"):
        return X.iloc[rows]
    return [X[row] for row in rows] if isinstance(X, list) else X[rows]


def fitted_in_an_ensemble(case, classifier, expected):
    ensemble = AttentionSequenceEnsemble(clone(classifier), 2, random_state=0)
    case.fit(ensemble)
    for network in ensemble.estimators_:
        assert_same_network(network, case.fit(case.make(random_state=network.random_state)))
    check_probabilities(ensemble.predict_proba(case.X), 24)
    assert set(ensemble.predict(case.X).tolist()) <= set(case.names.tolist())


def fitted_in_a_pipeline(case, classifier, expected):
    scaler = TimestepTransformer(StandardScaler(), n_timesteps=classifier.n_timesteps)
    if sklearn.get_config()["enable_metadata_routing"]:
        scaler.transformer.set_fit_request(sample_weight=False)
    pipeline = make_pipeline(clone(scaler), clone(classifier))
    case.fit(pipeline, prefix="attentionsequenceclassifier__")
    with settings_of_sklearn("default"):
        X = scaler.fit_transform(case.X)
        alone = Case(**{**vars(case), "X": X}).fit(case.make())
    assert_same_network(pipeline[-1], alone)
    assert_same_bits(pipeline.predict_proba(case.X), alone.predict_proba(X))


def broken_off_by_its_scorer(case, classifier, expected):
    calls = []

    def scorer(estimator, X, y):
        calls.append(estimator.predict(X))
        if len(calls) % 3 == 2:
            raise ValueError("no score")
        return 0.5

    classifier.set_params(scoring=scorer, early_stopping=True, epochs=3)
    with refused(classifier, match="no score"):
        case.fit(classifier)
    case.fit(classifier.set_params(**case.make().get_params()))
    assert_same_network(classifier, expected)


DEEDS = {
    deed.__name__: deed
    for deed in (
        fitted_again,
        cloned,
        pickled_and_fitted_further,
        fitted_in_two_warm_starts,
        fitted_further_and_never_worse,
        fitted_with_weights_of_samples,
        fitted_in_parts,
        fitted_in_chunks_of_a_class,
        fitted_in_an_ensemble,
        fitted_in_a_pipeline,
        broken_off_by_its_scorer,
    )
}


@pytest.mark.parametrize(
    "case",
    cases(
        deed=DEEDS,
        settings=SETTINGS,
        container=CONTAINERS,
        stopping=STOPPING,
        network=NETWORKS,
        weights=[None, "samples", *CLASS_WEIGHT],
        recipe=RECIPES,
        labels=LABELS,
    ),
)
def test_training(case):
    case = dict(case)
    deed, settings = case.pop("deed"), case.pop("settings")
    plain = make_case(**case, plain=True)
    expected = plain.fit(plain.make())
    with settings_of_sklearn(settings):
        case = make_case(**case)
        classifier = case.fit(case.make())
        assert_same_network(classifier, expected)
        probabilities = classifier.predict_proba(case.X)
        check_probabilities(probabilities, 24)
        assert_same_bits(probabilities, expected.predict_proba(plain.X))
        assert_same_bits(classifier.classes_, case.names)
        DEEDS[deed](case, classifier, expected)
