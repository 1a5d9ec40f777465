"""What the transformers of sequences share."""

from __future__ import annotations

import numpy as np
from sklearn.base import TransformerMixin
from sklearn.utils.validation import check_is_fitted

from sk_attnseq._estimator.parameters import check_integer
from sk_attnseq._input.fitted_form import check_form, set_form
from sk_attnseq._input.read_samples import read_samples
from sk_attnseq._input.timestep_table import stack_timesteps
from sk_attnseq._runtime.draft import on_a_draft


class _TableOutput(TransformerMixin):
    def transform(self, X, output):
        """Return a table; scikit-learn wraps this method to make what `set_output` asks for."""
        return output


class SequenceTransformer(_TableOutput, auto_wrap_output_keys=None):  # type: ignore[call-arg]
    """A transformer of 3-D sequences, and of tables whose columns hold timesteps.

    Subclasses have the parameter `n_timesteps`. scikit-learn does not wrap the methods of this
    class, because it cannot make dataframes of 3-D output: only tables go through the method of
    the base class.
    """

    def _in_container(self, X, output):
        return super().transform(X, output) if self._n_dimensions == 2 else output

    def _n_in_columns(self):
        """How many timesteps the columns hold; 1 if they are features of a timestep."""
        if self._n_dimensions == 3:
            return 1
        return self.n_features_in_ if self._n_timesteps is None else self._n_timesteps

    def _check_input_features(self, input_features):
        """Names of the features that went in (n_features_in_,): those passed, or the known ones."""
        known = getattr(self, "feature_names_in_", None)
        if input_features is None:
            default = [f"x{i}" for i in range(self.n_features_in_)]
            return np.asarray(default if known is None else known, dtype=object)
        names = np.asarray(input_features, dtype=object)
        if len(names) != self.n_features_in_:
            raise ValueError(
                "input_features should have length equal to number of features "
                f"({self.n_features_in_}), got {len(names)}"
            )
        if known is not None and not np.array_equal(names, known):
            raise ValueError("input_features is not equal to feature_names_in_")
        return names


class NumericSequenceTransformer(SequenceTransformer, auto_wrap_output_keys=None):  # type: ignore[call-arg]
    """A transformer of numbers that handles each sequence by itself.

    Subclasses define `_fit_rows` and `_transform_rows`. Both get the real timesteps of all
    sequences, one below another (n_rows, n_features), and the lengths (n_samples,) of the
    sequences. The rows are float32 or float64, finite or NaN, and may be modified in place.
    """

    @on_a_draft
    def fit(self, X, y=None):
        """Check the parameters and the form of `X`, and learn what `transform` needs.

        Parameters
        ----------
        X : array-like or list of array-likes
            The sequences: (n_samples, n_timesteps, n_features), where NaN in all features
            of the last timesteps pads shorter sequences; or a list of n_samples arrays
            (n_timesteps_i, n_features), or a column or dataframe with sequences in its cells;
            or (n_samples, n_columns), see `n_timesteps`.

        y : None, default=None
            Not used.

        Returns
        -------
        self : estimator
            The fitted transformer.
        """
        if self.n_timesteps is not None:
            check_integer("n_timesteps", self.n_timesteps)
        timesteps, rows = self._read(X, set_form)
        self._fit_rows(rows, timesteps.lengths)
        return self

    def fit_transform(self, X, y=None):
        """Fit the transformer, and transform the same sequences.

        Parameters
        ----------
        X : array-like or list of array-likes
            Sequences, as in `fit`.

        y : None, default=None
            Not used.

        Returns
        -------
        X_new : ndarray or list of ndarray
            The transformed sequences, in the form of `X`; those from cells as a list.
        """
        return self.fit(X, y).transform(X)

    def transform(self, X):
        """Transform each sequence.

        Parameters
        ----------
        X : array-like or list of array-likes
            Sequences, in the form that `fit` got; their lengths may be any.

        Returns
        -------
        X_new : ndarray or list of ndarray
            The transformed sequences, in the form of `X`; those from cells as a list.
        """
        check_is_fitted(self)
        timesteps, rows = self._read(X, check_form)
        output = timesteps.put_back(self._transform_rows(rows, timesteps.lengths))
        return self._in_container(X, output)

    def _read(self, X, set_or_check_form):
        """Stack the timesteps of X, and their values as floating-point numbers."""
        samples, frame = read_samples(X, numeric=True, estimator=self)
        set_or_check_form(self, samples, frame)
        as_list = not isinstance(X, np.ndarray)
        timesteps = stack_timesteps(samples, self._n_in_columns(), as_list=as_list)
        dtype = np.result_type(timesteps.rows.dtype, np.float32)
        rows = np.asarray(timesteps.rows, dtype=dtype)  # no memmap, either
        _check_no_infinity(rows, timesteps.lengths)
        return timesteps, rows

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.input_tags.allow_nan = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


def _check_no_infinity(rows, lengths):
    infinite = np.isinf(rows).any(axis=1)
    if infinite.any():
        sample, timestep = locate(np.argmax(infinite), lengths)
        raise ValueError(
            "Input X contains infinity or a value too large for "
            f"{rows.dtype!r}: sample {sample}, timestep {timestep}."
        )


def locate(row, lengths):
    """The sample, and the timestep in it, that a row holds."""
    ends = np.cumsum(lengths)
    sample = np.searchsorted(ends, row, side="right")
    return sample, row - (ends[sample] - lengths[sample])
