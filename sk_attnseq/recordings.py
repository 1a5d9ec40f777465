"""A classifier whose samples are recordings, which it cuts into windows."""

import inspect
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn import get_config
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, clone
from sklearn.pipeline import Pipeline
from sklearn.utils import Bunch, Tags, assert_all_finite, get_tags
from sklearn.utils.metadata_routing import UNUSED, get_routing_for_object, process_routing
from sklearn.utils.validation import check_is_fitted, has_fit_parameter

from sk_attnseq._data.class_labels import read_labels
from sk_attnseq._data.groups import check_groups
from sk_attnseq._data.sample_weights import check_sample_weight
from sk_attnseq._estimator.parameters import check_choice
from sk_attnseq._input.fitted_form import check_form, set_form
from sk_attnseq._input.read_samples import read_samples
from sk_attnseq._input.read_sequences import to_sequences
from sk_attnseq._network.forward_pass import softmax
from sk_attnseq._runtime.estimator_copies import on_a_draft, snapshot
from sk_attnseq.ensemble import AttentionSequenceEnsemble, AttentionSequenceEnsembleBase
from sk_attnseq.sequences import make_windows, to_timeline

__all__ = ["RecordingClassifier"]

# Smaller probabilities count as this, so that no single window decides in a geometric mean.
_LEAST = 1e-7


