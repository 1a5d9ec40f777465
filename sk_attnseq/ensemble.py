"""Several networks as one classifier, or as one regressor."""

from typing import Any, ClassVar, Self

import numpy as np
from sklearn import get_config
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, RegressorMixin, clone
from sklearn.utils import check_random_state, get_tags
from sklearn.utils.metadata_routing import UNUSED, MetadataRouter, MethodMapping, process_routing
from sklearn.utils.parallel import Parallel, delayed

from sk_attnseq._classifier import AttentionSequenceClassifier
from sk_attnseq._estimator.parameters import check_integer, check_parameters
from sk_attnseq._estimator.predictions import ClassPredictionMixin, NumberPredictionMixin
from sk_attnseq._input.read_sequences import read_sequences
from sk_attnseq._network.forward_pass import MeanForwardPass
from sk_attnseq._regressor import AttentionSequenceRegressor
from sk_attnseq._runtime.estimator_copies import on_a_draft, snapshot

__all__ = ["AttentionSequenceEnsemble", "AttentionSequenceEnsembleRegressor"]


def _of_networks(name: str, doc: str | None = None) -> property:
    """An attribute that all networks share, as they were fitted on the same data."""
    return property(lambda ensemble: getattr(ensemble.estimators_[0], name), doc=doc)


