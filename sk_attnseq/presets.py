"""A configuration for accuracy, where the defaults of the estimators are for simplicity."""

from typing import Any, Literal

import numpy as np
from sklearn.pipeline import Pipeline, make_pipeline

from sk_attnseq._classifier import AttentionSequenceClassifier
from sk_attnseq._regressor import AttentionSequenceRegressor
from sk_attnseq.ensemble import AttentionSequenceEnsemble, AttentionSequenceEnsembleRegressor
from sk_attnseq.preprocessing import DifferenceFeatures, HeavyTailScaler, TimestepTransformer

__all__ = ["make_accurate_classifier", "make_accurate_regressor"]

_PARAMETERS: dict[str, Any] = {
    "kernel_size": (7, 5, 3, 3),
    "pool_size": "auto",
    "bidirectional": True,
    "batch_size": 16,
    "learning_rate": 0.003,
    "learning_rate_schedule": "one_cycle",
    "clipnorm": 1.0,
    "dropout": 0.3,
    "weight_decay": 0.01,
    "mixup": 0.3,
}


def make_accurate_classifier(
    *,
    n_estimators: int = 1,
    units: int = 64,
    differences: bool = False,
    epochs: int | Literal["auto"] = "auto",
    n_timesteps: int | None = None,
    device: str = "cpu",
    n_jobs: int | None = None,
    random_state: int | np.random.RandomState | None = None,
    verbose: int = 0,
) -> Pipeline:
    """Make an unfitted pipeline whose parameters were chosen for accuracy.

    It standardizes each feature, replaces those with extremely heavy tails by normal scores, and
    classifies with convolutions over time in front of a bidirectional LSTM with attention pooling,
    trained with several kinds of regularization. Its parameters are the same for all data: they
    were chosen by cross-validation within the training sets of several public data sets. Fitting
    takes several times as long as fitting a classifier with default parameters.

    Parameters
    ----------
    n_estimators : int, default=1
        Number of networks that predict together. If it is more than 1, the last step is an
        :class:`~sk_attnseq.ensemble.AttentionSequenceEnsemble`. 5 networks are usually more
        accurate than one, and take five times as long to fit.

    units : int, default=64
        Width of the network: the number of units of the LSTM in each direction, of filters of each
        convolution, and of units of the hidden layer. With 32, fits are much faster, and slightly
        less accurate, above all with many classes or very few samples.

    differences : bool, default=False
        Whether to append the differences between consecutive timesteps to the features, see
        :class:`~sk_attnseq.preprocessing.DifferenceFeatures`. They help with outlines and other
        smooth curves, and may cost some accuracy elsewhere, so compare both by cross-validation.
        For a 2-D `X`, they need `n_timesteps`.

    epochs : int or "auto", default="auto"
        Number of passes over the training data, as in
        :class:`~sk_attnseq.AttentionSequenceClassifier`. Fewer epochs are faster, and less
        accurate with few samples.

    n_timesteps : int or None, default=None
        Number of timesteps in the columns of a 2-D `X`, as in
        :class:`~sk_attnseq.AttentionSequenceClassifier`.

    device : str, default="cpu"
        Device for training: "cpu", "gpu" or "gpu:1", as in
        :class:`~sk_attnseq.AttentionSequenceClassifier`.

    n_jobs : int or None, default=None
        Number of networks of an ensemble that are fitted at the same time, in threads.

    random_state : int, RandomState instance or None, default=None
        Determines the initial weights, the order of the samples, dropout and mixtures.

    verbose : int, default=0
        Whether to print a line for each epoch.

    Returns
    -------
    pipeline : sklearn.pipeline.Pipeline
        The steps ``"timesteptransformer"`` and ``"attentionsequenceclassifier"``, or
        ``"attentionsequenceensemble"``. With differences, ``"differencefeatures"`` comes first.

    Notes
    -----
    Networks with and without differences make different mistakes. An ensemble of both kinds is
    often more accurate than one of either kind, even with only two networks::

        VotingClassifier(
            [
                ("plain", make_accurate_classifier(n_estimators=3)),
                ("differences", make_accurate_classifier(n_estimators=2, differences=True)),
            ],
            voting="soft",
        )

    Examples
    --------
    >>> from sk_attnseq.presets import make_accurate_classifier
    >>> from sk_attnseq.datasets import load_digit_sequences
    >>> X, y = load_digit_sequences(return_X_y=True)
    >>> pipeline = make_accurate_classifier(epochs=3, random_state=0)
    >>> bool(pipeline.fit(X[:1000], y[:1000]).score(X[1000:], y[1000:]) > 0.9)
    True
    """
    network = AttentionSequenceClassifier(
        **_PARAMETERS,
        **_widths(units),
        label_smoothing=0.05,
        cutmix=0.5,
        epochs=epochs,
        n_timesteps=n_timesteps,
        device=device,
        random_state=random_state,
        verbose=verbose,
    )
    return _make_pipeline(network, AttentionSequenceEnsemble, n_estimators, n_jobs, differences)


