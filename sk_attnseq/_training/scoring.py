"""How good a network is on validation data: the `scoring` parameter, the higher the better."""

from collections.abc import Callable
from numbers import Real

import numpy as np
from sklearn.metrics import check_scoring

from sk_attnseq._data.training_data import TrainingData
from sk_attnseq._network.forward_pass import ForwardPass
from sk_attnseq._runtime.estimator_copies import snapshot
from sk_attnseq._runtime.floating_point import ignores_floating_point_errors
from sk_attnseq._training.losses import LOSSES
from sk_attnseq._training.state import State


def make_score(estimator, data: TrainingData) -> Callable[[State], float]:
    """A function that scores a state of training on validation data.

    The estimator has what `fit` sets before the first epoch.
    """
    name, parameter = estimator._loss()
    loss, target_data = LOSSES[name], (data.targets, data.weights)
    if estimator.scoring is None:
        return lambda state: loss.score(_outputs(estimator, state, data), *target_data)
    if isinstance(estimator.scoring, str) and estimator.scoring == "loss":
        mean = ignores_floating_point_errors(loss.mean)
        return lambda state: _checked(
            -mean(_outputs(estimator, state, data), *target_data, parameter), estimator.scoring
        )
    return _Scorer(estimator, data)


def _checked(score, scoring):
    if not isinstance(score, Real) or not np.isfinite(score):
        raise ValueError(
            f"scoring={scoring!r} cannot score the validation data: a score must be a finite "
            f"number, but this is {score!r}."
        )
    return float(score)


def _outputs(estimator, state, data):
    return ForwardPass(estimator._architecture, state[0]).outputs(data.sequences)


class _Scorer:
    """A score by a scorer of scikit-learn's, or one like it.

    It gets a copy of the estimator with the weights of the epoch, and the sequences as they
    were checked, so that nothing is checked or copied again in each epoch.
    """

    def __init__(self, estimator, data):
        self._estimator = snapshot(estimator)
        self._scorer = check_scoring(estimator, estimator.scoring)
        self._X, self._y = data.sequences, estimator._coding.decode(data.targets)
        weights = data.sample_weight
        self._weights = {} if weights is None else {"sample_weight": weights}
        try:
            self(estimator._state)  # what cannot be scored is an error now, not after an epoch
        except TypeError:
            if weights is None:
                raise
            self._weights = {}  # which not all scorers take
            self(estimator._state)

    def __call__(self, state):
        architecture = self._estimator._architecture
        vars(self._estimator).update(
            _state=state, _forward_pass=ForwardPass(architecture, state[0])
        )
        vars(self._estimator).pop("_keras_model", None)  # of earlier weights
        try:
            score = self._scorer(self._estimator, self._X, self._y, **self._weights)
        except ValueError as error:
            raise ValueError(
                f"scoring={self._estimator.scoring!r} cannot score the validation data: {error}"
            ) from error
        return _checked(score, self._estimator.scoring)
