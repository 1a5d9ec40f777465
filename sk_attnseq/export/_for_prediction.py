"""Fitted estimators without the state that only further training needs."""

import copy
from collections.abc import Iterator
from typing import Any, TypeVar

from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from sk_attnseq._classifier import AttentionSequenceClassifier
from sk_attnseq._regressor import AttentionSequenceRegressor
from sk_attnseq.ensemble import AttentionSequenceEnsembleBase
from sk_attnseq.recordings import RecordingClassifier

_Estimator = TypeVar("_Estimator")


def for_prediction(estimator: _Estimator) -> _Estimator:
    """Copy a fitted estimator without the optimizer's state.

    For each weight, a fitted network keeps two moments of Adam, which `partial_fit` and warm starts
    need. A copy without them is a third of the size, in memory and in files.

    Parameters
    ----------
    estimator : estimator
        A fitted :class:`~sk_attnseq.AttentionSequenceClassifier`,
        :class:`~sk_attnseq.AttentionSequenceRegressor`, ensemble of either or
        :class:`~sk_attnseq.recordings.RecordingClassifier`, or a pipeline that ends with one. It
        is not changed.

    Returns
    -------
    copied : estimator
        A copy that predicts the same. Its `partial_fit`, and its `fit` with ``warm_start=True``,
        raise a ValueError; `fit` with ``warm_start=False`` trains afresh. `model_` works, but its
        optimizer starts afresh.

    Raises
    ------
    TypeError
        If `estimator` is anything else.
    sklearn.exceptions.NotFittedError
        If the estimator is not fitted.

    See Also
    --------
    to_onnx : Exports an estimator as a file that needs no Python.

    Examples
    --------
    >>> import pickle
    >>> from sk_attnseq import AttentionSequenceClassifier
    >>> from sk_attnseq.datasets import make_sequence_classification
    >>> from sk_attnseq.export import for_prediction
    >>> X, y = make_sequence_classification(random_state=0)
    >>> clf = AttentionSequenceClassifier(64, epochs=2, random_state=0).fit(X, y)
    >>> light = for_prediction(clf)
    >>> bool((light.predict_proba(X) == clf.predict_proba(X)).all())
    True
    >>> round(len(pickle.dumps(clf)) / len(pickle.dumps(light)))
    3
    """
    for network in _networks(estimator):
        check_is_fitted(network)
    copied = copy.deepcopy(estimator)
    for network in _networks(copied):
        weights, *moments, n_steps = network._state
        network._state = (weights, *(moment[:0].copy() for moment in moments), n_steps)
    return copied


def _networks(estimator: Any) -> Iterator[Any]:
    """The networks of a fitted estimator."""
    if isinstance(estimator, AttentionSequenceClassifier | AttentionSequenceRegressor):
        yield estimator
    elif isinstance(estimator, AttentionSequenceEnsembleBase):
        check_is_fitted(estimator, "estimators_")
        yield from estimator.estimators_
    elif isinstance(estimator, RecordingClassifier):
        check_is_fitted(estimator)
        yield from _networks(estimator.estimator_)
    elif isinstance(estimator, Pipeline):
        yield from _networks(estimator[-1])
    else:
        raise TypeError(
            "for_prediction needs a fitted AttentionSequenceClassifier, "
            "AttentionSequenceRegressor, ensemble or RecordingClassifier, or a pipeline that ends "
            f"with one, but got {type(estimator).__name__}. Of a search, pass best_estimator_."
        )
