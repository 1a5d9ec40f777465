"""What a network made of a sequence: integrated gradients of what it predicts."""

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

    The sequence is changed along a straight line from a baseline, which tells the network nothing.
    On the way, the gradient with respect to each value measures the effect of its change. The
    effects of all values add up to the difference in probability between the sequence and the
    baseline [1]_. For a regressor, the same is measured for the predicted number.

    Parameters
    ----------
    estimator : estimator
        A fitted network, ensemble or `RecordingClassifier`, alone or in a pipeline, search,
        threshold classifier, `TransformedTargetRegressor` or frozen estimator. Values are those
        that reach the network, and predictions are the network's.

    X : array-like or list of array-likes
        Sequences, as in the estimator's `predict`. Of recordings, windows are the sequences.

    class_of_interest : int, float, bool or str, default=None
        The class whose probability is explained. None explains, for each sequence, the predicted
        class. Not for regressors.

    target : int, default=None
        Index of the output that is explained, for a regressor with several outputs.
        Not for classifiers.

    baseline : array-like of shape (n_features,), default=None
        Features of the baseline, the same in each timestep, as they reach the network. None means
        zeros, which are the means of standardized features.

    n_steps : int, default=100
        Number of steps from the baseline to the sequence. More steps make the error smaller and
        take longer.

    Returns
    -------
    result : :class:`~sklearn.utils.Bunch`
        Dictionary-like object with the attributes:

        attributions : ndarray of shape (n_samples, n_timesteps, n_features)
            Contribution of each value to the probability, or to the prediction in the units of
            the targets; 0 in padding. n_timesteps is the length of the longest sequence.
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
            Sum of the attributions, minus the difference of the two probabilities or predictions.
            An error above 0.05, or 0.05 standard deviations of the targets, raises a
            ConvergenceWarning that asks for more steps.

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
    Attributions depend on the baseline: they explain why the sequence is not predicted like it. If
    features are not scaled, pass their means. The baseline is not computed from `X`, so that the
    attributions of a sequence do not depend on the other sequences.

    Gradients are computed by Keras, so this imports TensorFlow. Attributions of an ensemble are the
    mean of those of its networks.

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
    check_scalar(n_steps, "n_steps", Integral, min_val=1)
    network, X, _ = unwrap_with_data(estimator, X)
    sequences = read_sequences(network, X)
    baseline = _check_baseline(baseline, sequences.n_features)
    samples, longest = np.arange(len(sequences)), sequences.longest
    values = sequences.gather(samples, n_timesteps=longest, dtype=np.float64)
    outputs, of_baseline = (
        _outputs(network, Sequences.of_array(x, sequences.lengths))
        for x in (values, np.broadcast_to(baseline, values.shape))
    )
    chosen = _outputs_to_explain(network, outputs, class_of_interest, target)
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


def _check_baseline(baseline: ArrayLike | None, n_features: int) -> np.ndarray:
    if baseline is None:
        return np.zeros(n_features)
    values: np.ndarray = check_array(
        baseline, ensure_2d=False, dtype=np.float64, input_name="baseline"
    )
    if values.shape != (n_features,):
        raise ValueError(
            f"baseline has shape {values.shape}, expected ({n_features},): a value for each "
            "feature that reaches the network."
        )
    return values


def _outputs_to_explain(
    network: Any, outputs: np.ndarray, class_of_interest: Any, target: int | None
) -> np.ndarray:
    """The index of the output to explain, for each sequence: that of a class, or of a target."""
    n_samples, n_outputs = outputs.shape
    if is_classifier(network):
        if target is not None:
            raise ValueError(
                f"target is {target!r}, but is for regressors: pass class_of_interest."
            )
        if class_of_interest is None:
            return outputs.argmax(axis=1)
        known = network.classes_.tolist()
        if class_of_interest not in known:
            raise ValueError(
                f"class_of_interest is {class_of_interest!r}, but the classes are {known}."
            )
        return np.full(n_samples, known.index(class_of_interest))
    if class_of_interest is not None:
        raise ValueError(
            f"class_of_interest is {class_of_interest!r}, but an {type(network).__name__} has no "
            "classes: leave it out."
        )
    if target is None and n_outputs > 1:
        raise ValueError(
            f"The {type(network).__name__} has {n_outputs} outputs: pass the number of one as "
            "target."
        )
    target = 0 if target is None else target
    check_scalar(target, "target", Integral, min_val=0, max_val=n_outputs - 1)
    return np.full(n_samples, target)


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
            stacklevel=3,
        )
