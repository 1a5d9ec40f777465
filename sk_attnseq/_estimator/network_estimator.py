"""What the classifier and the regressor share: fitting, the Keras model, pickling."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Self

from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from sk_attnseq._data.training_data import make_training_data, make_validation_data
from sk_attnseq._estimator.auto_epochs import count_epochs
from sk_attnseq._estimator.parameters import check_parameters, check_partial_fit
from sk_attnseq._estimator.persistence import pack, unpack
from sk_attnseq._estimator.repr_html import NetworkReprHTMLMixin
from sk_attnseq._estimator.sklearn_callbacks import CallbackSupportMixin, FitTask, with_callbacks
from sk_attnseq._input.read_sequences import read_sequences
from sk_attnseq._network.forward_pass import ForwardPass
from sk_attnseq._runtime.estimator_copies import on_a_draft, snapshot
from sk_attnseq._runtime.tensorflow_import import quiet_import

if TYPE_CHECKING:
    import keras


def _fitting():
    """The part that trains: its import brings TensorFlow, so it waits until needed."""
    return quiet_import("sk_attnseq._training.fitting")


class AttentionSequenceEstimator(NetworkReprHTMLMixin, CallbackSupportMixin, BaseEstimator):
    """A network as an estimator; what it predicts is its subclasses'.

    A subclass reads its targets, and codes them as what the network learns: class labels as
    indices (`ClassLabels`), numbers as standardized ones (`NumericTargets`).

    `fit` and `partial_fit` run on a draft of the estimator. On it, `read_sequences` sets the form
    of X, `_set_coding` that of y, `fitting.start` the network, and `fitting.train` its weights.
    """

    # Without this default, users who split by groups would have to call
    # set_fit_request(groups=False).
    __metadata_request__fit = {"groups": False}  # noqa: RUF012

    @on_a_draft
    @with_callbacks
    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        groups: Any = None,
        X_val: Any = None,
        y_val: Any = None,
        sample_weight_val: Any = None,
    ) -> Self:
        """Train the network.

        Parameters
        ----------
        X : array-like or list of array-likes
            Sequences in one of these forms:

            - an array (n_samples, n_timesteps, n_features), in which NaN in all features of the
              last timesteps pads shorter sequences;
            - a list of n_samples arrays (n_timesteps_i, n_features);
            - a column or dataframe with sequences in its cells;
            - an array or dataframe (n_samples, n_columns), see `n_timesteps`.

        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Class of each sequence, or the number or numbers to predict.

        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the samples, relative to their mean; None weights all samples equally.

        groups : array-like of shape (n_samples,), default=None
            Person, machine or recording that each sequence comes from. If early stopping sets
            data aside, it sets whole groups aside, of each class as close to
            `validation_fraction` as whole groups allow. Otherwise ignored.

        X_val : array-like or list of array-likes, default=None
            Validation data for early stopping, instead of a part of `X`. The form is that of `X`,
            the lengths of the sequences may differ. In a `Pipeline`, ``transform_input=["X_val"]``
            transforms them like `X`.

        y_val : array-like of shape (n_val,) or (n_val, n_outputs), default=None
            Targets of `X_val`. All of its classes must be in `y`.

        sample_weight_val : array-like of shape (n_val,), default=None
            Weights of `X_val`; None weights all samples equally.

        Returns
        -------
        self : estimator
            The fitted estimator. It changes only when training ends. Until then, and if training
            fails or is interrupted, it predicts as before.

        Raises
        ------
        ValueError
            If a parameter or the data are not as described, TensorFlow does not find the
            device, or the loss or the validation score is not finite in the first epoch. If
            that happens later, training ends with a ConvergenceWarning and keeps what was
            learned before.

        RuntimeError
            If TensorFlow's compiler XLA cannot compile for the device.

        MemoryError
            If the device has too little memory for a training step.
        """
        return self._fit(X, y, sample_weight, groups, (X_val, y_val, sample_weight_val))

    def _fit(self, X, y, sample_weight=None, groups=None, validation=3 * (None,), make_coding=None):
        check_parameters(self)
        goes_on = self.warm_start and self.__sklearn_is_fitted__()
        sequences = self._read(X, goes_on=goes_on)
        make_coding = make_coding or functools.partial(self._make_coding, goes_on=goes_on)
        data, coding = make_training_data(
            self, sequences, y, sample_weight, make_coding, groups=groups
        )
        validation_data = make_validation_data(self, data, coding, *validation)
        fitting = self._start(data, coding, goes_on=goes_on)
        if self.early_stopping and validation_data is None:
            data, validation_data = fitting.set_validation_aside(self, data)
        task = FitTask(self, X, y, sample_weight, epochs=count_epochs(self, data))
        fitting.train(self, data, task, validation_data)
        return self

    def _partial_fit(self, X, y, sample_weight, make_coding):
        check_parameters(self)
        goes_on = self.__sklearn_is_fitted__()
        sequences = self._read(X, goes_on=goes_on)
        check_partial_fit(self, len(sequences))
        data, coding = make_training_data(
            self, sequences, y, sample_weight, make_coding, relative=False
        )
        fitting = self._start(data, coding, goes_on=goes_on)
        task = FitTask(self, X, y, sample_weight, epochs=1)
        fitting.train(self, data, task, in_stream=True)
        return self

    def _read(self, X, *, goes_on):
        """Set the form of X or, in a training that goes on, check it."""
        if goes_on and not self._state[1].size:
            raise ValueError(
                f"This {type(self).__name__} was made by for_prediction, which leaves out "
                "the optimizer's state that partial_fit and warm starts need. Call them on the "
                "original, or train afresh: fit with warm_start=False."
            )
        return read_sequences(self, X, set_form=not goes_on)

    def _start(self, data, coding, *, goes_on):
        """Set what training starts from, unless it goes on; return the part that trains."""
        fitting = _fitting()
        if goes_on:
            fitting.check_goes_on(self)
        else:
            self._set_coding(coding)
            fitting.start(self, data.sequences, n_outputs=coding.n_outputs)
        return fitting

    @property
    def model_(self) -> keras.Model:
        """The trained network as a compiled Keras model."""
        check_is_fitted(self)
        # A fit in another thread replaces all attributes: the model stays with those it is of.
        attributes = self.__dict__
        if "_keras_model" not in attributes:
            attributes["_keras_model"] = _fitting().build_model(snapshot(self))
        return attributes["_keras_model"]

    def __sklearn_is_fitted__(self):
        return "_state" in vars(self)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        return tags

    def __getstate__(self):
        return pack(super().__getstate__(), self._CODING_ATTRIBUTES)

    def __setstate__(self, state):
        super().__setstate__(unpack(state, type(self)))
        if self.__sklearn_is_fitted__():
            self._forward_pass = ForwardPass(self._architecture, self._state[0])