def make_accurate_regressor(
    *,
    n_estimators: int = 1,
    units: int = 64,
    differences: bool = False,
    epochs: int | Literal["auto"] = "auto",
    n_timesteps: int | None = None,
    device: str = "cpu",
    n_jobs: int | None = None,
    random_state: int | np.random.RandomState | None = None,
    verbose: int = 0,
) -> Pipeline:
    """Make an unfitted pipeline for regression with the parameters of `make_accurate_classifier`.

    Only label smoothing and CutMix are missing, because they need classes. The pipeline is not more
    accurate than default parameters in general. It learns fine detail from few sequences, but
    overfits if much of the target is noise. So compare both by cross-validation, and search over
    `epochs`; see the notes.

    Parameters
    ----------
    n_estimators : int, default=1
        Number of networks that predict together. If it is more than 1, the last step is an
        :class:`~sk_attnseq.ensemble.AttentionSequenceEnsembleRegressor`. 5 networks are usually
        more accurate than one, and take five times as long to fit.

    units : int, default=64
        Width of the network: the number of units of the LSTM in each direction, of filters of each
        convolution, and of units of the hidden layer. Narrower networks are faster.

    differences : bool, default=False
        Whether to append the differences between consecutive timesteps to the features, see
        :class:`~sk_attnseq.preprocessing.DifferenceFeatures`. For a 2-D `X`, they need
        `n_timesteps`.

    epochs : int or "auto", default="auto"
        Number of passes over the training data, as in
        :class:`~sk_attnseq.AttentionSequenceRegressor`. Fewer are often better with noisy targets.

    n_timesteps : int or None, default=None
        Number of timesteps in the columns of a 2-D `X`, as in
        :class:`~sk_attnseq.AttentionSequenceRegressor`.

    device : str, default="cpu"
        Device for training: "cpu", "gpu" or "gpu:1", as in
        :class:`~sk_attnseq.AttentionSequenceRegressor`.

    n_jobs : int or None, default=None
        Number of networks of an ensemble that are fitted at the same time, in threads.

    random_state : int, RandomState instance or None, default=None
        Determines the initial weights, the order of the samples, dropout and mixtures.

    verbose : int, default=0
        Whether to print a line for each epoch.

    Returns
    -------
    pipeline : sklearn.pipeline.Pipeline
        The steps ``"timesteptransformer"`` and ``"attentionsequenceregressor"``, or
        ``"attentionsequenceensembleregressor"``. With differences, ``"differencefeatures"`` comes
        first.

    Notes
    -----
    In cross-validation within the training parts of public data sets, this pipeline was much more
    accurate than default parameters for spectra, and less accurate for death rates and for floods
    after rainfall. With 20 or 40 epochs, it was more accurate for death rates and sentiments, and
    less accurate for prices and spectra. Early stopping, and mixing only sequences with similar
    targets (C-Mixup), helped on some data sets and hurt on others, too. No change was better on
    all of them, so none became the default. A ridge regression on means and other statistics of
    the features shows whether there is more to learn. To choose the epochs::

        GridSearchCV(
            make_accurate_regressor(random_state=0),
            {"attentionsequenceregressor__epochs": [20, 40, "auto"]},
            scoring="neg_root_mean_squared_error",
        )

    Examples
    --------
    >>> import numpy as np
    >>> from sk_attnseq.presets import make_accurate_regressor
    >>> X = np.random.default_rng(0).normal(size=(300, 10, 2))
    >>> y = 1_000 + 100 * X[:, :, 0].mean(axis=1)
    >>> pipeline = make_accurate_regressor(epochs=10, random_state=0)
    >>> bool(pipeline.fit(X[:200], y[:200]).score(X[200:], y[200:]) > 0.5)
    True
    """
    network = AttentionSequenceRegressor(
        **_PARAMETERS,
        **_widths(units),
        epochs=epochs,
        n_timesteps=n_timesteps,
        device=device,
        random_state=random_state,
        verbose=verbose,
    )
    return _make_pipeline(
        network, AttentionSequenceEnsembleRegressor, n_estimators, n_jobs, differences
    )


def _widths(units: int) -> dict[str, Any]:
    return {"units": units, "conv_filters": 4 * (units,), "hidden_units": units}


def _make_pipeline(
    network: Any, ensemble: type, n_estimators: int, n_jobs: int | None, differences: bool
) -> Pipeline:
    """The pipeline around a network, or around an ensemble of such networks."""
    n_timesteps = network.n_timesteps
    if n_estimators is True or n_estimators != 1:  # invalid values get the ensemble's error
        random_state = network.random_state
        network.set_params(random_state=None)
        network = ensemble(network, n_estimators, n_jobs=n_jobs, random_state=random_state)
    scaler = TimestepTransformer(HeavyTailScaler(), n_timesteps=n_timesteps)
    if not differences:
        return make_pipeline(scaler, network)
    return make_pipeline(DifferenceFeatures(n_timesteps=n_timesteps), scaler, network)
