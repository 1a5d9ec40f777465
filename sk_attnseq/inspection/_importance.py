"""Which timesteps and which features a fitted estimator needs: permutation importance."""

from collections.abc import Callable
from itertools import pairwise
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.metrics import check_scoring
from sklearn.utils import Bunch, check_consistent_length, check_random_state, check_scalar
from sklearn.utils.parallel import Parallel, delayed

from sk_attnseq._input.frames import is_frame
from sk_attnseq._input.read_samples import read_samples
from sk_attnseq._input.stacked_timesteps import stack_timesteps
from sk_attnseq._runtime.estimator_copies import snapshot
from sk_attnseq.inspection._unwrap import NETWORKS, unwrap
from sk_attnseq.recordings import RecordingClassifier


def timestep_importance(
    estimator: Any,
    X: Any,
    y: ArrayLike,
    *,
    scoring: str | Callable[..., float] | None = None,
    n_repeats: int = 5,
    n_jobs: int | None = None,
    random_state: int | np.random.RandomState | None = None,
    sample_weight: ArrayLike | None = None,
) -> Bunch:
    """Measure how much the score falls when a timestep is permuted among the sequences.

    The values of one timestep, all its features together, are exchanged between the sequences that
    have it, so that each gets those of another. Lengths stay as they are.

    Parameters
    ----------
    estimator : estimator
        A fitted classifier or regressor of sequences, such as a pipeline with a network. It is not
        fitted again. For a 2-D `X`, it must be a network or ensemble, alone or in a pipeline,
        search, threshold classifier, `TransformedTargetRegressor` or frozen estimator. Then the
        `n_timesteps` of the network must divide the columns. The other steps of a pipeline must
        leave the columns in their places, or be a
        :class:`~sk_attnseq.preprocessing.TimestepTransformer`.

    X : array-like or list of array-likes
        Sequences, as in the estimator's `predict`, preferably ones that it was not fitted on.

    y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        Classes of the sequences, or numbers to predict.

    scoring : str, callable or None, default=None
        Score to measure, as a name or a callable ``scoring(estimator, X, y)``. None means the
        estimator's own score, which is the accuracy or R².

    n_repeats : int, default=5
        Number of permutations of each timestep.

    n_jobs : int or None, default=None
        Number of timesteps to work on at once, in threads. The result does not depend on it.

    random_state : int, RandomState instance or None, default=None
        Seed or generator of the permutations.

    sample_weight : array-like of shape (n_samples,), default=None
        Weights of the samples in the score.

    Returns
    -------
    result : :class:`~sklearn.utils.Bunch`
        Dictionary-like object with the attributes:

        importances_mean : ndarray of shape (n_timesteps,)
            Mean over the repeats; n_timesteps is the length of the longest sequence.
        importances_std : ndarray of shape (n_timesteps,)
            Standard deviation over the repeats.
        importances : ndarray of shape (n_timesteps, n_repeats)
            Score of `X` as it is, minus the score with the timestep permuted.

    Raises
    ------
    ValueError
        If a step of a pipeline replaces the columns of a 2-D `X`, which the network divides into
        timesteps.

    See Also
    --------
    feature_importance : The same for features.
    ImportanceDisplay : Plots the result.
    sklearn.inspection.permutation_importance : The same for the columns of a table.

    Notes
    -----
    Timesteps that carry the same information can replace each other, so that neither is important.
    A timestep that few sequences have cannot be very important.

    This needs n_timesteps * n_repeats predictions of `X`. All timesteps share the permutations.

    Examples
    --------
    >>> from sk_attnseq import AttentionSequenceClassifier
    >>> from sk_attnseq.datasets import make_sequence_classification
    >>> from sk_attnseq.inspection import timestep_importance
    >>> X, y = make_sequence_classification(
    ...     200, informative_timestep=7, class_sep=4, random_state=0
    ... )
    >>> clf = AttentionSequenceClassifier(epochs=20, random_state=0).fit(X[:100], y[:100])
    >>> result = timestep_importance(clf, X[100:], y[100:], random_state=0)
    >>> int(result.importances_mean.argmax())
    7
    """
    return measure_importance(
        "timestep", estimator, X, y, scoring, n_repeats, n_jobs, random_state, sample_weight
    )