class AttentionSequenceEnsembleBase(MetaEstimatorMixin, BaseEstimator):
    """Several networks of one kind, fitted to the same data."""

    _NETWORK: ClassVar[type]  # the kind, which a subclass names

    # Weights are only passed on, so the networks request them: `set_fit_request` is theirs.
    __metadata_request__fit: ClassVar[dict[str, str]] = {"sample_weight": UNUSED}

    estimators_: list[Any]

    def __init__(
        self,
        estimator: Any,
        n_estimators: int = 5,
        *,
        n_jobs: int | None = None,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.estimator = estimator
        self.n_estimators = n_estimators
        self.n_jobs = n_jobs
        self.random_state = random_state

    @on_a_draft
    def fit(self, X: Any, y: Any, sample_weight: Any = None, **params: Any) -> Self:
        """Train the networks.

        Parameters
        ----------
        X : array-like or list of array-likes
            Sequences, as in the `fit` of the `estimator`.

        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Class of each sequence, or the number or numbers to predict.

        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the samples; None weights all samples equally. If metadata routing is
            enabled, the `estimator` must request them.

        **params : dict
            Further arguments of the `fit` of the `estimator`. If metadata routing is enabled, the
            `estimator` must request them.

        Returns
        -------
        self : estimator
            The fitted ensemble.
        """
        self._check_parameters()
        if sample_weight is not None:
            params["sample_weight"] = sample_weight
        if get_config()["enable_metadata_routing"]:
            params = process_routing(self, "fit", **params).estimator.fit
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

    def _check_parameters(self) -> None:
        if not isinstance(self.estimator, self._NETWORK):
            raise TypeError(
                f"estimator must be an {self._NETWORK.__name__}, but is of type "
                f"{type(self.estimator).__name__}. Of a pipeline, make its last step an ensemble: "
                "so the others transform the data once."
            )
        check_integer("n_estimators", self.n_estimators)

    def get_metadata_routing(self) -> MetadataRouter:
        """Get the routing of metadata to the `estimator`.

        Returns
        -------
        routing : MetadataRouter
            Passes to its `fit` whatever it requests. `score` has its own requests.
        """
        router = MetadataRouter(owner=type(self).__name__).add_self_request(self)
        return router.add(
            estimator=self.estimator,
            method_mapping=MethodMapping().add(caller="fit", callee="fit"),
        )

    n_features_in_ = _of_networks("n_features_in_", "Number of features, or of columns.")
    feature_names_in_ = _of_networks("feature_names_in_", "Names of the columns.")
    _n_dimensions = _of_networks("_n_dimensions")
    _n_timesteps = _of_networks("_n_timesteps")
    _architecture = _of_networks("_architecture")

    @property
    def _forward_pass(self) -> MeanForwardPass:
        return MeanForwardPass([network._forward_pass for network in self.estimators_])

    def __sklearn_is_fitted__(self) -> bool:
        return "estimators_" in vars(self)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        of_networks = get_tags(self.estimator)
        tags.input_tags, tags.target_tags = of_networks.input_tags, of_networks.target_tags
        return tags


class AttentionSequenceEnsemble(
    ClassPredictionMixin, ClassifierMixin, AttentionSequenceEnsembleBase
):
    """Ensemble of classifiers that differ in their random numbers.

    Networks that start from different weights make different mistakes, so the mean of their
    probabilities is usually more accurate than those of any single network [1]_. All networks are
    trained on all of the data, in threads that share the data and the compiled program.

    Parameters
    ----------
    estimator : AttentionSequenceClassifier
        Classifier of which clones are fitted. Its `random_state` is not used.

    n_estimators : int, default=5
        Number of networks.

    n_jobs : int or None, default=None
        Number of networks that are fitted at the same time, in threads. None means 1, and -1 as
        many as there are processors. It does not change the result.

    random_state : int, RandomState instance or None, default=None
        Determines the `random_state` of each network. With an int, fits of the same data give
        the same bits.

    Attributes
    ----------
    estimators_ : list of AttentionSequenceClassifier
        The fitted networks.

    classes_ : ndarray of shape (n_classes,)
        The classes, in the order of the columns of `predict_proba`.

    n_features_in_ : int
        Number of features at each timestep of a 3-D `X`; number of columns of a 2-D `X`.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns, if `X` was a dataframe or a list of dataframes.

    See Also
    --------
    AttentionSequenceEnsembleRegressor : Ensemble of regressors.
    sk_attnseq.presets.make_accurate_classifier : Parameters that make accurate networks.
    sklearn.ensemble.VotingClassifier : Ensemble of any classifiers.
    sklearn.ensemble.BaggingClassifier : Ensemble that trains each classifier on other samples.

    Notes
    -----
    At the end of a pipeline, the steps before the ensemble transform the data only once.

    Attention weights are the mean over the networks, and `predict_log_proba` is the logarithm
    of the mean probability. Each `fit` starts afresh, even if the `estimator` has
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

    classes_ = _of_networks("classes_", "The classes, in the order of `predict_proba`'s columns.")


class AttentionSequenceEnsembleRegressor(
    NumberPredictionMixin, RegressorMixin, AttentionSequenceEnsembleBase
):
    """Ensemble of regressors that differ in their random numbers.

    It predicts the mean of the predictions of its networks, which is usually more accurate than
    those of any single network, as in :class:`AttentionSequenceEnsemble`.

    Parameters
    ----------
    estimator : AttentionSequenceRegressor
        Regressor of which clones are fitted. Its `random_state` is not used.

    n_estimators : int, default=5
        Number of networks.

    n_jobs : int or None, default=None
        Number of networks that are fitted at the same time, in threads. None means 1, and -1 as
        many as there are processors. It does not change the result.

    random_state : int, RandomState instance or None, default=None
        Determines the `random_state` of each network. With an int, fits of the same data give
        the same bits.

    Attributes
    ----------
    estimators_ : list of AttentionSequenceRegressor
        The fitted networks.

    n_features_in_ : int
        Number of features at each timestep of a 3-D `X`; number of columns of a 2-D `X`.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns, if `X` was a dataframe or a list of dataframes.

    See Also
    --------
    AttentionSequenceEnsemble : Ensemble of classifiers.
    sk_attnseq.presets.make_accurate_regressor : Parameters that were chosen for accuracy.
    sklearn.ensemble.VotingRegressor : Ensemble of any regressors.

    Notes
    -----
    Attention weights are the mean over the networks. With ``loss="quantile"``, predictions are the
    mean of the networks' quantiles. Each `fit` starts afresh, even if the `estimator` has
    ``warm_start=True``.

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

    _coding = _of_networks("_coding")
