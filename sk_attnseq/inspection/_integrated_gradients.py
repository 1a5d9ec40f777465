"""What a network made of a sequence: integrated gradients of what it predicts."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, Iterator
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import is_classifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import Bunch, check_array, check_scalar

from sk_attnseq._input.read_sequences import read_sequences
from sk_attnseq._input.sequence_store import Sequences, is_real
from sk_attnseq._network.forward_pass import softmax
from sk_attnseq._runtime.tensorflow_import import quiet_import
from sk_attnseq.inspection._unwrap import unwrap_with_data

# Timesteps, of all sequences together, whose gradients are computed at once. Wide networks take
# some 20 kB for each.
_BLOCK_TIMESTEPS = 10_000
# An error from here on is worth a warning (Sundararajan et al. recommend 5%): in probability, or in
# standard deviations of the targets.
_LARGE_ERROR = 0.05


def integrated_gradients(
    estimator: Any,
    X: Any,
    *,
    class_of_interest: Any = None,
    target: int | None = None,
    baseline: ArrayLike | None = None,
    n_steps: int = 100,
) -> Bunch:
    """Measure what each value of a sequence adds to the probability of a class, or to a prediction.

    The sequence is taken from a baseline, which tells the network nothing, to what it is,
    along a straight line; on the way, the gradient of the probability by each value says what
    that value's change does to it. Added up, the changes of all values are the difference
    between the sequence's probability and the baseline's [1]_. Of a regressor, the same is
    measured of the number that it predicts.

    Parameters
    ----------
    estimator : estimator
        A fitted `AttentionSequenceClassifier` or `AttentionSequenceRegressor`, an ensemble of
        them, or a pipeline, search, threshold classifier, `TransformedTargetRegressor` or frozen
        estimator around one. Values are those that come to the network, and predictions those
        that it makes.

    X : array-like or list of array-likes
        Sequences, as in the estimator's `predict`.

    class_of_interest : int, float, bool or str, default=None
        The class whose probability is explained; None takes, for each sequence, the class that
        is predicted. Not for regressors.

    target : int, default=None
        The output that is explained, by its number from 0, of a regressor with several outputs.
        Not for classifiers.

    baseline : array-like of shape (n_features,), default=None
        The features of the baseline, the same in each timestep, as they come to the network.
        None takes zeros: the mean, where features are scaled as they should be.

    n_steps : int, default=100
        Steps from the baseline to the sequence. More make the error smaller, and take longer.

    Returns
    -------
    result : :class:`~sklearn.utils.Bunch`
        With the attributes:

        attributions : ndarray of shape (n_samples, n_timesteps, n_features)
            What each value adds to the probability, or to the prediction in the units of the
            targets; 0 in padding. n_timesteps is the length of the longest sequence.
        classes : ndarray of shape (n_samples,)
            The class that is explained. Only of classifiers.
        probabilities : ndarray of shape (n_samples,)
            Its probability. Only of classifiers.
        baseline_probabilities : ndarray of shape (n_samples,)
            Its probability for the baseline, which is as long as the sequence. Only of classifiers.
        predictions : ndarray of shape (n_samples,)
            The prediction. Only of regressors.
        baseline_predictions : ndarray of shape (n_samples,)
            The prediction for the baseline, which is as long as the sequence. Only of regressors.
        errors : ndarray of shape (n_samples,)
            The sum of the attributions, minus the difference of the two probabilities, or
            predictions, that it should be. The ConvergenceWarning of an error of more than 0.05, or
            0.05 standard deviations of the targets, asks for more steps.

    Raises
    ------
    ValueError
        If `class_of_interest` is passed for a regressor, or is no class; if `target` is passed for
        a classifier, or is missing or no output of a regressor with several; or if the baseline
        does not fit the features.

    See Also
    --------
    IntegratedGradientsDisplay : Plots those of one sequence.
    feature_importance : What the network needs on the whole.

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
    network, X = unwrap_with_data(estimator, X)
    sequences = read_sequences(network, X)
    return attribute(network, sequences, class_of_interest, target, baseline, n_steps)


