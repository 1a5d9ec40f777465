"""The fitted network inside a pipeline, search or other estimator, and X as it gets it."""

from __future__ import annotations

from typing import Any

from sklearn.compose import TransformedTargetRegressor
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import FixedThresholdClassifier, TunedThresholdClassifierCV
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from sk_attnseq._estimator.network_estimator import AttentionSequenceEstimator
from sk_attnseq.ensemble import AttentionSequenceEnsembleBase


def unwrap(estimator: Any) -> tuple[Any, list[Pipeline]]:
    """Find the fitted network in a pipeline, search, or other estimator around one.

    Returns
    -------
    network : AttentionSequenceEstimator or AttentionSequenceEnsembleBase
        A classifier or regressor, of one network or several.
    before : list of Pipeline
        What transforms X before the network gets it, in order.
    """
    before, inner = [], estimator
    while not isinstance(inner, AttentionSequenceEstimator | AttentionSequenceEnsembleBase):
        if isinstance(inner, Pipeline):
            if len(inner) > 1:
                before.append(inner[:-1])
            inner = inner[-1]
        elif isinstance(inner, FixedThresholdClassifier | TunedThresholdClassifierCV):
            # A fixed threshold needs no fit if its classifier is fitted.
            inner = getattr(inner, "estimator_", inner.estimator)
        elif isinstance(inner, TransformedTargetRegressor):
            check_is_fitted(inner)
            inner = inner.regressor_
        elif isinstance(inner, FrozenEstimator):
            inner = inner.estimator
        elif hasattr(inner, "refit") and hasattr(inner, "estimator"):  # a search
            check_is_fitted(inner)
            if not hasattr(inner, "best_estimator_"):
                raise ValueError(f"{type(inner).__name__} has no best_estimator_: pass refit=True.")
            inner = inner.best_estimator_
        else:
            raise TypeError(
                "Expected an AttentionSequenceClassifier, an AttentionSequenceRegressor or an "
                "ensemble of them, or a pipeline, search, threshold classifier, "
                "TransformedTargetRegressor or frozen estimator around one, got "
                f"{type(inner).__name__}."
            )
    check_is_fitted(inner)
    return inner, before


def unwrap_with_data(estimator: Any, X: Any) -> tuple[Any, Any]:
    """Find the fitted network, and transform X as its pipelines do."""
    network, before = unwrap(estimator)
    for steps in before:
        X = steps.transform(X)
    return network, X


def unwrap_attentive(estimator: Any, X: Any) -> tuple[Any, Any]:
    """Find the fitted network, which must have attention, and transform X for it."""
    network, _ = unwrap(estimator)
    if not hasattr(network, "attention_weights"):
        raise ValueError(
            f"The {type(network).__name__} was fitted with attention=None: there is no attention "
            "to show. Fit one with attention='pooling' or 'multihead'."
        )
    return unwrap_with_data(estimator, X)
