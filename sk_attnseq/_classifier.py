"""AttentionSequenceClassifier: parameters, and what makes a network a classifier."""

from collections.abc import Callable, Sequence
from typing import Any, Literal, Self

import numpy as np
from sklearn.base import ClassifierMixin

from sk_attnseq._data.class_labels import ClassLabels, read_labels
from sk_attnseq._estimator.network_estimator import AttentionSequenceEstimator
from sk_attnseq._estimator.predictions import ClassPredictionMixin
from sk_attnseq._estimator.sklearn_callbacks import with_callbacks
from sk_attnseq._runtime.estimator_copies import on_a_draft


class AttentionSequenceClassifier(
    ClassPredictionMixin, ClassifierMixin, AttentionSequenceEstimator
):
    """Sequence classifier: LSTM layers, attention over their outputs, a dense layer.

    The network is a Keras model that is trained with Adam on the cross-entropy, inside one compiled
    program. Predictions are made with NumPy and need no TensorFlow. The parameters by topic:

    - network: `units`, `conv_filters`, `kernel_size`, `pool_size`, `attention`, `num_heads`,
      `key_dim`, `bidirectional`, `hidden_units`;
    - training: `epochs`, `batch_size`, `learning_rate`, `learning_rate_schedule`, `clipnorm`,
      `warm_start`;
    - regularization: `dropout`, `alpha`, `weight_decay`, `label_smoothing`, `mixup`, `cutmix`;
    - data: `n_timesteps`, `class_weight`;
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

    epochs : int or "auto", default=100
        Number of passes over the training data; the maximum with early stopping. "auto" is 120 for
        ten batches of training data and falls with the cube root of their number: 205 for two
        batches, 56 for a hundred. From 15 to 45 classes, it rises in proportion to their number.

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

    label_smoothing : float, default=0.0
        Fraction of each label's weight that is spread over all classes, so that the network does
        not become overconfident [8]_. In [0, 1). The loss is that of the smoothed labels.

    mixup : float, default=0.0
        Parameter of the distribution Beta(`mixup`, `mixup`) of the proportions in which each
        training sequence and its label are mixed with another of the same batch [9]_; 0 disables
        mixing. Small values mostly keep one of the two sequences, 1 makes all proportions equally
        likely, and larger values favor equal parts. Mixing helps most with few samples. The last
        fifth of the `epochs` of a `fit` is trained on unmixed sequences; `partial_fit` always
        mixes. The loss and the training score are those of the mixtures.

    cutmix : float, default=0.0
        Fraction of the training sequences that begin as one sequence and continue as another,
        with the labels of both in proportion to their timesteps [10]_. In [0, 1]. Like `mixup`,
        it is not applied in the last fifth of the epochs.

    n_timesteps : int or None, default=None
        Number of timesteps in the columns of a 2-D `X`: with ``n_timesteps=10``, 50 columns are 10
        timesteps of 5 features, starting with all features of the first timestep. None treats each
        row as a series of one feature. Not used for a 3-D `X`.

    class_weight : dict, "balanced" or None, default=None
        Weights of the classes, as ``{class: weight}``. "balanced" weights classes inversely to
        their frequency in the (weighted) training data.

    early_stopping : bool, default=False
        Whether to stop training when the validation score stops improving, and to keep the weights
        with the best score (the last of equally good ones). The score is computed on a part of the
        training data that is set aside, or on `X_val` and `y_val` if they are passed to `fit`. With
        few samples, such a part is too small to tell epochs apart.

    validation_fraction : float, default=0.1
        Fraction of the training data to set aside, stratified by class. In (0, 1). Only used with
        ``early_stopping=True`` and without `X_val`.

    scoring : str, callable or None, default=None
        Validation score. Only used with ``early_stopping=True``.

        - None: the accuracy.
        - "loss": the negative cross-entropy that training minimizes (with `label_smoothing`, but on
          unmixed sequences and without the penalty of `alpha`).
        - Any name from `sklearn.metrics.get_scorer_names`, such as "f1_macro" or "roc_auc".
        - A callable ``scorer(estimator, X, y)``, as `sklearn.metrics.make_scorer` makes them. `X`
          stands for the sequences: it can be passed to the methods of `estimator`, but is not the
          array that was passed to `fit`.

        Accuracy and loss weight the samples as training does. A scorer gets the `sample_weight`
        that was passed to `fit`, without class weights, if it accepts any.

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
    classes_ : ndarray of shape (n_classes,)
        The classes, in the order of the columns of `predict_proba`.

    n_features_in_ : int
        Number of features at each timestep of a 3-D `X`; number of columns of a 2-D `X`.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns, if `X` was a dataframe or a list of dataframes.

    model_ : keras.Model
        The trained network as a compiled Keras model with copies of the weights, built when it is
        first accessed. It maps (n_samples, n_timesteps, n_features), with NaN as padding, to class
        probabilities. Its own `fit` continues at `learning_rate`, on integer labels.

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
    AttentionSequenceRegressor : Predicts numbers instead of classes.
    sklearn.neural_network.MLPClassifier : Classifies samples that are not sequences.

    Notes
    -----
    In `fit`, weights of samples and classes count relative to their mean over the training data.
    A sample of weight 0 counts as absent.

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
    .. [8] C. Szegedy et al., "Rethinking the Inception Architecture for Computer Vision",
       CVPR, 2016.
    .. [9] H. Zhang et al., "mixup: Beyond Empirical Risk Minimization", ICLR, 2018.
    .. [10] S. Yun et al., "CutMix: Regularization Strategy to Train Strong Classifiers with
       Localizable Features", ICCV, 2019.

    Examples
    --------
    >>> from sklearn.model_selection import train_test_split
    >>> from sk_attnseq import AttentionSequenceClassifier
    >>> from sk_attnseq.datasets import load_digit_sequences
    >>> X, y = load_digit_sequences(return_X_y=True)
    >>> X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
    >>> clf = AttentionSequenceClassifier(epochs=20, random_state=0)
    >>> bool(clf.fit(X_train, y_train).score(X_test, y_test) > 0.9)
    True
    >>> clf.attention_weights(X_test[:3]).shape
    (3, 8)
    """

    _OUTPUT_ACTIVATION = "softmax"
    _CODING_ATTRIBUTES = ("classes_",)

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
        epochs: int | Literal["auto"] = 100,
        batch_size: int = 32,
        learning_rate: float = 0.01,
        learning_rate_schedule: Literal["constant", "one_cycle"] = "constant",
        clipnorm: float | None = None,
        warm_start: bool = False,
        dropout: float = 0.0,
        alpha: float = 0.0,
        weight_decay: float = 0.0,
        label_smoothing: float = 0.0,
        mixup: float = 0.0,
        cutmix: float = 0.0,
        n_timesteps: int | None = None,
        class_weight: dict[Any, float] | Literal["balanced"] | None = None,
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
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.learning_rate_schedule = learning_rate_schedule
        self.clipnorm = clipnorm
        self.warm_start = warm_start
        self.dropout = dropout
        self.alpha = alpha
        self.weight_decay = weight_decay
        self.label_smoothing = label_smoothing
        self.mixup = mixup
        self.cutmix = cutmix
        self.n_timesteps = n_timesteps
        self.class_weight = class_weight
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
    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> Self:
        """Train for one epoch on a part of the data.

        Parameters
        ----------
        X : array-like or list of array-likes
            Sequences, as in `fit`.

        y : array-like of shape (n_samples,)
            Class of each sequence.

        classes : array-like of shape (n_classes,), default=None
            All classes that occur in any call. Only required in the first call.

        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the samples. Unlike in `fit`, they are not divided by their mean, because
            that differs from part to part (as in `SGDClassifier.partial_fit`). The same holds for
            `class_weight`.

        Returns
        -------
        self : AttentionSequenceClassifier
            The classifier, trained for one more epoch.
        """
        if classes is None:
            if not self.__sklearn_is_fitted__():
                raise ValueError("classes must be passed on the first call to partial_fit.")
            coding = self._coding
        else:
            coding = ClassLabels.named(classes)
            if self.__sklearn_is_fitted__():
                self._coding.check_same(coding)
        return self._partial_fit(X, y, sample_weight, lambda *_: coding)

    def _read_targets(self, y: Any, name: str, *, n_samples: int) -> np.ndarray:
        return read_labels(self, y, name, n_samples=n_samples)

    def _make_coding(self, y: np.ndarray, _: Any, *, goes_on: bool) -> ClassLabels:
        coding = ClassLabels.of(y, type(self).__name__)
        if goes_on:
            self._coding.check_same(coding)
        return coding

    def _set_coding(self, coding: ClassLabels) -> None:
        self.classes_ = coding.classes

    @property
    def _coding(self) -> ClassLabels:
        return ClassLabels(self.classes_)

    def _weight_factors(
        self, coding: ClassLabels, targets: Any, weights: Any, of_targets: Any
    ) -> np.ndarray:
        """The weights of the classes of some targets, by the targets that are learned from."""
        return coding.class_weights(self.class_weight, targets, weights)[of_targets]

    def _loss(self) -> tuple[str, float]:
        """Name of the loss, and the number that it depends on."""
        return "cross_entropy", float(self.label_smoothing)