def feature_importance(
    estimator: Any,
    X: Any,
    y: ArrayLike,
    *,
    scoring: str | Callable[..., float] | None = None,
    n_repeats: int = 5,
    n_jobs: int | None = None,
    random_state: int | np.random.RandomState | None = None,
    sample_weight: ArrayLike | None = None,
) -> Bunch:
    """Measure how much the score falls when a feature is permuted among the sequences.

    Each sequence gets the whole series of the feature from another one. If that one is shorter,
    the series continues with that of a third sequence. All values keep their timesteps, and
    lengths stay as they are.

    Parameters
    ----------
    estimator : estimator
        A fitted classifier or regressor of sequences, as for `timestep_importance`.

    X : array-like or list of array-likes
        Sequences, preferably ones that the estimator was not fitted on.

    y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        Classes of the sequences, or numbers to predict.

    scoring : str, callable or None, default=None
        Score to measure, as for `timestep_importance`.

    n_repeats : int, default=5
        Number of permutations of each feature.

    n_jobs : int or None, default=None
        Number of features to work on at once, in threads.

    random_state : int, RandomState instance or None, default=None
        Seed or generator of the permutations.

    sample_weight : array-like of shape (n_samples,), default=None
        Weights of the samples in the score.

    Returns
    -------
    result : :class:`~sklearn.utils.Bunch`
        The same attributes as the result of `timestep_importance`, of features instead of
        timesteps.

    See Also
    --------
    timestep_importance : The same for timesteps.
    ImportanceDisplay : Plots the result.

    Examples
    --------
    >>> from sk_attnseq import AttentionSequenceClassifier
    >>> from sk_attnseq.datasets import make_sequence_classification
    >>> from sk_attnseq.inspection import feature_importance
    >>> X, y = make_sequence_classification(200, class_sep=4, random_state=0)
    >>> clf = AttentionSequenceClassifier(epochs=20, random_state=0).fit(X[:100], y[:100])
    >>> feature_importance(clf, X[100:], y[100:], random_state=0).importances.shape
    (5, 5)
    """
    return measure_importance(
        "feature", estimator, X, y, scoring, n_repeats, n_jobs, random_state, sample_weight
    )


def measure_importance(
    kind: str,
    estimator: Any,
    X: Any,
    y: ArrayLike,
    scoring: Any,
    n_repeats: int,
    n_jobs: int | None,
    random_state: Any,
    sample_weight: ArrayLike | None,
) -> Bunch:
    """Measure importances of one kind, "timestep" or "feature"."""
    check_scalar(n_repeats, "n_repeats", Integral, min_val=1)
    if not (scoring is None or isinstance(scoring, str) or callable(scoring)):
        raise TypeError(f"scoring must be one score, a str or a callable, got {scoring!r}.")
    estimator = snapshot(estimator)  # so that a fit in another thread does not change it
    scorer = check_scoring(estimator, scoring=scoring)
    weights = {} if sample_weight is None else {"sample_weight": sample_weight}
    permutable = _Permutable(estimator, X)
    check_consistent_length(permutable.lengths, y, sample_weight)
    baseline = scorer(estimator, X, y, **weights)
    # Drawn here, not in the threads, so that nothing depends on who comes first.
    rng = check_random_state(random_state)
    sources = [permutable.draw(rng) for _ in range(n_repeats)]
    n = permutable.n_timesteps if kind == "timestep" else permutable.n_features

    def scores(index: int) -> list[float]:
        return [
            scorer(estimator, permutable.exchange(kind, index, source), y, **weights)
            for source in sources
        ]

    permuted = Parallel(n_jobs=n_jobs, prefer="threads", require="sharedmem")(
        delayed(scores)(index) for index in range(n)
    )
    importances = baseline - np.array(permuted, dtype=np.float64)
    return Bunch(
        importances_mean=importances.mean(axis=1),
        importances_std=importances.std(axis=1),
        importances=importances,
    )


