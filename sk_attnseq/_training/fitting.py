"""The steps of `fit` that need the training engine: a start, and the epochs."""

import multiprocessing
import threading
import time
import warnings

import numpy as np
import tensorflow as tf
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state

from sk_attnseq._data.score_label import label_of_score
from sk_attnseq._data.splitting import set_aside
from sk_attnseq._network.architecture import Architecture
from sk_attnseq._network.forward_pass import ForwardPass
from sk_attnseq._network.layer_widths import widths
from sk_attnseq._runtime.ended_joblib_call import JoblibCall
from sk_attnseq._runtime.floating_point import ignores_floating_point_errors
from sk_attnseq._training import user_model
from sk_attnseq._training.devices import check_device, tensorflow_name
from sk_attnseq._training.early_stopping import EarlyStopping
from sk_attnseq._training.initial_weights import initial_state
from sk_attnseq._training.losses import LOSSES
from sk_attnseq._training.scoring import make_score
from sk_attnseq._training.state import is_finite
from sk_attnseq._training.train_epochs import train_epochs
from sk_attnseq._training.training_options import TrainingOptions

# With pool_size="auto", this many timesteps reach the LSTM at most, of so large a part of the
# sequences: a few that are much longer than all others do not decide for those.
_MAX_POOLED, _POOLED_PART = 100, 0.9

# Frames from a warning of `_Progress._stop` to the line that calls `fit`: _stop, update, train,
# _fit, fit, and the wrappers of scikit-learn and of the draft.
_TO_CALLER_OF_FIT = 8


