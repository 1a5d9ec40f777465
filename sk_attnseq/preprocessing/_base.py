"""What the transformers of sequences share."""

import dataclasses
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import OneToOneFeatureMixin, TransformerMixin
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from sk_attnseq._estimator.parameters import check_integer
from sk_attnseq._input.fitted_form import check_form, set_form
from sk_attnseq._input.read_samples import read_samples
from sk_attnseq._input.stacked_timesteps import TimestepTable, stack_timesteps
from sk_attnseq._runtime.estimator_copies import on_a_draft, snapshot


class _TableOutput(TransformerMixin):
    def transform(self, X: Any, output: Any) -> Any:
        """Return a table; scikit-learn wraps this method to make what `set_output` asks for."""
        return output


class SequenceTransformer(_TableOutput, auto_wrap_output_keys=None):  # type: ignore[call-arg]
    """A transformer of 3-D sequences, and of tables whose columns hold timesteps.

    Subclasses have the parameter `n_timesteps` and define `_transform_rows`. It gets the real
    timesteps of all sequences, one below another (n_rows, n_features), and the lengths of the
    sequences (n_samples,). It may modify the rows.

    scikit-learn does not wrap the methods of this class, because it cannot make dataframes of 3-D
    output: only tables go through the method of the base class.
    """

    n_timesteps: int | None
    n_features_in_: int
    feature_names_in_: np.ndarray
    _n_dimensions: int
    _n_timesteps: int | None
    _NUMERIC: ClassVar[bool]

    def fit_transform(self, X: ArrayLike, y: ArrayLike | None = None, **params: Any) -> Any:
        """Fit the transformer, and transform the same sequences.

        Parameters
        ----------
        X : array-like or list of array-likes
            Sequences, as in `fit`.

        y : array-like of shape (n_samples,), default=None
            Targets, as in `fit`.

        **params : dict
            Further arguments of `fit`.

        Returns
        -------
        X_new : ndarray or list of ndarray
            The transformed sequences, in the form of `X`; those from cells as a list.
        """
        return self._fit_transform(X, y, params)

    def _fit_transform(self, X: ArrayLike, y: ArrayLike | None, params: dict[str, Any]) -> Any:
        return self.fit(X, y, **params).transform(X)

    def transform(self, X: ArrayLike) -> Any:  # type: ignore[override]
        """Transform each sequence.

        Parameters
        ----------
        X : array-like or list of array-likes
            Sequences in the form of those in `fit`. Their lengths may differ, but not the number of
            columns of a 2-D `X`.

        Returns
        -------
        X_new : ndarray or list of ndarray
            The transformed sequences, in the form of `X`; those from cells as a list.
        """
        fitted = snapshot(self)  # as another thread may fit the transformer meanwhile
        check_is_fitted(fitted)
        timesteps = fitted._read(X, check_form)
        output = fitted._transform_rows(timesteps.rows, timesteps.lengths)
        return fitted._in_container(X, timesteps.put_back(output))

    def get_feature_names_out(self, input_features: ArrayLike | None = None) -> np.ndarray:
        """Get the names of the features that come out.

        Parameters
        ----------
        input_features : array-like of str of shape (`n_features_in_`,), default=None
            Names of the features that go in. None means `feature_names_in_`, or "x0", "x1", ...
            if `X` had no names.

        Returns
        -------
        feature_names_out : ndarray of str
            For 3-D `X`, names of the features of a timestep. For 2-D `X`, names of the columns of
            each timestep, with the prefixes ``"timestep0__"``, ... if names would repeat.
        """
        fitted = snapshot(self)
        check_is_fitted(fitted)
        names = OneToOneFeatureMixin.get_feature_names_out(fitted, input_features)
        of_timesteps = [fitted._names_out(part) for part in np.split(names, fitted._n_in_columns())]
        names = np.concatenate(of_timesteps).astype(object)
        if len(set(names)) < len(names) and len(of_timesteps) > 1:
            prefixed = [
                f"timestep{t}__{name}" for t, part in enumerate(of_timesteps) for name in part
            ]
            names = np.asarray(prefixed, dtype=object)
        return names

    def _names_out(self, names: np.ndarray) -> list[str] | np.ndarray:
        """Names of the features of a timestep that come out, given those that go in."""
        return names

    def _transform_rows(self, rows: np.ndarray, lengths: np.ndarray) -> Any:
        raise NotImplementedError

    def _read(self, X: ArrayLike, set_or_check_form: Any) -> TimestepTable:
        """Stack the timesteps of X."""
        samples, frame = read_samples(X, numeric=self._NUMERIC, estimator=self)
        set_or_check_form(self, samples, frame)
        as_list = not isinstance(X, np.ndarray)
        return stack_timesteps(samples, self._n_in_columns(), as_list=as_list)

    def _in_container(self, X: ArrayLike, output: Any) -> Any:
        return super().transform(X, output) if self._n_dimensions == 2 else output

    def _n_in_columns(self) -> int:
        """How many timesteps the columns hold; 1 if they are features of a timestep."""
        if self._n_dimensions == 3:
            return 1
        return self.n_features_in_ if self._n_timesteps is None else self._n_timesteps

    def _check_parameters(self) -> None:
        if self.n_timesteps is not None:
            check_integer("n_timesteps", self.n_timesteps)


class NumericSequenceTransformer(SequenceTransformer, auto_wrap_output_keys=None):  # type: ignore[call-arg]
    """A transformer of numbers that handles each sequence by itself.

    The rows that `_transform_rows` gets are float32 or float64, finite or NaN. Subclasses that
    learn something from them define `_fit_rows`, too.
    """

    _NUMERIC = True

    @on_a_draft
    def fit(self, X: ArrayLike, y: None = None) -> Self:
        """Check the parameters and the form of `X`, and learn what `transform` needs.

        Parameters
        ----------
        X : array-like or list of array-likes
            The sequences: (n_samples, n_timesteps, n_features), where NaN in all features
            of the last timesteps pads shorter sequences; or a list of n_samples arrays
            (n_timesteps_i, n_features), or a column or dataframe with sequences in its cells;
            or (n_samples, n_columns), see `n_timesteps`.

        y : None, default=None
            Ignored.

        Returns
        -------
        self : estimator
            The fitted transformer.
        """
        self._check_parameters()
        timesteps = self._read(X, set_form)
        self._fit_rows(timesteps.rows, timesteps.lengths)
        return self

    def _fit_rows(self, rows: np.ndarray, lengths: np.ndarray) -> None:
        """Learn nothing."""

    def _read(self, X: ArrayLike, set_or_check_form: Any) -> TimestepTable:
        """Stack the timesteps of X, as floating-point numbers."""
        timesteps = super()._read(X, set_or_check_form)
        dtype = np.result_type(timesteps.rows.dtype, np.float32)
        rows = np.asarray(timesteps.rows, dtype=dtype)  # no memmap, either
        infinite = np.isinf(rows).any(axis=1)
        if infinite.any():
            sample, timestep = locate(infinite, timesteps.lengths)
            raise ValueError(
                "Input X contains infinity or a value too large for "
                f"{rows.dtype!r}: sample {sample}, timestep {timestep}."
            )
        return dataclasses.replace(timesteps, rows=rows)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.input_tags.allow_nan = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


def locate(is_wrong: np.ndarray, lengths: np.ndarray) -> tuple[int, int]:
    """The sample, and the timestep in it, of the first row that is wrong."""
    row, ends = np.argmax(is_wrong), np.cumsum(lengths)
    sample = int(np.searchsorted(ends, row, side="right"))
    return sample, int(row - ends[sample] + lengths[sample])