class RecordingClassifier(MetaEstimatorMixin, ClassifierMixin, BaseEstimator):
    """Classify recordings by the mean probabilities of their windows.

    Each sample is a whole recording with one label. `fit` cuts the recordings into windows and
    fits the estimator on these. Because the samples are recordings, `cross_val_score`,
    `GridSearchCV` and other tools never put windows of one recording on both sides of a split.

    Parameters
    ----------
    estimator : estimator
        The classifier of windows, such as an `AttentionSequenceClassifier` or a pipeline. It
        must have `predict_proba`.

    length : int
        Number of timesteps in a window. Shorter recordings become one window, padded with NaN.

    step : int or None, default=None
        Number of timesteps from the start of one window to the start of the next. Windows overlap
        if it is less than `length`. None means `length`, so that windows do not overlap. If the
        end of a recording does not fill another window, one more window ends with the recording.

    aggregation : {"mean", "geometric_mean"}, default="mean"
        Mean of the probabilities of the windows that becomes that of the recording. The geometric
        mean, normalized to add up to 1, counts windows more that rule out a class. It is often
        more accurate if a single window tells little about the class. Probabilities below 1e-7
        count as 1e-7.

    Attributes
    ----------
    estimator_ : estimator
        The fitted classifier of windows.

    classes_ : ndarray of shape (n_classes,)
        The classes, in the order of the columns of `predict_proba`.

    n_features_in_ : int
        Number of features of each timestep of a 3-D `X`, or of columns of a 2-D `X`.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns, if `X` was a dataframe or a list of dataframes.

    See Also
    --------
    sk_attnseq.sequences.make_windows : Windows with labels of their own.

    Notes
    -----
    An `AttentionSequenceClassifier`, or a pipeline or ensemble of one, gets the recording of each
    window as `groups` of its `fit`. Early stopping then does not validate on windows of recordings
    that it trains on. Other estimators around a classifier, such as searches, votes and
    `CalibratedClassifierCV`, get the groups only with metadata routing: enable it, give those that
    split the data a splitter of groups (``cv=GroupKFold()``), and call
    ``set_fit_request(groups=True)`` on classifiers with early stopping.

    Examples
    --------
    >>> from sk_attnseq import AttentionSequenceClassifier
    >>> from sk_attnseq.datasets import make_sequence_classification
    >>> from sk_attnseq.recordings import RecordingClassifier
    >>> X, y = make_sequence_classification(60, n_timesteps=40, random_state=0)
    >>> clf = AttentionSequenceClassifier(epochs=5, random_state=0)
    >>> recordings = RecordingClassifier(clf, length=20, step=10).fit(X, y)
    >>> recordings.predict_proba(X[:3]).shape
    (3, 2)
    >>> recordings.predict_windows(X[:3])[0].shape
    (40, 2)
    """

    # Without this default, users who split by groups would have to call
    # set_fit_request(groups=False). Weights are passed on, so the estimator requests them.
    __metadata_request__fit = {"sample_weight": UNUSED, "groups": False}  # noqa: RUF012

    estimator_: Any
    classes_: np.ndarray
    n_features_in_: int
    feature_names_in_: np.ndarray

    def __init__(
        self,
        estimator: Any,
        length: int,
        step: int | None = None,
        *,
        aggregation: Literal["mean", "geometric_mean"] = "mean",
    ) -> None:
        self.estimator = estimator
        self.length = length
        self.step = step
        self.aggregation = aggregation

    @on_a_draft
    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        groups: ArrayLike | None = None,
    ) -> Self:
        """Cut the recordings into windows, and fit the estimator on them.

        Parameters
        ----------
        X : array-like or list of array-likes
            The recordings: a list of arrays or DataFrames (n_timesteps_i, n_features); or an
            array (n_recordings, n_timesteps, n_features), padded with NaN; or
            (n_recordings, n_timesteps), with one feature.

        y : array-like of shape (n_recordings,)
            The class of each recording.

        sample_weight : array-like of shape (n_recordings,), default=None
            Weights of the recordings; each window gets its recording's. With metadata routing
            enabled, the estimator must request it.

        groups : array-like of shape (n_recordings,), default=None
            The person or machine of each recording, for the early stopping of the estimator.
            None makes each recording a group of its own.

        Returns
        -------
        self : RecordingClassifier
            The fitted classifier.

        Raises
        ------
        ValueError
            If a parameter or the data are not as described; the classifier stays as it was.

        TypeError
            If the estimator has no `predict_proba`, or does not take `sample_weight`.
        """
        if not hasattr(self.estimator, "predict_proba"):
            raise TypeError(
                f"{type(self.estimator).__name__} has no predict_proba, whose mean over windows "
                "decides: pass a classifier that has it."
            )
        check_choice("aggregation", self.aggregation, ("mean", "geometric_mean"))
        recordings = self._read(X, set_form)
        n_recordings = len(recordings)
        _check_one_label_each(y, recordings)
        y = read_labels(self, y, n_samples=n_recordings)
        groups = check_groups(groups, n_samples=n_recordings)
        windows = self._cut(recordings)
        of_windows = windows.groups if groups is None else groups[windows.groups]
        if sample_weight is not None:
            weights = check_sample_weight(sample_weight, n_samples=n_recordings)
            sample_weight = weights[windows.groups]
        estimator = clone(self.estimator)
        params = self._fit_params(estimator, sample_weight, of_windows)
        self.estimator_ = estimator.fit(windows.data, y[windows.groups], **params)
        self.classes_ = self.estimator_.classes_
        return self

    def predict(self, X: ArrayLike) -> np.ndarray:
        """Predict the class of each recording.

        Parameters
        ----------
        X : array-like or list of array-likes
            Recordings in the form of those in `fit`. Their lengths may differ, but not the number
            of columns of a 2-D `X`.

        Returns
        -------
        y_pred : ndarray of shape (n_recordings,)
            The most probable class of each recording.
        """
        fitted = snapshot(self)  # as another thread may fit the classifier meanwhile
        probabilities: np.ndarray = fitted.predict_proba(X)
        return fitted.classes_[probabilities.argmax(axis=1)]

    def predict_proba(self, X: ArrayLike) -> np.ndarray:
        """Predict the probability of each class, from those of the windows.

        Parameters
        ----------
        X : array-like or list of array-likes
            Recordings in the form of those in `fit`. Their lengths may differ, but not the number
            of columns of a 2-D `X`.

        Returns
        -------
        probabilities : ndarray of shape (n_recordings, n_classes)
            Columns in the order of `classes_`.
        """
        windows, probabilities = self._predict_each_window(X)
        counts = np.bincount(windows.groups)
        firsts = np.cumsum(counts) - counts
        if self.aggregation == "geometric_mean":
            probabilities = np.log(np.maximum(probabilities, _LEAST))
        means: np.ndarray = np.add.reduceat(probabilities, firsts) / counts[:, np.newaxis]
        return softmax(means, axis=1) if self.aggregation == "geometric_mean" else means

    def predict_windows(self, X: ArrayLike) -> list[np.ndarray]:
        """Predict the probability of each class at each timestep.

        Parameters
        ----------
        X : array-like or list of array-likes
            Recordings in the form of those in `fit`. Their lengths may differ, but not the number
            of columns of a 2-D `X`.

        Returns
        -------
        timelines : list of ndarray of shape (n_timesteps_i, n_classes)
            For each recording, the mean probabilities of the windows that cover a timestep;
            NaN if none does, which needs a `step` larger than `length`.
        """
        windows, probabilities = self._predict_each_window(X)
        return to_timeline(probabilities, windows)

    def _predict_each_window(self, X: ArrayLike) -> tuple[Bunch, np.ndarray]:
        fitted = snapshot(self)
        check_is_fitted(fitted)
        windows = fitted._cut_windows(X)
        return windows, fitted.estimator_.predict_proba(windows.data)

    def _cut_windows(self, X: ArrayLike) -> Bunch:
        """Cut recordings of the form that was fitted."""
        return self._cut(self._read(X, check_form))

    def _read(self, X: ArrayLike, set_or_check_form: Any) -> list[np.ndarray] | np.ndarray:
        """X as recordings: a list of arrays (n_timesteps_i, n_features), or a 3-D array."""
        samples, frame = read_samples(X, numeric=True, estimator=self)
        set_or_check_form(self, samples, frame)
        is_3d = isinstance(samples, list) or samples.ndim == 3
        if not _allows_nan(self.estimator):
            # Here, as the estimator's errors would name windows instead of recordings.
            if is_3d:
                to_sequences(samples, dtype="float64")
            else:  # there is no padding in two dimensions
                assert_all_finite(samples, estimator_name=type(self).__name__, input_name="X")
        return samples if is_3d else samples[:, :, np.newaxis]

    def _cut(self, recordings: list[np.ndarray] | np.ndarray) -> Bunch:
        return make_windows(
            recordings, length=self.length, step=self.step, remainder="shift", short="pad"
        )

    def _fit_params(
        self, estimator: Any, sample_weight: ArrayLike | None, groups: np.ndarray
    ) -> dict[str, Any]:
        """What the estimator's `fit` gets besides windows and labels."""
        metadata = {} if sample_weight is None else {"sample_weight": sample_weight}
        classifier, prefix = _find_classifier(estimator)
        takes_groups = has_fit_parameter(classifier, "groups")
        if get_config()["enable_metadata_routing"]:
            if get_routing_for_object(self).consumes("fit", ["groups"]):
                metadata["groups"] = groups
            params = dict(process_routing(self, "fit", **metadata).estimator.fit)
            if takes_groups:
                # The groups are not the user's metadata, so users need not request them.
                classifier.set_fit_request(groups=True)
                params["groups"] = groups
            return params
        if metadata and not _takes_weights(classifier):
            raise TypeError(
                f"{type(classifier).__name__} does not take sample_weight in fit: leave it out."
            )
        if takes_groups:
            metadata["groups"] = groups
        return {prefix + name: value for name, value in metadata.items()}

    # `fit` hands on what the estimator requests, as an ensemble's does.
    get_metadata_routing = AttentionSequenceEnsembleBase.get_metadata_routing

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "estimator_")

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        of_estimator = get_tags(self.estimator)
        tags.input_tags = of_estimator.input_tags
        tags.input_tags.three_d_array = True
        tags.non_deterministic = of_estimator.non_deterministic
        return tags