def attribute(
    network: Any,
    sequences: Sequences,
    class_of_interest: Any,
    target: int | None,
    baseline: Any,
    n_steps: int,
) -> Bunch:
    """Integrated gradients of checked sequences, as `integrated_gradients` returns them."""
    check_scalar(n_steps, "n_steps", Integral, min_val=1)
    baseline = _check_baseline(baseline, sequences.n_features)
    samples, longest = np.arange(len(sequences)), sequences.longest
    values = sequences.gather(samples, n_timesteps=longest, dtype=np.float64)
    outputs, of_baseline = (
        _outputs(network, Sequences.of_array(x, sequences.lengths))
        for x in (values, np.broadcast_to(baseline, values.shape))
    )
    choose = _classes if is_classifier(network) else _targets
    chosen = choose(network, outputs, class_of_interest, target)
    way = values - baseline
    way[~is_real(sequences.lengths, longest)] = np.nan
    # The gradient of a mean of networks is the mean of theirs.
    gradients = [
        _mean_gradients(of_network, baseline, way, chosen, n_steps)
        for of_network in _gradients(network)
    ]
    attributions = np.nan_to_num(way) * np.mean(gradients, axis=0)
    outputs, of_baseline = outputs[samples, chosen], of_baseline[samples, chosen]
    errors = attributions.sum(axis=(1, 2)) - (outputs - of_baseline)
    _warn_of_large(errors, n_steps)
    if is_classifier(network):
        return Bunch(
            attributions=attributions,
            classes=network.classes_[chosen],
            probabilities=outputs,
            baseline_probabilities=of_baseline,
            errors=errors,
        )
    mean, scale = (part[chosen[0]] for part in (network._coding.mean, network._coding.scale))
    return Bunch(
        attributions=attributions * scale,
        predictions=outputs * scale + mean,
        baseline_predictions=of_baseline * scale + mean,
        errors=errors * scale,
    )


def _outputs(network: Any, sequences: Sequences) -> np.ndarray:
    """Probabilities, or standardized numbers, (n_samples, n_outputs)."""
    outputs: np.ndarray = network._forward_pass.outputs(sequences)
    return softmax(outputs, axis=1) if is_classifier(network) else outputs


def _check_baseline(baseline: Any, n_features: int) -> np.ndarray:
    if baseline is None:
        return np.zeros(n_features)
    baseline = check_array(baseline, ensure_2d=False, dtype=np.float64, input_name="baseline")
    if baseline.shape != (n_features,):
        raise ValueError(
            f"baseline has shape {baseline.shape}, expected ({n_features},): a value for each "
            "feature that comes to the network."
        )
    return baseline


def _classes(
    network: Any, probabilities: np.ndarray, class_of_interest: Any, target: int | None
) -> np.ndarray:
    """The index of the class to explain, for each sequence."""
    if target is not None:
        raise ValueError(f"target is {target!r}, but is for regressors: pass class_of_interest.")
    if class_of_interest is None:
        return probabilities.argmax(axis=1)
    known = network.classes_.tolist()
    if class_of_interest not in known:
        raise ValueError(
            f"class_of_interest is {class_of_interest!r}, but the classes are {known}."
        )
    return np.full(len(probabilities), known.index(class_of_interest))


def _targets(
    network: Any, outputs: np.ndarray, class_of_interest: Any, target: int | None
) -> np.ndarray:
    """The index of the output to explain, for each sequence."""
    if class_of_interest is not None:
        raise ValueError(
            f"class_of_interest is {class_of_interest!r}, but an {type(network).__name__} has no "
            "classes: leave it out."
        )
    n_outputs = outputs.shape[1]
    if target is None and n_outputs > 1:
        raise ValueError(
            f"The {type(network).__name__} has {n_outputs} outputs: pass the number of one as "
            "target."
        )
    target = 0 if target is None else target
    check_scalar(target, "target", Integral, min_val=0, max_val=n_outputs - 1)
    return np.full(len(outputs), target)


def _gradients(estimator: Any) -> Iterator[Callable[..., np.ndarray]]:
    """Gradients of an output, as a function of sequences and indices of outputs, by network."""
    engine = quiet_import("sk_attnseq._training.input_gradients")
    for network in getattr(estimator, "estimators_", [estimator]):
        gradients = engine.output_gradients(network._architecture)
        yield functools.partial(gradients, network._state[0])


def _mean_gradients(
    gradients: Any, baseline: np.ndarray, way: np.ndarray, outputs: np.ndarray, n_steps: int
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
        np.add.at(total, samples, gradients(points, outputs[samples]))
    return total / n_steps


def _warn_of_large(errors: np.ndarray, n_steps: int) -> None:
    worst = np.abs(errors).argmax()
    if abs(errors[worst]) > _LARGE_ERROR:
        warnings.warn(
            f"The attributions of sample {worst} add up to a difference from the baseline that is "
            f"wrong by {errors[worst]:.2f} (of a probability, or in standard deviations of the "
            f"targets): raise n_steps, which is {n_steps}.",
            ConvergenceWarning,
            stacklevel=4,
        )
