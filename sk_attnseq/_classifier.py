"""AttentionSequenceClassifier: parameters and fit."""

from __future__ import annotations

import inspect

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from sk_attnseq._data.targets import make_training_data
from sk_attnseq._data.validation import make_validation_data
from sk_attnseq._estimator.auto_epochs import count_epochs
from sk_attnseq._estimator.callbacks import CallbackSupportMixin, FitTask, with_callbacks
from sk_attnseq._estimator.parameters import check_parameters, check_partial_fit
from sk_attnseq._estimator.persistence import pack, unpack
from sk_attnseq._estimator.predictions import PredictionMixin
from sk_attnseq._estimator.representation import NetworkRepresentationMixin
from sk_attnseq._estimator.restore import as_it_was_on_error
from sk_attnseq._input.read_sequences import read_sequences
from sk_attnseq._network.forward_pass import ForwardPass
from sk_attnseq._runtime.startup import quiet_import


def _fitting():
    """The part that trains: its import brings TensorFlow, so it waits until needed."""
    return quiet_import("sk_attnseq._training.fitting")


class AttentionSequenceClassifier(
    NetworkRepresentationMixin,
    CallbackSupportMixin,
    PredictionMixin,
    ClassifierMixin,
    BaseEstimator,
):
    """Sequence classifier: LSTM layers, attention over their outputs, a dense layer.

    The network is a Keras model, trained with Adam on the cross-entropy inside one
    compiled program; predictions are made with NumPy and need no TensorFlow.

    Parameters
    ----------
    units : int or tuple of int, default=32
        Units of the LSTM layer, or of each of several stacked ones.

    conv_filters : int, tuple of int or None, default=None
        Filters of a convolution over time in front of the LSTM layers, or of each of several
        ones [4]_: each with batch normalisation [5]_ and ReLU, and as many timesteps as
        before. None: the LSTM layers read the sequences themselves.

    kernel_size : int or tuple of int, default=5
        Over how many timesteps each convolution reaches, or one number for each. Only used
        with `conv_filters`.

    pool_size : int or "auto", default=1
        How many timesteps in a row become one, their mean, before the LSTM layers, which
        take so much less time. "auto" is the least number with which 90% of the sequences
        of the first `fit` or `partial_fit` have at most 100 of them left.

    attention : {"pooling", "multihead"} or None, default="pooling"
        What happens to the outputs of the last LSTM layer:

        - "pooling": their weighted mean over the timesteps, with weights that the
          network learns to give each timestep [1]_;
        - "multihead": multi-head self-attention [2]_, then the mean over the timesteps;
        - None: only the last timestep's output goes on.

    bidirectional : bool, default=False
        Whether each LSTM layer also reads the sequence backwards, with as many units again.

    hidden_units : int, default=16
        Units of the dense layer (ReLU) before the output layer (softmax).

    num_heads : int, default=2
        Attention heads. Only used when ``attention="multihead"``.

    key_dim : int, default=16
        Size of each head. Only used when ``attention="multihead"``.

    dropout : float, default=0.0
        Fraction of features dropped in training, between LSTM layers (the same features
        from all timesteps of a sequence [3]_) and before the hidden layer.
        In [0, 1).

    alpha : float, default=0.0
        Strength of the L2 penalty: `alpha` times the sum of squares of all kernels
        (weights, but not biases) is added to the mean loss of a batch.

    epochs : int or "auto", default=100
        Passes over the training data; the most of them with early stopping. "auto" is 120 for
        ten batches of training data, and changes with the cube root of their number: 205 for
        two batches, 56 for a hundred.

    batch_size : int, default=32
        Samples in a step of the optimizer. The last batch of an epoch may be smaller.

    learning_rate : float, default=0.01
        Step size of Adam; with a schedule the largest.

    learning_rate_schedule : {"constant", "one_cycle"}, default="constant"
        "one_cycle" lets the learning rate rise in the first 30% of all steps, and then fall
        to almost 0, both along a cosine [6]_. It is for all of `epochs`: each `fit` of a warm
        start has a cycle of its own, `partial_fit` has none and raises an error, and early
        stopping may stop before the rate falls.

    weight_decay : float, default=0.0
        In each step, all kernels lose this part of themselves, times the learning rate
        (AdamW [7]_).

    clipnorm : float or None, default=None
        The largest norm that the gradient of all weights together may have: a larger
        gradient is scaled down to it (Keras's ``global_clipnorm``). None leaves gradients
        as they are.

    label_smoothing : float, default=0.0
        This part of each label's weight is spread over all classes, so that the network does
        not learn to be more certain than is good [8]_. In [0, 1). The loss is that of the
        smoothed labels.

    mixup : float, default=0.0
        Above 0, the network learns from mixtures: each training sequence, and its label, is
        mixed with another of its batch [9]_, in a proportion from the Beta(`mixup`, `mixup`)
        distribution: with a small number mostly one of them, with 1 any proportion, with
        more mostly half of each. This helps most with few samples. The last fifth of the
        `epochs` of a `fit`, and the last of two to four, is without, so that the network ends
        with sequences as they are. `partial_fit` mixes always, and early stopping may come
        before that end. The loss and the training accuracy before are those of the mixtures.

    cutmix : float, default=0.0
        Fraction of the training sequences that are mixed in another way: they begin as one
        sequence and go on as another, with the labels of both, by their parts of the
        timesteps [10]_. In [0, 1]. It, too, ends with the last fifth of the epochs.

    n_timesteps : int or None, default=None
        How many timesteps the columns of a 2-D `X` hold: with ``n_timesteps=10``, 50
        columns are 10 timesteps of 5 features, the first timestep's features first.
        None takes a row as a series of one feature. Not used for a 3-D `X`.

    early_stopping : bool, default=False
        Whether to stop when the score on validation data does not improve, and to keep the
        weights that were best on these data, the last of equally good ones: a part of the
        training data, which is set aside, or what is passed to `fit` as `X_val` and `y_val`.
        With few samples, a part is too small to tell epochs apart.

    validation_fraction : float, default=0.1
        The part of the training data to set aside, stratified by class. In (0, 1). Only
        used when ``early_stopping=True`` and no validation data are passed to `fit`.

    scoring : str, callable or None, default=None
        The score on the validation data. Only used when ``early_stopping=True``.

        - None: the accuracy.
        - "loss": the cross-entropy that the network is trained on (with `label_smoothing`,
          but of sequences that are not mixed, and without the penalty of `alpha`), as a
          negative number, so that more is better.
        - A name of scikit-learn's, such as "f1_macro", "roc_auc" or "neg_log_loss", see
          `sklearn.metrics.get_scorer_names`.
        - A callable ``scorer(estimator, X, y)``, as `sklearn.metrics.make_scorer` makes
          them. `X` stands for the sequences: it is for the methods of `estimator`, and not
          the array that was passed.

        Accuracy and loss weigh the samples as training does. A scorer gets their weights if
        any are passed to `fit`, without those of `class_weight`, and if it takes
        `sample_weight`.

    n_iter_no_change : int, default=10
        How many epochs in a row may go by without an improvement of `tol`, before early
        stopping stops.

    tol : float, default=1e-4
        By how much the validation score must rise to count as an improvement; with 0, by
        anything.

    warm_start : bool, default=False
        Whether `fit` goes on from the weights of the previous `fit`.

    class_weight : dict, "balanced" or None, default=None
        Weights of the classes, as ``{class: weight}``; "balanced" weighs classes
        inversely to their frequency in the (weighted) training data.

    dtype : {"float32", "float64"}, default="float32"
        Precision of the weights and of the training. Predictions are computed in single
        precision for an `X` of float32, and else in double.

    device : str, default="cpu"
        Where `fit` and `partial_fit` compute: "cpu"; "gpu", which is the first GPU that
        TensorFlow finds; or "gpu:1", the second, and so on. A GPU pays for large networks.
        Predictions are made on the CPU.

    random_state : int, RandomState instance or None, default=None
        Decides the initial weights, the order of the samples, the dropout, mixtures and the
        validation split. With an int, fits of the same data give the same bits, in any thread
        and process with as many cores; with more or fewer, sums are rounded differently.

    verbose : int, default=0
        Whether to print a line for each epoch: its loss, its score (that on the validation
        data with early stopping, else the accuracy on the training data while it was
        trained on) and its seconds.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The classes, in the order of the columns of `predict_proba`.

    n_features_in_ : int
        Features of each timestep of a 3-D `X`; columns of a 2-D `X`.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns, when `X` was a dataframe or a list of dataframes.

    model_ : keras.Model
        The trained network as a compiled Keras model with copies of the weights, built
        when first asked for. It takes (n_samples, n_timesteps, n_features) with NaN as
        padding and gives class probabilities. Its own `fit` goes on at `learning_rate`, on
        plain labels.

    loss_curve_ : list of float
        Mean training loss of each epoch, penalty included; also of the epochs that a warm
        start or `partial_fit` went on from.

    validation_scores_ : list of float or None
        Score on the validation data, see `scoring`, after each epoch of the last fit; None
        without early stopping.

    best_validation_score_ : float or None
        The best of these, whose weights were kept.

    n_iter_ : int
        Epochs trained, those that a warm start or `partial_fit` went on from included.

    See Also
    --------
    sklearn.neural_network.MLPClassifier : The same for samples that are no sequences.

    Notes
    -----
    Sample weights count relative to their mean, and a weight of 0 is as good as absence.

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

    # Those who split by groups in a search would else have to say that `fit` gets none of them.
    __metadata_request__fit = {"groups": False}  # noqa: RUF012

    def __init__(
        self,
        units=32,
        *,
        conv_filters=None,
        kernel_size=5,
        pool_size=1,
        attention="pooling",
        bidirectional=False,
        hidden_units=16,
        num_heads=2,
        key_dim=16,
        dropout=0.0,
        alpha=0.0,
        epochs=100,
        batch_size=32,
        learning_rate=0.01,
        learning_rate_schedule="constant",
        weight_decay=0.0,
        clipnorm=None,
        label_smoothing=0.0,
        mixup=0.0,
        cutmix=0.0,
        n_timesteps=None,
        early_stopping=False,
        validation_fraction=0.1,
        scoring=None,
        n_iter_no_change=10,
        tol=1e-4,
        warm_start=False,
        class_weight=None,
        dtype="float32",
        device="cpu",
        random_state=None,
        verbose=0,
    ):
        self.units = units
        self.conv_filters = conv_filters
        self.kernel_size = kernel_size
        self.pool_size = pool_size
        self.attention = attention
        self.bidirectional = bidirectional
        self.hidden_units = hidden_units
        self.num_heads = num_heads
        self.key_dim = key_dim
        self.dropout = dropout
        self.alpha = alpha
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.learning_rate_schedule = learning_rate_schedule
        self.weight_decay = weight_decay
        self.clipnorm = clipnorm
        self.label_smoothing = label_smoothing
        self.mixup = mixup
        self.cutmix = cutmix
        self.n_timesteps = n_timesteps
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.scoring = scoring
        self.n_iter_no_change = n_iter_no_change
        self.tol = tol
        self.warm_start = warm_start
        self.class_weight = class_weight
        self.dtype = dtype
        self.device = device
        self.random_state = random_state
        self.verbose = verbose

    @as_it_was_on_error
    @with_callbacks
    def fit(
        self,
        X,
        y,
        sample_weight=None,
        *,
        groups=None,
        X_val=None,
        y_val=None,
        sample_weight_val=None,
    ):
        """Train the network.

        Parameters
        ----------
        X : array-like or list of array-likes
            The sequences: (n_samples, n_timesteps, n_features), where NaN in all features
            of the last timesteps pads shorter sequences; or a list of n_samples arrays
            (n_timesteps_i, n_features), or a column or dataframe with sequences in its cells;
            or (n_samples, n_columns), see `n_timesteps`.

        y : array-like of shape (n_samples,)
            The class of each sequence.

        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the samples; None weighs all the same.

        groups : array-like of shape (n_samples,), default=None
            Whom or what each sequence is of: a person, a machine, a recording. Where early
            stopping sets data aside, all of a group are on one side, and the parts of the
            classes are as near to `validation_fraction` as whole groups allow. Else not
            used.

        X_val : array-like or list of array-likes, default=None
            Validation data for early stopping, in place of a part of `X`, and in its form;
            their lengths may be any. In a `Pipeline`, ``transform_input=["X_val"]``
            transforms them as `X`.

        y_val : array-like of shape (n_val,), default=None
            The class of each sequence of `X_val`, one of those in `y`.

        sample_weight_val : array-like of shape (n_val,), default=None
            Weights of `X_val`; None weighs all the same.

        Returns
        -------
        self : AttentionSequenceClassifier
            The fitted classifier.

        Raises
        ------
        ValueError
            If a parameter or the data are not as described, TensorFlow does not find the
            device, or the loss is not finite in the first epoch; the classifier stays as it
            was. If it is not later, training ends with a ConvergenceWarning and what was
            learned before.

        RuntimeError
            If TensorFlow's compiler XLA cannot compile for the device.
        """
        check_parameters(self)
        warm = self.warm_start and self.__sklearn_is_fitted__()
        sequences = read_sequences(self, X, set_form=not warm)
        data, classes = make_training_data(self, sequences, y, sample_weight, groups=groups)
        validation = make_validation_data(self, data, classes, X_val, y_val, sample_weight_val)
        fitting = _fitting()
        if warm:
            fitting.check_goes_on(self, classes)
        else:
            fitting.start(self, classes, data.sequences)
        if self.early_stopping and validation is None:
            data, validation = fitting.divide(self, data)
        epochs = count_epochs(self, len(data))
        task = FitTask(self, X, y, sample_weight, epochs=epochs)
        fitting.train(self, data, task, validation)
        return self

    @as_it_was_on_error
    @with_callbacks
    def partial_fit(self, X, y, classes=None, sample_weight=None):
        """Train for one epoch on a part of the data.

        Parameters
        ----------
        X : array-like or list of array-likes
            Sequences, as in `fit`.

        y : array-like of shape (n_samples,)
            The class of each sequence.

        classes : array-like of shape (n_classes,), default=None
            All classes that will ever come. Needed in the first call only.

        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the samples, relative to the mean of this call's.

        Returns
        -------
        self : AttentionSequenceClassifier
            The classifier, trained one epoch further.
        """
        check_parameters(self)
        check_partial_fit(self)
        first = not self.__sklearn_is_fitted__()
        if first and classes is None:
            raise ValueError("classes must be passed on the first call to partial_fit.")
        classes = self.classes_ if classes is None else np.unique(classes)
        sequences = read_sequences(self, X, set_form=first)
        data, classes = make_training_data(self, sequences, y, sample_weight, classes)
        fitting = _fitting()
        if first:
            fitting.start(self, classes, data.sequences)
        else:
            fitting.check_goes_on(self, classes)
        fitting.train(self, data, FitTask(self, X, y, sample_weight, epochs=1))
        return self

    @property
    def model_(self):
        """The trained network as a compiled Keras model."""
        check_is_fitted(self)
        if "_keras_model" not in vars(self):
            self._keras_model = _fitting().build_model(self)
        return self._keras_model

    def __sklearn_is_fitted__(self):
        return "_state" in vars(self)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        return tags

    def __getstate__(self):
        return pack(super().__getstate__())

    def __setstate__(self, state):
        # Of this class, whose format it is: a subclass may have others, or `**kwargs`.
        parameters = inspect.signature(AttentionSequenceClassifier).parameters
        attributes = unpack(state, estimator_name=type(self).__name__, parameters=parameters)
        super().__setstate__(attributes)
        if self.__sklearn_is_fitted__():
            self._forward_pass = ForwardPass(self._architecture, self._state[0])