def start(estimator, sequences, *, n_outputs):
    """Set what training changes to a start: fresh weights, no epochs."""
    check_device(estimator.device)
    pool_size = estimator.pool_size
    if pool_size == "auto":
        typical = np.quantile(sequences.lengths, _POOLED_PART, method="inverted_cdf")
        pool_size = -(-int(typical) // _MAX_POOLED)
    architecture = _architecture(estimator, sequences.n_features, n_outputs, pool_size)
    if architecture.n_weights > np.iinfo(np.int32).max:
        raise ValueError(
            f"A network of these widths has {architecture.n_weights} weights: lower units, "
            "hidden_units, conv_filters, kernel_size, num_heads or key_dim."
        )
    estimator._architecture = architecture
    random_state = check_random_state(estimator.random_state)
    estimator._seed = int(random_state.randint(np.iinfo(np.int32).max))
    estimator._state = initial_state(architecture, estimator._seed)
    estimator.n_iter_ = 0
    estimator.loss_curve_ = []


def check_goes_on(estimator):
    """Raise unless training can go on from the fitted weights with these parameters."""
    check_device(estimator.device)
    if estimator._n_dimensions == 2 and estimator.n_timesteps != estimator._n_timesteps:
        raise ValueError(
            f"n_timesteps is {estimator.n_timesteps}, but the network was made for columns of "
            f"{estimator._n_timesteps} timesteps: a clone can be fitted afresh."
        )
    old = estimator._architecture
    pool_size = old.pool_size if estimator.pool_size == "auto" else estimator.pool_size
    new = _architecture(estimator, old.n_features, old.n_outputs, pool_size)
    changed = [name for name in vars(old) if getattr(old, name) != getattr(new, name)]
    if changed:
        raise ValueError(
            f"The parameters {changed} have changed since the network was made, and its weights "
            "do not fit them: a clone can be fitted afresh."
        )


def _architecture(estimator, n_features, n_outputs, pool_size):
    multihead = estimator.attention == "multihead"
    conv_filters = widths(estimator.conv_filters)
    return Architecture(
        conv_filters=conv_filters,
        kernel_size=widths(estimator.kernel_size, len(conv_filters)),
        pool_size=int(pool_size),
        attention=None if estimator.attention is None else str(estimator.attention),
        units=widths(estimator.units),
        bidirectional=bool(estimator.bidirectional),
        hidden_units=int(estimator.hidden_units),
        num_heads=int(estimator.num_heads) if multihead else 0,
        key_dim=int(estimator.key_dim) if multihead else 0,
        n_features=n_features,
        n_outputs=n_outputs,
        output_activation=estimator._OUTPUT_ACTIVATION,
        dtype=str(estimator.dtype),
    )


def set_validation_aside(estimator, data):
    """Divide data into training data and validation data for early stopping."""
    fraction = float(estimator.validation_fraction)
    return set_aside(data, fraction=fraction, seed=estimator._seed)


def train(estimator, data, task, validation_data=None, *, in_stream=False):
    """Train for the epochs of the task at most, and store what came of it.

    With validation data, training stops early by their score. In a stream, these data are one of
    many chunks.
    """
    progress = _Progress(estimator, validation_data)
    watched = validation_data is not None or estimator.verbose or task.has_callbacks
    states = train_epochs(
        data,
        estimator._state,
        architecture=estimator._architecture,
        options=_training_options(estimator),
        epochs=range(estimator.n_iter_, estimator.n_iter_ + task.n_epochs),
        seed=estimator._seed,
        device=tensorflow_name(estimator.device),
        unwatched=not watched,
        in_stream=in_stream,
    )
    call = JoblibCall()
    for epoch in task.epochs():
        call.check_waits()
        started = time.perf_counter()
        stop = progress.update(*next(states))
        if estimator.verbose and len(progress.losses) > epoch:
            _print_line(progress, task.n_epochs, time.perf_counter() - started)
        if task.end_epoch(progress.fitted_attributes) or stop:
            break
    vars(estimator).update(progress.fitted_attributes())
    vars(estimator).pop("_keras_model", None)  # of earlier weights
    task.end()


class _Progress:
    """What a fit has learned so far."""

    def __init__(self, estimator, validation_data):
        self._estimator = estimator
        self._state = estimator._state
        self._score = self._stopping = None
        self.losses, self.scores = [], []
        default_name = LOSSES[estimator._loss()[0]].score_name
        self.score_name = default_name
        if validation_data is not None:
            self._score = make_score(estimator, validation_data)
            self._stopping = EarlyStopping(
                tol=estimator.tol, n_iter_no_change=estimator.n_iter_no_change
            )
            self.score_name = f"validation {label_of_score(estimator.scoring, default_name)}"
            if estimator.n_iter_:
                self._stopping.start_from(self._score(self._state), self._state)

    def update(self, state, loss, score):
        """Record an epoch; return whether to stop. What has failed is not kept."""
        epoch = len(self.losses) + 1
        if not is_finite(state, loss):
            estimator = self._estimator
            return self._stop(
                f"Training diverged in epoch {epoch} (loss {loss}) with "
                f"learning_rate={estimator.learning_rate}. Scale X, lower learning_rate, alpha or "
                "weight_decay, or set clipnorm."
            )
        stop = False
        if self._stopping is None:
            self.score, self._state = score, state
        else:
            try:
                self.score = self._score(state)
            except ValueError as error:
                return self._stop(f"Training stopped in epoch {epoch}: {error}")
            self.scores.append(self.score)
            stop = self._stopping.update(self.score, state)
            self._state = self._stopping.best_state
        self.losses.append(loss)
        return stop

    def _stop(self, reason):
        """Stop for this reason: an error if nothing was learned before, else a warning."""
        if not self.losses:
            raise ValueError(reason)
        reason += " What was learned before is kept."
        warnings.warn(reason, ConvergenceWarning, stacklevel=_TO_CALLER_OF_FIT)
        return True

    def fitted_attributes(self):
        """What the classifier has if training stops now."""
        estimator = self._estimator
        return {
            "_state": self._state,
            "_forward_pass": ForwardPass(estimator._architecture, self._state[0]),
            "n_iter_": estimator.n_iter_ + len(self.losses),
            "loss_curve_": estimator.loss_curve_ + self.losses,
            "validation_scores_": self.scores.copy() or None,
            "best_validation_score_": self._stopping.best_score if self.scores else None,
        }


def _print_line(progress, n_epochs, seconds):
    """Print an epoch's line, at once, also into a pipe or a file."""
    thread, process = threading.current_thread(), multiprocessing.current_process()
    # Several may print at the same time.
    names = [process.name] if multiprocessing.parent_process() is not None else []
    names += [thread.name] if thread is not threading.main_thread() else []
    prefix = f"[{', '.join(names)}] " if names else ""
    print(
        f"{prefix}Epoch {len(progress.losses)}/{n_epochs}, loss = {progress.losses[-1]:.6f}, "
        f"{progress.score_name} = {progress.score:.4f}, {seconds:.2f} s",
        flush=True,
    )


@ignores_floating_point_errors
def build_model(estimator):
    """The estimator's network as a compiled Keras model.

    Its variables are on the estimator's device, or on the CPU if there is no such device here, as
    may be after loading.
    """
    with tf.device(tensorflow_name(estimator.device)):
        return user_model.build_model(
            estimator._architecture,
            estimator._state,
            _training_options(estimator),
            estimator._coding,
        )


def _training_options(estimator):
    """How to train, in Python's own numbers."""
    clipnorm = estimator.clipnorm
    loss, parameter = estimator._loss()
    return TrainingOptions(
        learning_rate=float(estimator.learning_rate),
        learning_rate_schedule=estimator.learning_rate_schedule,
        weight_decay=float(estimator.weight_decay),
        clipnorm=None if clipnorm is None else float(clipnorm),
        alpha=float(estimator.alpha),
        dropout=float(estimator.dropout),
        loss=loss,
        loss_parameter=parameter,
        mixup=float(estimator.mixup),
        cutmix=float(getattr(estimator, "cutmix", 0)),  # which a regressor does not have
        batch_size=int(estimator.batch_size),
    )
