"""What a network made of a sequence: integrated gradients of a class's probability."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, Iterator
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import Bunch, check_array, check_scalar

from sk_attnseq._data.checks import check_sequences
from sk_attnseq._data.sequences import Sequences, is_real
from sk_attnseq._network.forward_pass import softmax
from sk_attnseq._runtime.startup import quiet_import
from sk_attnseq.inspection._unwrap import unwrap_with_data

# Timesteps, of all sequences together, whose gradients are computed at once. Wide networks take
# some 20 kB for each.
_BLOCK_TIMESTEPS = 10_000
# An error from here on is worth a warning (Sundararajan et al. recommend 5%).
_LARGE_ERROR = 0.05


def integrated_gradients(
    estimator: Any,
    X: Any,
    *,
    class_of_interest: Any = None,
    baseline: ArrayLike | None = None,
    n_steps: int = 100,
) -> Bunch:
    """Measure what each value of a sequence adds to the probability of a class.

    The sequence is taken from a baseline, which tells the classifier nothing, to what it is,
    along a straight line; on the way, the gradient of the probability by each value says what
    that value's change does to it. Added up, the changes of all values are the difference
    between the sequence's probability and the baseline's [1]_.

    Parameters
    ----------
    estimator : estimator
        A fitted `AttentionSequenceClassifier` or `AttentionSequenceEnsemble`, or a pipeline,
        search, threshold classifier or frozen estimator around one. Values are those that come
        to the classifier.

    X : array-like or list of array-likes
        Sequences, as in the estimator's `predict`.

    class_of_interest : int, float, bool or str, default=None
        The class whose probability is explained; None takes, for each sequence, the class that
        is predicted.

    baseline : array-like of shape (n_features,), default=None
        The features of the baseline, the same in each timestep, as they come to the classifier.
        None takes zeros: the mean, where features are scaled as they should be.

    n_steps : int, default=100
        Steps from the baseline to the sequence. More make the error smaller, and take longer.

    Returns
    -------
    result : :class:`~sklearn.utils.Bunch`
        With the attributes:

        attributions : ndarray of shape (n_samples, n_timesteps, n_features)
            What each value adds to the probability; 0 in padding. n_timesteps is the length
            of the longest sequence.
        classes : ndarray of shape (n_samples,)
            The class that is explained.
        probabilities : ndarray of shape (n_samples,)
            Its probability.
        baseline_probabilities : ndarray of shape (n_samples,)
            Its probability for the baseline, which is as long as the sequence.
        errors : ndarray of shape (n_samples,)
            The sum of the attributions, minus the difference of the two probabilities that it
            should be. The ConvergenceWarning of an error of more than 0.05 asks for more steps.

    See Also
    --------
    IntegratedGradientsDisplay : Plots those of one sequence.
    feature_importance : What the classifier needs on the whole.

    Notes
    -----
    Attributions depend on the baseline: they say why the sequence is not predicted as that is.
    Where features are not scaled, pass their means. It is not taken from `X`, so that what
    is said of a sequence does not depend on the others.

    Gradients are Keras's, so this imports TensorFlow. Of an ensemble, attributions are the mean
    of the networks'.

    References
    ----------
    .. [1] M. Sundararajan, A. Taly and Q. Yan, "Axiomatic Attribution for Deep Networks", ICML,
       2017 (arXiv:1703.01365).

    Examples
    --------
    >>> import numpy as np
    >>> from sk_attnseq import AttentionSequenceClassifier
    >>> from sk_attnseq.datasets import make_sequence_classification
    >>> from sk_attnseq.inspection import integrated_gradients
    >>> X, y = make_sequence_classification(random_state=0)
    >>> clf = AttentionSequenceClassifier(epochs=5, random_state=0).fit(X, y)
    >>> result = integrated_gradients(clf, X[:3])
    >>> result.attributions.shape
    (3, 10, 5)
    >>> difference = result.probabilities - result.baseline_probabilities
    >>> np.allclose(result.attributions.sum(axis=(1, 2)), difference, atol=0.01)
    True
    """
    classifier, X = unwrap_with_data(estimator, X)
    sequences = check_sequences(classifier, X, reset=False)
    return attribute(classifier, sequences, class_of_interest, baseline, n_steps)


def attribute(
    classifier: Any, sequences: Sequences, class_of_interest: Any, baseline: Any, n_steps: int
) -> Bunch:
    """Integrated gradients of checked sequences, as `integrated_gradients` returns them."""
    check_scalar(n_steps, "n_steps", Integral, min_val=1)
    baseline = _check_baseline(baseline, sequences.n_features)
    samples, longest = np.arange(len(sequences)), sequences.longest
    values = sequences.gather(samples, n_timesteps=longest, dtype=np.float64)
    probabilities, of_baseline = (
        softmax(classifier._forward_pass.logits(Sequences.of_array(x, sequences.lengths)), axis=1)
        for x in (values, np.broadcast_to(baseline, values.shape))
    )
    targets = _targets(class_of_interest, classifier.classes_, probabilities)
    way = values - baseline
    way[~is_real(sequences.lengths, longest)] = np.nan
    # The gradient of a mean of networks is the mean of theirs.
    gradients = [
        _mean_gradients(of_network, baseline, way, targets, n_steps)
        for of_network in _gradients(classifier)
    ]
    attributions = np.nan_to_num(way) * np.mean(gradients, axis=0)
    probabilities, of_baseline = probabilities[samples, targets], of_baseline[samples, targets]
    errors = attributions.sum(axis=(1, 2)) - (probabilities - of_baseline)
    _warn_of_large(errors, n_steps)
    return Bunch(
        attributions=attributions,
        classes=classifier.classes_[targets],
        probabilities=probabilities,
        baseline_probabilities=of_baseline,
        errors=errors,
    )


def _check_baseline(baseline: Any, n_features: int) -> np.ndarray:
    if baseline is None:
        return np.zeros(n_features)
    baseline = check_array(baseline, ensure_2d=False, dtype=np.float64, input_name="baseline")
    if baseline.shape != (n_features,):
        raise ValueError(
            f"baseline has shape {baseline.shape}, expected ({n_features},): a value for each "
            "feature that comes to the classifier."
        )
    return baseline


def _targets(class_of_interest: Any, classes: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """The index of the class to explain, for each sequence."""
    if class_of_interest is None:
        return probabilities.argmax(axis=1)
    known = classes.tolist()
    if class_of_interest not in known:
        raise ValueError(
            f"class_of_interest is {class_of_interest!r}, but the classes are {known}."
        )
    return np.full(len(probabilities), known.index(class_of_interest))


def _gradients(classifier: Any) -> Iterator[Callable[..., np.ndarray]]:
    """Gradients of a class's probability, as a function of sequences and classes, by network."""
    engine = quiet_import("sk_attnseq._training.gradients")
    for network in getattr(classifier, "estimators_", [classifier]):
        gradients = engine.class_gradients(network._architecture)
        yield functools.partial(gradients, network._state[0])


