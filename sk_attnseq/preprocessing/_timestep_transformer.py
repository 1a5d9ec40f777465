"""Any transformer of scikit-learn, applied to the timesteps of sequences."""

import copy
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn import config_context, get_config
from sklearn.base import BaseEstimator, MetaEstimatorMixin, TransformerMixin, clone
from sklearn.utils import Tags, check_consistent_length, get_tags
from sklearn.utils.metadata_routing import UNUSED, MetadataRouter, MethodMapping, process_routing
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted, has_fit_parameter

from sk_attnseq._estimator.sklearn_callbacks import CallbackSupportMixin, FitTask, with_callbacks
from sk_attnseq._input.fitted_form import check_form, check_n_dimensions, check_n_features, set_form
from sk_attnseq._input.hints import HINT_OF_ROWS
from sk_attnseq._input.stacked_timesteps import TimestepTable
from sk_attnseq._runtime.estimator_copies import on_a_draft, snapshot
from sk_attnseq.preprocessing._base import SequenceTransformer


def _arrays_between_steps() -> AbstractContextManager[None]:
    """Let the steps of a transformer exchange NumPy arrays, whatever the global settings are.

    With dataframes, a step would learn the names that the step before it makes up. What the
    user asks of a step itself, with `set_output`, holds.
    """
    return config_context(transform_output="default", array_api_dispatch=False)


def _transformer_has(method: str) -> Callable[[Any], bool]:
    def check(estimator: Any) -> bool:
        getattr(getattr(estimator, "transformer_", estimator.transformer), method)
        return True

    return check


