"""The steps of `fit` that need the training engine: a start, and the epochs."""

from __future__ import annotations

import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import accuracy_score
from sklearn.model_selection import train_test_split
from sklearn.utils import check_random_state

from sk_attnseq import _training as engine
from sk_attnseq._architecture import Architecture
from sk_attnseq._early_stopping import EarlyStopping
from sk_attnseq._inference import ForwardPass
from sk_attnseq._parameters import layer_units


def start(estimator, classes, n_features):
    """Set what training changes to a start: fresh weights, no epochs."""
    estimator.classes_ = classes
    estimator._architecture = _architecture(estimator, n_features, len(classes))
    random_state = check_random_state(estimator.random_state)
    estimator._seed = int(random_state.randint(np.iinfo(np.int32).max))
    estimator._state = engine.initial_state(estimator._architecture, estimator._seed)
    estimator.n_iter_ = 0
    estimator.loss_curve_ = []


def check_goes_on(estimator, classes):
    """Raise unless training can go on from the fitted weights."""
    if not np.array_equal(classes, estimator.classes_):
        raise ValueError(
            f"The data have the classes {classes}, but training goes on from a network for "
            f"{estimator.classes_}: a clone can be fitted to other classes."
        )
    old = estimator._architecture
    new = _architecture(estimator, old.n_features, old.n_classes)
    changed = [name for name in vars(old) if getattr(old, name) != getattr(new, name)]
    if changed:
        raise ValueError(
            f"The parameters {changed} have changed since the network was made, and its weights "
            "do not fit them: a clone can be fitted afresh."
        )


def _architecture(estimator, n_features, n_classes):
    multihead = estimator.attention == "multihead"
    return Architecture(
        attention=estimator.attention,
        units=tuple(map(int, layer_units(estimator.units))),  # NumPy's integers are not Keras's
        bidirectional=bool(estimator.bidirectional),
        hidden_units=int(estimator.hidden_units),
        num_heads=int(estimator.num_heads) if multihead else 0,
        key_dim=int(estimator.key_dim) if multihead else 0,
        n_features=n_features,
        n_classes=n_classes,
        dtype=estimator.dtype,
    )


def train(estimator, data, epochs):
    """Train up to so many epochs more, and store what came of it."""
    validation, stopping = None, None
    if estimator.early_stopping:
        data, validation = _split(data, estimator.validation_fraction, estimator._seed)
        stopping = EarlyStopping(tol=estimator.tol, n_iter_no_change=estimator.n_iter_no_change)
    losses, scores = [], []
    state = estimator._state
    states = engine.train(
        data,
        estimator._state,
        architecture=estimator._architecture,
        epochs=range(estimator.n_iter_, estimator.n_iter_ + epochs),
        batch_size=int(estimator.batch_size),
        learning_rate=float(estimator.learning_rate),
        alpha=float(estimator.alpha),
        dropout=float(estimator.dropout),
        seed=estimator._seed,
    )
    for new_state, loss in states:
        if not (np.isfinite(loss) and np.isfinite(new_state[0]).all()):
            _report_divergence(estimator, epoch=len(losses) + 1, loss=loss)
            break
        state = new_state
        losses.append(loss)
        if stopping is not None:
            scores.append(_accuracy(estimator._architecture, state[0], validation))
        if estimator.verbose:
            score = f", validation score = {scores[-1]:.4f}" if scores else ""
            print(f"Epoch {len(losses)}/{epochs}, loss = {loss:.6f}{score}")
        if stopping is not None and stopping.update(scores[-1], state[0]):
            break
    if scores:
        state = (stopping.best_weights, *state[1:])
    estimator._state = state
    estimator.n_iter_ += len(losses)
    estimator.loss_curve_ = estimator.loss_curve_ + losses
    estimator.validation_scores_ = scores or None
    estimator.best_validation_score_ = max(scores, default=None)
    estimator._forward_pass = ForwardPass(estimator._architecture, state[0])
    vars(estimator).pop("_keras_model", None)  # of earlier weights


def build_model(estimator):
    """The estimator's network as a compiled Keras model."""
    return engine.build_model(
        estimator._architecture,
        estimator._state,
        learning_rate=float(estimator.learning_rate),
        alpha=float(estimator.alpha),
        dropout=float(estimator.dropout),
    )


def _report_divergence(estimator, *, epoch, loss):
    what = (
        f"Training diverged in epoch {epoch} (loss {loss}) with "
        f"learning_rate={estimator.learning_rate}. Scale X, or lower learning_rate or alpha."
    )
    if epoch == 1:
        raise ValueError(what)
    warnings.warn(f"{what} What was learned before is kept.", ConvergenceWarning, stacklevel=4)


def _split(data, validation_fraction, seed):
    rows = np.arange(len(data))
    try:
        train_rows, validation_rows = train_test_split(
            rows, test_size=validation_fraction, stratify=data.targets, random_state=seed
        )
    except ValueError as error:
        raise ValueError(
            f"early_stopping=True sets aside validation_fraction={validation_fraction} of the "
            f"{len(data)} samples, stratified by class, which these data do not allow: {error}"
        ) from error
    return data[train_rows], data[validation_rows]


def _accuracy(architecture, weights, data):
    predicted = ForwardPass(architecture, weights).logits(data.sequences).argmax(axis=1)
    return float(accuracy_score(data.targets, predicted, sample_weight=data.weights))
