"""The fitted network inside a pipeline, search or other estimator, and X as it gets it."""

from typing import Any

from sklearn.compose import TransformedTargetRegressor
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import FixedThresholdClassifier, TunedThresholdClassifierCV
from sklearn.pipeline import Pipeline
from sklearn.utils import check_consistent_length, column_or_1d
from sklearn.utils.validation import check_is_fitted

from sk_attnseq._estimator.network_estimator import AttentionSequenceEstimator
from sk_attnseq._runtime.estimator_copies import snapshot
from sk_attnseq.ensemble import AttentionSequenceEnsembleBase
from sk_attnseq.recordings import RecordingClassifier

NETWORKS = (AttentionSequenceEstimator, AttentionSequenceEnsembleBase)
_NAMES_OF_NETWORKS = (
    "an AttentionSequenceClassifier, an AttentionSequenceRegressor, an ensemble of them or a "
    "RecordingClassifier"
)


def unwrap(
    estimator: Any, kinds: Any = NETWORKS, names: str = _NAMES_OF_NETWORKS
) -> tuple[Any, list[Pipeline | RecordingClassifier]]:
    """Find the fitted network in a pipeline, search, or other estimator around one.

    Pass `kinds` to look for other estimators, and `names` to call them so in errors.

    Returns
    -------
    network : AttentionSequenceEstimator or AttentionSequenceEnsembleBase
        A classifier or regressor, of one network or several. It is a snapshot: its attributes
        belong together, even if another thread fits the estimator meanwhile.
    before : list of Pipeline or RecordingClassifier
        Estimators that transform X, or cut it into windows, before it reaches the network.
    """
    before: list[Any] = []
    inner = estimator
    while not isinstance(inner, kinds):
        if isinstance(inner, Pipeline):
            if len(inner) > 1:
                before.append(inner[:-1])
            inner = inner[-1]
        elif isinstance(inner, RecordingClassifier):
            inner = snapshot(inner)
            check_is_fitted(inner)
            before.append(inner)
            inner = inner.estimator_
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
                f"Expected {names}, or a pipeline, search, threshold classifier, "
                "TransformedTargetRegressor or frozen estimator around one, got "
                f"{type(inner).__name__}."
            )
    inner = snapshot(inner)
    check_is_fitted(inner)
    return inner, before


def unwrap_with_data(
    estimator: Any, X: Any, y: Any = None, *, needs_attention: bool = False
) -> tuple[Any, Any, Any]:
    """Find the fitted network, and transform X as the estimators around it do.

    The targets `y` of recordings become those of their windows. Raise, before any work, if the
    network has no attention but needs it.
    """
    network, before = unwrap(estimator)
    if needs_attention and not hasattr(network, "attention_weights"):
        raise ValueError(
            f"The {type(network).__name__} was fitted with attention=None: there is no attention "
            "to show. Fit one with attention='pooling' or 'multihead'."
        )
    for step in before:
        if isinstance(step, Pipeline):
            X = step.transform(X)
            continue
        windows = step._cut_windows(X)
        X = windows.data
        if y is not None:
            check_consistent_length(windows.lengths, y)
            y = column_or_1d(y)[windows.groups]
    return network, X, y