class TimestepTransformer(
    SequenceTransformer, CallbackSupportMixin, MetaEstimatorMixin, TransformerMixin, BaseEstimator
):
    """Apply a transformer of tables to the timesteps of sequences.

    The timesteps of all samples become the rows of one table, without padding. The transformer is
    fitted on this table, and transformed rows return to their places in the sequences. For
    example, a `StandardScaler` scales each feature by its mean over all samples and timesteps.

    Parameters
    ----------
    transformer : transformer
        The transformer of tables, which must return one row for each row. Sparse output becomes
        dense. It gets arrays, so a `ColumnTransformer` selects by position.

    n_timesteps : int or None, default=None
        Number of timesteps that the columns of a 2-D `X` hold: with ``n_timesteps=10``, 50
        columns are 10 timesteps of 5 features, the first timestep's features first.
        None reads a row as a series of one feature. Not used for a 3-D `X`.

    Attributes
    ----------
    transformer_ : transformer
        The fitted transformer.

    n_features_in_ : int
        Number of features of each timestep of a 3-D `X`, or of columns of a 2-D `X`.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns, if `X` was a dataframe or a list of dataframes.

    See Also
    --------
    sklearn.compose.ColumnTransformer : Applies transformers to some of the features.

    Notes
    -----
    A timestep is padding if it and all after it are NaN in all features, also in a list; it stays
    NaN. Other NaN, and all in a 2-D `X`, are missing values, which the transformer gets.

    `set_output` works for 2-D `X`; 3-D sequences come out as arrays. It needs a transformer with
    `get_feature_names_out`, such as ``FunctionTransformer(..., feature_names_out="one-to-one")``.

    `TargetEncoder` encodes its training data by cross-fitting. It would split the timesteps of a
    sample over its folds, so that encoded values reveal the sample's target. Keep samples together
    with ``TargetEncoder(cv=GroupKFold())``, metadata routing enabled, and
    ``fit(X, y, groups=np.arange(n_samples))`` (or the groups of the samples, if any).

    Names of input features are lost in `get_feature_names_out` if the steps of the transformer
    exchange dataframes, because `set_output` was called on it.

    To place features side by side, put a `FeatureUnion` into the transformer. A union around it
    would join sequences along their timesteps. For lists this is an error, and for arrays, too,
    with scikit-learn 1.8 or newer.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.preprocessing import StandardScaler
    >>> from sk_attnseq.preprocessing import TimestepTransformer
    >>> X = [np.array([[1.0, 10.0], [3.0, 30.0]]), np.array([[5.0, 20.0]])]
    >>> scaler = TimestepTransformer(StandardScaler()).fit(X)
    >>> scaler.transformer_.mean_
    array([ 3., 20.])
    >>> [x.shape for x in scaler.transform(X)]
    [(2, 2), (1, 2)]
    """

    # It only hands weights on, so there is nothing to request: `set_fit_request` is the
    # transformer's.
    __metadata_request__fit = {"sample_weight": UNUSED}  # noqa: RUF012
    __metadata_request__partial_fit = {"sample_weight": UNUSED}  # noqa: RUF012

    transformer_: Any
    _NUMERIC = False

    def __init__(self, transformer: Any, *, n_timesteps: int | None = None) -> None:
        self.transformer = transformer
        self.n_timesteps = n_timesteps

    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
        **params: Any,
    ) -> Self:
        """Fit the transformer to the timesteps.

        Parameters
        ----------
        X : array-like or list of array-likes
            The sequences: (n_samples, n_timesteps, n_features), where NaN in all features
            of the last timesteps pads shorter sequences; or a list of n_samples arrays
            (n_timesteps_i, n_features), or a column or dataframe with sequences in its cells;
            or (n_samples, n_columns), see `n_timesteps`.

        y : array-like of shape (n_samples,), default=None
            Targets, for a supervised transformer; each timestep gets its sample's.

        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the samples; each timestep gets its sample's. With metadata routing
            enabled, the transformer must request it.

        **params : dict
            Further arguments of the transformer's `fit`: with metadata routing enabled, what it
            requests. An array with n_samples entries is repeated for each timestep.

        Returns
        -------
        self : TimestepTransformer
            The fitted transformer.
        """
        return self._fit("fit", X, y, sample_weight, params)

    @available_if(_transformer_has("partial_fit"))
    def partial_fit(
        self,
        X: ArrayLike,
        y: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
        **params: Any,
    ) -> Self:
        """Fit the transformer to the timesteps of a part of the data.

        Available if the transformer has `partial_fit`.

        Parameters
        ----------
        X : array-like or list of array-likes
            Sequences, as in `fit`.

        y : array-like of shape (n_samples,), default=None
            Targets, as in `fit`.

        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the samples, as in `fit`.

        **params : dict
            Further arguments of the transformer's `partial_fit`, as in `fit`.

        Returns
        -------
        self : TimestepTransformer
            The transformer, fitted to this part, too.
        """
        return self._fit("partial_fit", X, y, sample_weight, params)

    @available_if(_transformer_has("inverse_transform"))
    def inverse_transform(self, X: ArrayLike) -> np.ndarray | list[np.ndarray]:
        """Undo `transform`.

        Available if the transformer has `inverse_transform`.

        Parameters
        ----------
        X : array-like or list of array-likes
            Transformed sequences, in the form that `transform` returns.

        Returns
        -------
        X_original : ndarray or list of ndarray
            The sequences, in the form of `X`.
        """
        fitted = snapshot(self)
        check_is_fitted(fitted)
        timesteps = fitted._read(X, _check_transformed_form)
        with _arrays_between_steps():
            output = fitted.transformer_.inverse_transform(timesteps.rows)
        return timesteps.put_back(output)

    get_feature_names_out = available_if(_transformer_has("get_feature_names_out"))(
        SequenceTransformer.get_feature_names_out
    )

    def _names_out(self, names: np.ndarray) -> np.ndarray:
        # Steps that exchange dataframes accept no names but those they were fitted with.
        try:
            names_out: np.ndarray = self.transformer_.get_feature_names_out(names)
        except ValueError:
            names_out = self.transformer_.get_feature_names_out()
        return names_out

    def get_metadata_routing(self) -> MetadataRouter:
        """Get how metadata are routed to the transformer.

        Returns
        -------
        routing : MetadataRouter
            Router to the `fit`, `partial_fit` and `fit_transform` of the transformer, which get the
            metadata that they request.
        """
        mapping = MethodMapping()
        for method in ("fit", "partial_fit", "fit_transform"):
            mapping.add(caller=method, callee=method)
        return MetadataRouter(owner=type(self).__name__).add(
            transformer=self.transformer, method_mapping=mapping
        )

    @on_a_draft
    @with_callbacks
    def _fit(
        self,
        method: str,
        X: ArrayLike,
        y: ArrayLike | None,
        sample_weight: ArrayLike | None,
        params: dict[str, Any],
    ) -> Any:
        """Fit; for "fit_transform" return the transformed sequences, else self."""
        self._check_parameters()
        goes_on = method == "partial_fit" and self.__sklearn_is_fitted__()
        # A copy, as what fails half-way must leave the fitted one as it was.
        transformer = copy.deepcopy(self.transformer_) if goes_on else clone(self.transformer)
        timesteps = self._read(X, check_form if goes_on else set_form)
        try:
            check_consistent_length(timesteps.lengths, y)
        except ValueError as error:
            of_rows = HINT_OF_ROWS if self._n_dimensions == 2 else ""
            raise ValueError(f"{error}.{of_rows}") from error
        params = self._routed(method, timesteps, sample_weight, params)
        task = FitTask(self, X, y, sample_weight, epochs=0)
        with _arrays_between_steps():
            output = getattr(transformer, method)(timesteps.rows, timesteps.repeat(y), **params)
        self.transformer_ = transformer
        task.end()
        return timesteps.put_back(output) if method == "fit_transform" else self

    def _fit_transform(self, X: ArrayLike, y: ArrayLike | None, params: dict[str, Any]) -> Any:
        if not hasattr(self.transformer, "fit_transform"):
            return super()._fit_transform(X, y, params)
        sample_weight = params.pop("sample_weight", None)
        return self._in_container(X, self._fit("fit_transform", X, y, sample_weight, params))

    def _transform_rows(self, rows: np.ndarray, lengths: np.ndarray) -> Any:
        with _arrays_between_steps():
            return self.transformer_.transform(rows)

    def _routed(
        self,
        method: str,
        timesteps: TimestepTable,
        sample_weight: ArrayLike | None,
        params: dict[str, Any],
    ) -> dict[str, Any]:
        """What of the metadata goes to the transformer, repeated for timesteps."""
        if sample_weight is not None:
            params = {**params, "sample_weight": sample_weight}
        if get_config()["enable_metadata_routing"]:
            params = process_routing(self, method, **params)["transformer"][method]
        elif sample_weight is not None and not has_fit_parameter(self.transformer, "sample_weight"):
            raise TypeError(
                f"{type(self.transformer).__name__} does not take sample_weight in fit: leave it "
                "out. (Weights for a part of a composite transformer need metadata routing.)"
            )
        check_consistent_length(timesteps.lengths, params.get("sample_weight"))
        return {name: timesteps.repeat(value) for name, value in params.items()}

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "transformer_")

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        of_transformer = get_tags(self.transformer)
        tags.input_tags.three_d_array = True
        tags.input_tags.positive_only = of_transformer.input_tags.positive_only
        for name in ("allow_nan", "categorical", "string"):
            takes = getattr(of_transformer.input_tags, name) or of_transformer.no_validation
            setattr(tags.input_tags, name, takes)
        tags.target_tags = of_transformer.target_tags
        tags.transformer_tags = of_transformer.transformer_tags
        tags.non_deterministic = of_transformer.non_deterministic
        return tags


def _check_transformed_form(estimator: TimestepTransformer, samples: Any, frame: Any) -> None:
    """Raise if X has another form than `transform` returns."""
    check_n_dimensions(estimator, samples)
    try:
        n_features_out = len(estimator.get_feature_names_out())
    except AttributeError:  # also a part of a composite transformer can have no names
        return
    check_n_features(estimator, samples, n_features_out)