def _allows_nan(estimator: Any) -> bool:
    """Whether the estimator accepts missing values.

    The first step of a pipeline decides, and in a vote or the like, all of its estimators.
    """
    while isinstance(estimator, Pipeline):
        estimator = estimator.steps[0][1]
    if estimator == "passthrough" or get_tags(estimator).input_tags.allow_nan:
        return True
    parts = [part for _, part in getattr(estimator, "estimators", ())]
    parts.append(getattr(estimator, "estimator", None))
    inner = [part for part in parts if part not in (None, "drop")]
    return bool(inner) and all(map(_allows_nan, inner))


def _check_one_label_each(y: Any, recordings: Any) -> None:
    """Raise if the labels are those of timesteps."""
    is_listed = isinstance(y, (list, tuple, np.ndarray)) and len(y) > 0
    if is_listed and np.ndim(y[0]) and len(y[0]) == len(recordings[0]) > 1:
        raise ValueError(
            "y has a label for each timestep, but a RecordingClassifier needs one for each "
            "recording. sk_attnseq.sequences.make_windows makes labeled windows of such recordings."
        )


def _takes_weights(estimator: Any) -> bool:
    """Whether `fit` has a parameter for weights, or hands on whatever it gets."""
    parameters = inspect.signature(estimator.fit).parameters.values()
    return any(p.name == "sample_weight" or p.kind is p.VAR_KEYWORD for p in parameters)


def _find_classifier(estimator: Any) -> tuple[Any, str]:
    """The classifier in pipelines and ensembles, and the prefix of its parameters in `fit`."""
    prefix = ""
    while isinstance(estimator, Pipeline | AttentionSequenceEnsemble):
        if isinstance(estimator, Pipeline):
            name, estimator = estimator.steps[-1]
            prefix += f"{name}__"
        else:  # which hands all parameters on
            estimator = estimator.estimator
    return estimator, prefix