def _mean_gradients(
    gradients: Any, baseline: np.ndarray, way: np.ndarray, targets: np.ndarray, n_steps: int
) -> np.ndarray:
    """Mean gradients over the middles of all steps, (n_samples, n_timesteps, n_features).

    All steps of all sequences are rows of one long list, of which blocks are computed at once.
    """
    total = np.zeros_like(way)
    n_rows = len(way) * n_steps
    n_at_once = max(1, _BLOCK_TIMESTEPS // way.shape[1])
    for start in range(0, n_rows, n_at_once):
        rows = np.arange(start, min(start + n_at_once, n_rows))
        samples, steps = np.divmod(rows, n_steps)
        parts = (steps + 0.5) / n_steps
        points = baseline + parts[:, np.newaxis, np.newaxis] * way[samples]
        np.add.at(total, samples, gradients(points, targets[samples]))
    return total / n_steps


def _warn_of_large(errors: np.ndarray, n_steps: int) -> None:
    worst = np.abs(errors).argmax()
    if abs(errors[worst]) > _LARGE_ERROR:
        warnings.warn(
            f"The attributions of sample {worst} add up to a difference of probabilities that is "
            f"wrong by {errors[worst]:.2f}: raise n_steps, which is {n_steps}.",
            ConvergenceWarning,
            stacklevel=4,
        )
