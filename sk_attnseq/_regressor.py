"""AttentionSequenceRegressor: parameters, and what makes a network a regressor."""

import functools
from collections.abc import Callable, Sequence
from typing import Any, Literal, Self

import numpy as np
from sklearn.base import RegressorMixin

from sk_attnseq._data.numeric_targets import NumericTargets, read_numbers
from sk_attnseq._estimator.network_estimator import AttentionSequenceEstimator
from sk_attnseq._estimator.predictions import NumberPredictionMixin
from sk_attnseq._estimator.sklearn_callbacks import with_callbacks
from sk_attnseq._runtime.estimator_copies import on_a_draft

# Errors are quadratic below this many standard deviations of the targets.
_HUBER_DELTA = 1.0


class AttentionSequenceRegressor(NumberPredictionMixin, RegressorMixin, AttentionSequenceEstimator):
    """Sequence regressor: LSTM layers, attention over their outputs, a dense layer.

    The network is a Keras model that is trained with Adam inside one compiled program. Targets
    are standardized for training, so their units do not matter. Predictions are made with NumPy
    and need no TensorFlow. The parameters by topic:

    - network: `units`, `conv_filters`, `kernel_size`, `pool_size`, `attention`, `num_heads`,
      `key_dim`, `bidirectional`, `hidden_units`;
    - training: `loss`, `quantile`, `epochs`, `batch_size`, `learning_rate`,
      `learning_rate_schedule`, `clipnorm`, `warm_start`;
    - regularization: `dropout`, `alpha`, `weight_decay`, `mixup`;
    - data: `n_timesteps`;
    - validation: `early_stopping`, `validation_fraction`, `scoring`, `n_iter_no_change`, `tol`;
    - runtime: `dtype`, `device`, `random_state`, `verbose`.

    Parameters
    ----------
    units : int or tuple of int, default=32
        Number of units in the LSTM layer, or in each of several stacked layers.

    conv_filters : int, tuple of int or None, default=None
        Number of filters of a convolution over time before the LSTM layers, or of each of several
        convolutions [4]_. Each is followed by batch normalization [5]_ and ReLU, and keeps the
        number of timesteps. None means no convolution.

    kernel_size : int or tuple of int, default=5
        Number of timesteps that each convolution covers, or one number for each convolution. Only
        used with `conv_filters`.

    pool_size : int or "auto", default=1
        Number of consecutive timesteps that are averaged into one before the LSTM layers. Larger
        values shorten the sequences and speed up training. "auto" chooses the smallest number that
        leaves at most 100 timesteps in 90% of the sequences of the first call to `fit` or
        `partial_fit`.

    attention : {"pooling", "multihead"} or None, default="pooling"
        Method that combines the outputs of the last LSTM layer:

        - "pooling": their mean over the timesteps, weighted by scores that the network learns [1]_;
        - "multihead": multi-head self-attention [2]_, followed by the mean over the timesteps;
        - None: only the output at the last timestep is used.

    num_heads : int, default=2
        Number of attention heads. Only used with ``attention="multihead"``.

    key_dim : int, default=16
        Size of each attention head. Only used with ``attention="multihead"``.

    bidirectional : bool, default=False
        Whether each LSTM layer also reads the sequences backwards, with as many additional units.

    hidden_units : int, default=16
        Number of units in the dense layer (ReLU) before the output layer.

    loss : {"squared_error", "absolute_error", "huber", "quantile"}, default="squared_error"
        Loss that training minimizes, on targets with mean 0 and standard deviation 1. "huber" is
        quadratic for errors below one standard deviation, and linear above. "quantile" estimates
        the `quantile` of the target instead of its mean.

    quantile : float or None, default=None
        Quantile to estimate, between 0 and 1. Required with ``loss="quantile"``, and not used
        otherwise.

    epochs : int or "auto", default=100
        Number of passes over the training data; the maximum with early stopping. "auto" is 120 for
        ten batches of training data and falls with the cube root of their number: 205 for two
        batches, 56 for a hundred.

    batch_size : int, default=32
        Number of samples in each step of the optimizer. At least 2 with `conv_filters`.

    learning_rate : float, default=0.01
        Step size of Adam; the maximum with a schedule.

    learning_rate_schedule : {"constant", "one_cycle"}, default="constant"
        With "one_cycle", the learning rate rises during the first 30% of all steps and then falls
        to almost 0, both along a cosine [6]_. The cycle covers all `epochs` of a `fit`, so early
        stopping may end it before the rate falls, and `partial_fit` raises an error.

    clipnorm : float or None, default=None
        Maximum norm of the gradient of all weights together. Larger gradients are scaled down to it
        (Keras's ``global_clipnorm``). None leaves them unchanged.

    warm_start : bool, default=False
        Whether `fit` continues from the weights of the previous `fit`. With early stopping, it ends
        at least at the validation score that it starts from.

    dropout : float, default=0.0
        Fraction of features that are dropped in training, between LSTM layers (the same features at
        all timesteps of a sequence [3]_) and before the hidden layer. In [0, 1).

    alpha : float, default=0.0
        Strength of the L2 penalty: `alpha` times the sum of squares of all kernels (weights without
        biases) is added to the mean loss of a batch.

    weight_decay : float, default=0.0
        Decoupled weight decay (AdamW [7]_): each step shrinks all kernels by this fraction times
        the learning rate.

    mixup : float, default=0.0
        Parameter of the distribution Beta(`mixup`, `mixup`) of the proportions in which each
        training sequence and its target are mixed with another of the same batch [8]_; 0 disables
        mixing. The last fifth of the `epochs` of a `fit` is trained on unmixed sequences;
        `partial_fit` always mixes. The loss and the training score are those of the mixtures.

    n_timesteps : int or None, default=None
        Number of timesteps in the columns of a 2-D `X`: with ``n_timesteps=10``, 50 columns are 10
        timesteps of 5 features, starting with all features of the first timestep. None treats each
        row as a series of one feature. Not used for a 3-D `X`.

    early_stopping : bool, default=False
        Whether to stop training when the validation score stops improving, and to keep the weights
        with the best score (the last of equally good ones). The score is computed on a part of the
        training data that is set aside, or on `X_val` and `y_val` if they are passed to `fit`. With
        few samples, such a part is too small to tell epochs apart.

    validation_fraction : float, default=0.1
        Fraction of the training data to set aside. In (0, 1). Only used with
        ``early_stopping=True`` and without `X_val`.

    scoring : str, callable or None, default=None
        Validation score. Only used with ``early_stopping=True``.

        - None: R², the coefficient of determination.
        - "loss": the negative loss that training minimizes (on unmixed sequences and without the
          penalty of `alpha`).
        - Any name from `sklearn.metrics.get_scorer_names`, such as "neg_median_absolute_error".
        - A callable ``scorer(estimator, X, y)``, as `sklearn.metrics.make_scorer` makes them. `X`
          stands for the sequences: it can be passed to the methods of `estimator`, but is not the
          array that was passed to `fit`.

        R² and loss weight the samples as training does. A scorer gets the `sample_weight` that was
        passed to `fit` if it accepts any.

    n_iter_no_change : int, default=10
        Largest number of consecutive epochs without an improvement of at least `tol`; one more
        ends the training.

    tol : float, default=1e-4
        Smallest increase of the validation score that counts as an improvement; 0 counts any.

    dtype : {"float32", "float64"}, default="float32"
        Precision of the weights and of training. Predictions are computed in single precision for
        an `X` of float32, and in double precision otherwise.

    device : str, default="cpu"
        Device for `fit` and `partial_fit`: "cpu"; "gpu" for the first GPU that TensorFlow finds;
        "gpu:1" for the second, and so on. A GPU pays off for large networks. Predictions are always
        computed on the CPU.

    random_state : int, RandomState instance or None, default=None
        Determines the initial weights, the order of the samples, dropout, mixtures and the
        validation split. With an int, fits of the same data give the same bits in any thread and
        process with the same number of threads for TensorFlow and NumPy; other numbers round sums
        differently.

    verbose : int, default=0
        Whether to print the loss, the score and the seconds of each epoch. The score is that on
        the validation data with early stopping, and otherwise that on the training data during
        the epoch.

    Attributes
    ----------
    n_features_in_ : int
        Number of features at each timestep of a 3-D `X`; number of columns of a 2-D `X`.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns, if `X` was a dataframe or a list of dataframes.

    model_ : keras.Model
        The trained network as a compiled Keras model with copies of the weights, built when it is
        first accessed. It maps (n_samples, n_timesteps, n_features), with NaN as padding, to
        predictions (n_samples, n_outputs) in the units of the targets. Its own `fit` continues at
        `learning_rate`; Keras has no quantile loss, so it minimizes the absolute error instead.

    loss_curve_ : list of float
        Mean training loss of each epoch, including penalties; also of the epochs before a warm
        start or a further call of `partial_fit`.

    validation_scores_ : list of float or None
        Validation score after each epoch of the last fit, see `scoring`; None without early
        stopping.

    best_validation_score_ : float or None
        Best validation score, including that of the start of a warm start. Its weights were kept.

    n_iter_ : int
        Number of epochs trained, including those before a warm start or a further call of
        `partial_fit`.

    See Also
    --------
    AttentionSequenceClassifier : Predicts classes instead of numbers.
    sklearn.neural_network.MLPRegressor : Predicts numbers for samples that are not sequences.

    Notes
    -----
    In `fit`, weights of samples count relative to their mean over the training data. A sample of
    weight 0 counts as absent.

    Mean and standard deviation of the targets are those of the first `fit` or `partial_fit`; a warm
    start and further calls of `partial_fit` keep them.

    References
    ----------
    .. [1] C. Raffel and D. P. W. Ellis, "Feed-Forward Networks with Attention Can Solve
       Some Long-Term Memory Problems", arXiv:1512.08756, 2015.
    .. [2] A. Vaswani et al., "Attention Is All You Need",
       NeurIPS, 2017.
    .. [3] Y. Gal and Z. Ghahramani, "A Theoretically Grounded Application of Dropout in
       Recurrent Neural Networks", NeurIPS, 2016.
    .. [4] F. Karim et al., "Multivariate LSTM-FCNs for Time Series Classification",
       Neural Networks 116, 2019.
    .. [5] S. Ioffe and C. Szegedy, "Batch Normalization: Accelerating Deep Network Training
       by Reducing Internal Covariate Shift", ICML, 2015.
    .. [6] L. N. Smith and N. Topin, "Super-convergence: Very Fast Training of Neural
       Networks Using Large Learning Rates", arXiv:1708.07120, 2018.
    .. [7] I. Loshchilov and F. Hutter, "Decoupled Weight Decay Regularization", ICLR, 2019.
    .. [8] H. Zhang et al., "mixup: Beyond Empirical Risk Minimization", ICLR, 2018.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_attnseq import AttentionSequenceRegressor
    >>> X = np.random.default_rng(0).normal(size=(300, 10, 2))
    >>> y = 1_000 + 100 * X[:, :, 0].mean(axis=1)
    >>> regressor = AttentionSequenceRegressor(epochs=30, random_state=0).fit(X[:200], y[:200])
    >>> bool(regressor.score(X[200:], y[200:]) > 0.8)
    True
    >>> regressor.predict(X[:3]).shape
    (3,)
    """

    _OUTPUT_ACTIVATION = "linear"
    _CODING_ATTRIBUTES = ("_target_mean", "_target_scale")

    def __init__(
        self,
        units: int | Sequence[int] = 32,
        *,
        conv_filters: int | Sequence[int] | None = None,
        kernel_size: int | Sequence[int] = 5,
        pool_size: int | Literal["auto"] = 1,
        attention: Literal["pooling", "multihead"] | None = "pooling",
        num_heads: int = 2,
        key_dim: int = 16,
        bidirectional: bool = False,
        hidden_units: int = 16,
        loss: Literal["squared_error", "absolute_error", "huber", "quantile"] = "squared_error",
        quantile: float | None = None,
        epochs: int | Literal["auto"] = 100,
        batch_size: int = 32,
        learning_rate: float = 0.01,
        learning_rate_schedule: Literal["constant", "one_cycle"] = "constant",
        clipnorm: float | None = None,
        warm_start: bool = False,
        dropout: float = 0.0,
        alpha: float = 0.0,
        weight_decay: float = 0.0,
        mixup: float = 0.0,
        n_timesteps: int | None = None,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        scoring: str | Callable[..., float] | None = None,
        n_iter_no_change: int = 10,
        tol: float = 1e-4,
        dtype: Literal["float32", "float64"] = "float32",
        device: str = "cpu",
        random_state: int | np.random.RandomState | None = None,
        verbose: int = 0,
    ) -> None:
        self.units = units
        self.conv_filters = conv_filters
        self.kernel_size = kernel_size
        self.pool_size = pool_size
        self.attention = attention
        self.num_heads = num_heads
        self.key_dim = key_dim
        self.bidirectional = bidirectional
        self.hidden_units = hidden_units
        self.loss = loss
        self.quantile = quantile
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.learning_rate_schedule = learning_rate_schedule
        self.clipnorm = clipnorm
        self.warm_start = warm_start
        self.dropout = dropout
        self.alpha = alpha
        self.weight_decay = weight_decay
        self.mixup = mixup
        self.n_timesteps = n_timesteps
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.scoring = scoring
        self.n_iter_no_change = n_iter_no_change
        self.tol = tol
        self.dtype = dtype
        self.device = device
        self.random_state = random_state
        self.verbose = verbose

    @on_a_draft
    @with_callbacks
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train for one epoch on a part of the data.

        Parameters
        ----------
        X : array-like or list of array-likes
            Sequences, as in `fit`.

        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Number or numbers to predict. Those of the first call determine the mean and the
            standard deviation with which targets are standardized.

        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the samples. Unlike in `fit`, they are not divided by their mean, because
            that differs from part to part (as in `SGDRegressor.partial_fit`).

        Returns
        -------
        self : AttentionSequenceRegressor
            The regressor, trained for one more epoch.
        """
        make_coding = functools.partial(self._make_coding, goes_on=self.__sklearn_is_fitted__())
        return self._partial_fit(X, y, sample_weight, make_coding)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        # scikit-learn's check of a score sets alpha=0.01. That is much for 200 samples where the
        # penalty is not divided by their number, as it is in linear models and MLPRegressor.
        tags.regressor_tags.poor_score = True
        tags.target_tags.multi_output = True
        return tags

    def _read_targets(self, y: Any, name: str, *, n_samples: int) -> np.ndarray:
        return read_numbers(self, y, name, n_samples=n_samples)

    def _make_coding(self, y: np.ndarray, weights: np.ndarray, *, goes_on: bool) -> NumericTargets:
        return self._coding if goes_on else NumericTargets.of(y, weights)

    def _set_coding(self, coding: NumericTargets) -> None:
        self._target_mean, self._target_scale = coding.mean, coding.scale

    @property
    def _coding(self) -> NumericTargets:
        return NumericTargets(self._target_mean, self._target_scale)

    def _weight_factors(
        self, coding: NumericTargets, targets: Any, weights: Any, of_targets: Any
    ) -> np.ndarray:
        return np.ones(len(of_targets))

    def _loss(self) -> tuple[str, float]:
        """Name of the loss, and the number that it depends on."""
        if self.loss == "quantile" and self.quantile is not None:
            return self.loss, float(self.quantile)
        return self.loss, _HUBER_DELTA if self.loss == "huber" else 0.0