class _Permutable:
    """Sequences whose parts can be exchanged, and that come out in the form they came in.

    In the table of all timesteps of all samples, one below another, `_numbers` says which
    timestep of its sample a row is.
    """

    def __init__(self, estimator: Any, X: Any) -> None:
        samples, _ = read_samples(X, numeric=False, estimator=estimator)
        self._frame, columns = None, None
        if not isinstance(samples, list) and samples.ndim == 2:
            columns = _timesteps_of_columns(estimator, samples.shape[1])
            if is_frame(X):
                self._frame = X
        as_list = not isinstance(X, np.ndarray)
        self._timesteps = stack_timesteps(samples, columns, as_list=as_list)
        self.lengths = self._timesteps.lengths
        self.n_timesteps = int(self.lengths.max())
        self.n_features = self._timesteps.rows.shape[1]
        self._starts = np.cumsum(self.lengths) - self.lengths
        self._numbers = np.arange(self.lengths.sum()) - np.repeat(self._starts, self.lengths)

    def draw(self, rng: np.random.RandomState) -> np.ndarray:
        """Draw, for each row, the row whose values it gets: the same timestep elsewhere.

        The samples stand in a circle, in random order; at each timestep, each takes from
        the next that has it.
        """
        order = rng.permutation(len(self.lengths))
        source = np.empty_like(self._numbers)
        for timestep in range(self.n_timesteps):
            order = order[self.lengths[order] > timestep]
            source[self._starts[order] + timestep] = self._starts[np.roll(order, -1)] + timestep
        return source

    def exchange(self, kind: str, index: int, source: np.ndarray) -> Any:
        """All features of one timestep exchanged, or the series of one feature."""
        if self._frame is not None:
            columns = np.arange(self.n_timesteps * self.n_features)
            columns = columns.reshape(self.n_timesteps, self.n_features)
            samples = source[self._starts] // self.n_timesteps  # those of all timesteps
            frame = self._frame
            for column in columns[index] if kind == "timestep" else columns[:, index]:
                frame = _with_column(frame, int(column), samples)
            return frame
        rows = self._timesteps.rows.copy()
        if kind == "timestep":
            at = self._numbers == index
            rows[at] = self._timesteps.rows[source[at]]
        else:
            rows[:, index] = self._timesteps.rows[source, index]
        return self._timesteps.put_back(rows)


def _with_column(frame: Any, column: int, samples: np.ndarray) -> Any:
    """A dataframe with one column taken from other samples."""
    if hasattr(frame, "with_columns"):  # polars
        return frame.with_columns(frame[:, column][samples])
    if hasattr(frame, "set_column"):  # pyarrow
        values = frame.column(column).take(samples)
        return frame.set_column(column, frame.field(column), values)
    values = frame.iloc[samples, column].array
    frame = frame.copy(deep=False)  # isetitem puts a new array in, and writes into none
    frame.isetitem(column, values)
    return frame


def _timesteps_of_columns(estimator: Any, n_columns: int) -> int:
    """How many timesteps the columns of a 2-D X hold."""
    # A RecordingClassifier reads the columns before its network does.
    network, before = unwrap(estimator, (RecordingClassifier, *NETWORKS))
    if network._n_dimensions != 2:
        raise ValueError(
            "X has 2 dimensions, but the network gets 3-dimensional sequences: how the columns "
            "divide into timesteps is not known. Pass 3-dimensional X."
        )
    n_timesteps = network._n_timesteps
    if n_timesteps is None:
        return n_columns
    steps = [step for steps in before for _, step in steps.steps if hasattr(step, "transform")]
    for step, after in pairwise([*steps, network]):
        n_columns_out = getattr(after, "n_features_in_", n_columns)
        # A TimestepTransformer may make other features, but of the same timesteps.
        keeps_timesteps = getattr(step, "n_timesteps", None) == n_timesteps
        if not (keeps_timesteps or _keeps_columns(step, n_columns, n_columns_out)):
            raise ValueError(
                f"X has columns that {type(step).__name__} replaces by others, so they are not "
                f"those that the network divides into n_timesteps={n_timesteps}. Pass the "
                "network by itself, with X as it comes to it: of a pipeline, pipeline[-1] and "
                "pipeline[:-1].transform(X)."
            )
        n_columns = n_columns_out
    return n_timesteps


def _keeps_columns(step: Any, n_columns: int, n_columns_out: int) -> bool:
    """Whether a step leaves columns in their places, as far as their number and names tell."""
    if n_columns != n_columns_out:
        return False
    names = getattr(step, "feature_names_in_", [f"x{i}" for i in range(n_columns)])
    try:
        names_out = step.get_feature_names_out(names)
    except AttributeError:
        return True
    # ColumnTransformer and FeatureUnion put the name of a transformer in front.
    return all(f"__{out}".endswith(f"__{name}") for out, name in zip(names_out, names, strict=True))
