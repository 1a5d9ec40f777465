"""Subclasses of the classifier, with a constructor of their own, are saved and copied like it."""

import copy
import pickle

import joblib
import numpy as np
import pytest
import skops.io
from sklearn.base import clone
from sklearn.utils.parallel import Parallel, delayed

from sk_attnseq import AttentionSequenceClassifier


class OtherDefaults(AttentionSequenceClassifier):
    """Takes the rest as it comes, which scikit-learn's `clone` does not see."""

    def __init__(self, units=3, epochs=1, random_state=0, **kwargs):
        super().__init__(units, epochs=epochs, random_state=random_state, **kwargs)


class OneMore(AttentionSequenceClassifier):
    """Has a parameter of its own."""

    def __init__(self, units=3, *, epochs=1, random_state=0, more="more"):
        super().__init__(units, epochs=epochs, random_state=random_state)
        self.more = more


ESTIMATORS = {
    "other defaults": OtherDefaults(attention="multihead", alpha=0.5),
    "one more": OneMore(more="different"),
}


def by_skops(estimator, path):
    skops.io.dump(estimator, path)
    return skops.io.load(path, trusted=skops.io.get_untrusted_types(file=path))


def by_joblib(estimator, path):
    joblib.dump(estimator, path)
    return joblib.load(path)


WAYS = {
    "copy": lambda estimator, _: copy.copy(estimator),
    "deepcopy": lambda estimator, _: copy.deepcopy(estimator),
    "pickle": lambda estimator, _: pickle.loads(pickle.dumps(estimator)),
    "joblib": by_joblib,
    "skops": by_skops,
}


@pytest.fixture(scope="module", params=ESTIMATORS)
def fitted(request, sequences_and_labels):
    return ESTIMATORS[request.param].fit(*sequences_and_labels)


@pytest.mark.parametrize("way", WAYS)
def test_copies_and_files(way, fitted, sequences_and_labels, tmp_path):
    X, _ = sequences_and_labels
    loaded = WAYS[way](fitted, tmp_path / "estimator")
    assert type(loaded) is type(fitted)
    parameters = {name for name in vars(fitted) if not name.startswith("_")}
    for name in parameters - {"classes_"}:
        assert getattr(loaded, name) == getattr(fitted, name)
    np.testing.assert_array_equal(loaded.predict_proba(X), fitted.predict_proba(X))


def test_workers(fitted, sequences_and_labels):
    X, _ = sequences_and_labels
    (probabilities,) = Parallel(n_jobs=2)([delayed(fitted.predict_proba)(X)])
    np.testing.assert_array_equal(probabilities, fitted.predict_proba(X))


def test_clones(sequences_and_labels):
    estimator = clone(ESTIMATORS["one more"])
    assert estimator.more == "different"
    assert clone(OtherDefaults(units=5)).units == 5


def test_what_is_not_in_the_signature_is_checked(sequences_and_labels):
    for parameters in ({"batch_size": 0}, {"dropout": 2.0}, {"attention": "no"}):
        with pytest.raises(ValueError, match=next(iter(parameters))):
            OtherDefaults(**parameters).fit(*sequences_and_labels)


def test_a_parameter_that_a_subclass_has_newly(fitted):
    """Our format is what is checked, not the subclass's."""
    state = fitted.__getstate__()
    state.pop("more", None)
    restored = type(fitted).__new__(type(fitted))
    restored.__setstate__(state)
    assert restored.epochs == 1
    assert restored.get_params().get("more", "more") == "more"  # its default
    del state["learning_rate"]
    with pytest.raises(ValueError, match=r"lacks \['learning_rate'\]"):
        restored.__setstate__(state)
