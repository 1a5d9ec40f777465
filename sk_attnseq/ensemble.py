"""Several networks as one classifier, or as one regressor."""

from __future__ import annotations

import numpy as np
from sklearn import get_config
from sklearn.base import (
    BaseEstimator,
    ClassifierMixin,
    MetaEstimatorMixin,
    RegressorMixin,
    clone,
)
from sklearn.utils import check_random_state, get_tags
from sklearn.utils.metadata_routing import UNUSED, MetadataRouter, MethodMapping, process_routing
from sklearn.utils.parallel import Parallel, delayed

from sk_attnseq._classifier import AttentionSequenceClassifier
from sk_attnseq._estimator.parameters import check_integer, check_parameters
from sk_attnseq._estimator.predictions import ClassPredictionMixin, NumberPredictionMixin
from sk_attnseq._input.read_sequences import read_sequences
from sk_attnseq._network.mean_forward_pass import MeanForwardPass
from sk_attnseq._regressor import AttentionSequenceRegressor
from sk_attnseq._runtime.draft import on_a_draft, snapshot

__all__ = ["AttentionSequenceEnsemble", "AttentionSequenceEnsembleRegressor"]


class AttentionSequenceEnsembleBase(MetaEstimatorMixin, BaseEstimator):
    """Networks of one kind, `_NETWORK`, fitted to the same data; a subclass says which."""

    # It only hands weights on, so there is nothing to request: `set_fit_request` is that of the
    # networks.
    __metadata_request__fit = {"sample_weight": UNUSED}  # noqa: RUF012

    def __init__(self, estimator, n_estimators=5, *, n_jobs=None, random_state=None):
        self.estimator = estimator
        self.n_estimators = n_estimators
        self.n_jobs = n_jobs
        self.random_state = random_state

    @on_a_draft
    def fit(self, X, y, sample_weight=None, **params):
        """Train the networks.

        Parameters
        ----------
        X : array-like or list of array-likes
            The sequences, as in the `fit` of the `estimator`.

        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            The class of each sequence, or the number or numbers to predict.

        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the samples; None weighs all the same. With metadata routing enabled,
            the `estimator` must request it.

        **params : dict
            More for the `fit` of the `estimator`: with metadata routing enabled, what it requests.

        Returns
        -------
        self : estimator
            The fitted ensemble.
        """
        self._check_parameters()
        params = self._routed(sample_weight, params)
        # Checked once, so that all networks share the memory of the sequences.
        form = clone(self.estimator)
        check_parameters(form)
        sequences = read_sequences(form, X, set_form=True)
        rng = check_random_state(self.random_state)
        seeds = rng.randint(np.iinfo(np.int32).max, size=self.n_estimators).tolist()
        networks = [snapshot(form).set_params(random_state=seed) for seed in seeds]
        self.estimators_ = Parallel(n_jobs=self.n_jobs, prefer="threads", require="sharedmem")(
            delayed(network.fit)(sequences, y, **params) for network in networks
        )
        return self

    def _check_parameters(self):
        if not isinstance(self.estimator, self._NETWORK):
            raise TypeError(
                f"estimator must be an {self._NETWORK.__name__}, but is of type "
                f"{type(self.estimator).__name__}. Of a pipeline, make its last step an ensemble: "
                "so the others transform the data once."
            )
        check_integer("n_estimators", self.n_estimators)

    def _routed(self, sample_weight, params):
        """What each network's `fit` gets of the metadata."""
        if sample_weight is not None:
            params = {**params, "sample_weight": sample_weight}
        if get_config()["enable_metadata_routing"]:
            return process_routing(self, "fit", **params).estimator.fit
        return params

    def get_metadata_routing(self):
        """Get how metadata are routed to the networks.

        Returns
        -------
        routing : MetadataRouter
            It sends to their `fit` what that requests; `score` has requests of its own.
        """
        router = MetadataRouter(owner=type(self).__name__).add_self_request(self)
        return router.add(
            estimator=self.estimator,
            method_mapping=MethodMapping().add(caller="fit", callee="fit"),
        )

    # All networks were fitted on the same data, so what one knows of their form, all do.

    @property
    def n_features_in_(self):
        """Features of each timestep, or columns."""
        return self.estimators_[0].n_features_in_

    @property
    def feature_names_in_(self):
        """Names of the columns."""
        return self.estimators_[0].feature_names_in_

    @property
    def _n_dimensions(self):
        return self.estimators_[0]._n_dimensions

    @property
    def _n_timesteps(self):
        return self.estimators_[0]._n_timesteps

    @property
    def _architecture(self):
        return self.estimators_[0]._architecture

    @property
    def _forward_pass(self):
        return MeanForwardPass([network._forward_pass for network in self.estimators_])

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags = get_tags(self.estimator).input_tags
        return tags


class AttentionSequenceEnsemble(
    ClassPredictionMixin, ClassifierMixin, AttentionSequenceEnsembleBase
):
    """Several networks that start from different weights, and whose predictions are averaged.

    Networks that start from different weights make different mistakes, so the mean of their
    probabilities is usually better than those of any one [1]_. All are trained on all of the
    data, in threads that share the data and the compiled program.

    Parameters
    ----------
    estimator : AttentionSequenceClassifier
        What to fit clones of. Its `random_state` is not used.

    n_estimators : int, default=5
        How many networks.

    n_jobs : int or None, default=None
        How many of them to fit at once, in threads; None is one, and -1 as many as there are
        processors. The result is the same with any.

    random_state : int, RandomState instance or None, default=None
        Decides the `random_state` of each network. With an int, fits of the same data give
        the same bits.

    Attributes
    ----------
    estimators_ : list of AttentionSequenceClassifier
        The fitted networks.

    classes_ : ndarray of shape (n_classes,)
        The classes, in the order of the columns of `predict_proba`.

    n_features_in_ : int
        Features of each timestep of a 3-D `X`; columns of a 2-D `X`.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns, when `X` was a dataframe or a list of dataframes.

    See Also
    --------
    AttentionSequenceEnsembleRegressor : The same for numbers.
    sk_attnseq.presets.make_accurate_classifier : A configuration to make an ensemble of.
    sklearn.ensemble.VotingClassifier : The same for any classifiers.
    sklearn.ensemble.BaggingClassifier : Each sees other samples, too.

    Notes
    -----
    At the end of a pipeline, what comes before transforms the data once for all networks.

    Attention weights are the mean of the networks', and `predict_log_proba` is the logarithm
    of the mean probability. Each `fit` starts afresh, also if the `estimator` has
    ``warm_start=True``.

    References
    ----------
    .. [1] B. Lakshminarayanan, A. Pritzel and C. Blundell, "Simple and Scalable Predictive
       Uncertainty Estimation using Deep Ensembles", NeurIPS, 2017.

    Examples
    --------
    >>> from sk_attnseq import AttentionSequenceClassifier
    >>> from sk_attnseq.datasets import make_sequence_classification
    >>> from sk_attnseq.ensemble import AttentionSequenceEnsemble
    >>> X, y = make_sequence_classification(random_state=0)
    >>> clf = AttentionSequenceClassifier(epochs=5)
    >>> ensemble = AttentionSequenceEnsemble(clf, n_estimators=3, n_jobs=2, random_state=0)
    >>> ensemble.fit(X, y).predict_proba(X[:4]).shape
    (4, 2)
    >>> len(ensemble.estimators_)
    3
    """

    _NETWORK = AttentionSequenceClassifier

    @property
    def classes_(self):
        """The classes, in the order of the columns of `predict_proba`."""
        return self.estimators_[0].classes_


class AttentionSequenceEnsembleRegressor(
    NumberPredictionMixin, RegressorMixin, AttentionSequenceEnsembleBase
):
    """Several networks that start from different weights, and whose predictions are averaged.

    Networks that start from different weights make different mistakes, so the mean of their
    predictions is usually better than those of any one [1]_. All are trained on all of the
    data, in threads that share the data and the compiled program.

    Parameters
    ----------
    estimator : AttentionSequenceRegressor
        What to fit clones of. Its `random_state` is not used.

    n_estimators : int, default=5
        How many networks.

    n_jobs : int or None, default=None
        How many of them to fit at once, in threads; None is one, and -1 as many as there are
        processors. The result is the same with any.

    random_state : int, RandomState instance or None, default=None
        Decides the `random_state` of each network. With an int, fits of the same data give
        the same bits.

    Attributes
    ----------
    estimators_ : list of AttentionSequenceRegressor
        The fitted networks.

    n_features_in_ : int
        Features of each timestep of a 3-D `X`; columns of a 2-D `X`.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns, when `X` was a dataframe or a list of dataframes.

    See Also
    --------
    AttentionSequenceEnsemble : The same for classes.
    sk_attnseq.presets.make_accurate_regressor : A configuration to make an ensemble of.
    sklearn.ensemble.VotingRegressor : The same for any regressors.

    Notes
    -----
    Attention weights are the mean of the networks'. With ``loss="quantile"``, predictions are the
    mean of the networks' quantiles. Each `fit` starts afresh, also if the `estimator` has
    ``warm_start=True``.

    References
    ----------
    .. [1] B. Lakshminarayanan, A. Pritzel and C. Blundell, "Simple and Scalable Predictive
       Uncertainty Estimation using Deep Ensembles", NeurIPS, 2017.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_attnseq import AttentionSequenceRegressor
    >>> from sk_attnseq.ensemble import AttentionSequenceEnsembleRegressor
    >>> X = np.random.default_rng(0).normal(size=(100, 10, 2))
    >>> y = X[:, :, 0].mean(axis=1)
    >>> regressor = AttentionSequenceRegressor(epochs=5)
    >>> ensemble = AttentionSequenceEnsembleRegressor(regressor, n_estimators=3, random_state=0)
    >>> ensemble.fit(X, y).predict(X[:4]).shape
    (4,)
    """

    _NETWORK = AttentionSequenceRegressor

    @property
    def _coding(self):
        return self.estimators_[0]._coding
