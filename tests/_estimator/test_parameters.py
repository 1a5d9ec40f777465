import numpy as np
import pytest
from sklearn.metrics import f1_score, make_scorer

from sk_attnseq import AttentionSequenceClassifier, AttentionSequenceRegressor
from sk_attnseq._estimator.parameters import check_parameters
from sk_attnseq._network.layer_widths import widths


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"units": (8, 4)},
        {"units": [8]},
        {"units": np.int64(8), "epochs": np.int32(3), "alpha": np.float32(0.1)},
        {"attention": None, "n_timesteps": 5, "class_weight": "balanced"},
        {"verbose": True, "early_stopping": np.bool_(True)},
        {"conv_filters": 8, "kernel_size": 1, "pool_size": "auto", "epochs": "auto"},
        {"conv_filters": (8, 4), "kernel_size": (5, 3), "pool_size": np.int64(2)},
        {"conv_filters": np.array([8, 4]), "kernel_size": [2, 2]},
        {"conv_filters": [8, 4], "kernel_size": 3},
        {"conv_filters": (), "kernel_size": (5, 3)},
        {"learning_rate_schedule": "one_cycle", "weight_decay": 0, "mixup": 2, "cutmix": 1},
        {"label_smoothing": 0.9, "weight_decay": np.float32(0.1), "mixup": 0, "cutmix": 0},
        {"learning_rate": 1, "dropout": 0, "alpha": 0, "tol": 0},
        {"scoring": "loss"},
        {"scoring": np.str_("f1_macro")},
        {"scoring": make_scorer(f1_score, average="macro")},
        {"scoring": lambda estimator, X, y: 0.0},
        {"device": "gpu:1"},
    ],
)
def test_good_parameters(parameters):
    check_parameters(AttentionSequenceClassifier(**parameters))


@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        ({"units": 0}, ValueError, "units == 0, must be >= 1"),
        ({"units": ()}, ValueError, "at least one LSTM layer"),
        ({"units": (8, 0)}, ValueError, "units == 0"),
        ({"units": 8.0}, TypeError, "units must be an instance of int"),
        ({"units": True}, TypeError, "units == True, must be an integer"),
        ({"epochs": True}, TypeError, "epochs == True"),
        ({"hidden_units": 0}, ValueError, "hidden_units"),
        ({"epochs": 0}, ValueError, "epochs == 0, must be >= 1"),
        ({"epochs": "many"}, ValueError, "epochs == 'many', must be an integer or 'auto'"),
        ({"epochs": 3.0}, TypeError, "epochs must be an instance of int"),
        ({"batch_size": 0}, ValueError, "batch_size"),
        ({"learning_rate": 0}, ValueError, "learning_rate == 0, must be > 0"),
        ({"learning_rate": np.nan}, ValueError, "learning_rate == nan, must be finite"),
        ({"learning_rate": np.inf}, ValueError, "learning_rate == inf"),
        ({"alpha": -1}, ValueError, "alpha"),
        ({"dropout": 1}, ValueError, "dropout == 1, must be < 1"),
        ({"validation_fraction": 1.0}, ValueError, "validation_fraction"),
        ({"tol": -1e-4}, ValueError, "tol"),
        ({"n_iter_no_change": 0}, ValueError, "n_iter_no_change"),
        ({"attention": "additive"}, ValueError, "attention == 'additive', must be one of"),
        ({"attention": ["pooling"]}, ValueError, "attention"),
        ({"dtype": "float16"}, ValueError, "dtype == 'float16'"),
        ({"device": "cuda"}, ValueError, "device == 'cuda', must be 'cpu', 'gpu' or"),
        ({"device": "gpu:-1"}, ValueError, "device == 'gpu:-1'"),
        ({"device": 1}, ValueError, "device == 1"),
        ({"bidirectional": "yes"}, TypeError, "bidirectional == 'yes', must be True or False"),
        ({"class_weight": "even"}, ValueError, "class_weight == 'even'"),
        ({"n_timesteps": 0}, ValueError, "n_timesteps"),
        ({"verbose": -1}, ValueError, "verbose"),
        ({"conv_filters": 0}, ValueError, "conv_filters == 0, must be >= 1"),
        ({"conv_filters": (8, 0)}, ValueError, "conv_filters == 0"),
        ({"conv_filters": (True,)}, TypeError, "conv_filters == True, must be an integer"),
        ({"conv_filters": "8"}, TypeError, "conv_filters must be an instance of int"),
        ({"conv_filters": 8.0}, TypeError, "conv_filters must be an instance of int"),
        ({"kernel_size": 0}, ValueError, "kernel_size == 0"),
        ({"mixup": True}, TypeError, "mixup == True"),
        ({"cutmix": True}, TypeError, "cutmix == True"),
        ({"kernel_size": True}, TypeError, "kernel_size == True"),
        ({"kernel_size": "5"}, TypeError, "kernel_size must be an instance of int"),
        ({"conv_filters": (8, 4), "kernel_size": (5,)}, ValueError, r"kernel_size == \(5,\).* 2 "),
        ({"conv_filters": 8, "kernel_size": (5, 3)}, ValueError, r"kernel_size == \(5, 3\).* 1 "),
        ({"conv_filters": 8, "kernel_size": ()}, ValueError, r"kernel_size == \(\)"),
        ({"conv_filters": 8, "kernel_size": None}, ValueError, "kernel_size == None"),
        ({"pool_size": 0}, ValueError, "pool_size == 0"),
        ({"pool_size": 10**10}, ValueError, "pool_size == 10000000000, must be <= 2147483647"),
        ({"pool_size": True}, TypeError, "pool_size == True"),
        ({"pool_size": 2.0}, TypeError, "pool_size must be an instance of int"),
        ({"pool_size": None}, TypeError, "pool_size must be an instance of int"),
        ({"pool_size": "other"}, ValueError, "pool_size == 'other', must be an integer or 'auto'"),
        ({"learning_rate_schedule": "cosine"}, ValueError, "learning_rate_schedule == 'cosine'"),
        ({"learning_rate_schedule": None}, ValueError, "learning_rate_schedule == None"),
        ({"weight_decay": -0.1}, ValueError, "weight_decay"),
        ({"weight_decay": np.inf}, ValueError, "weight_decay == inf, must be finite"),
        ({"weight_decay": None}, TypeError, "weight_decay"),
        ({"scoring": "f2"}, ValueError, "scoring == 'f2', must be None, 'loss', a callable, or"),
        ({"scoring": ["accuracy"]}, TypeError, "scoring == .*accuracy.* None, a string or a call"),
        ({"scoring": f1_score}, ValueError, "f1_score.* looks like it is a metric function"),
        ({"label_smoothing": 1}, ValueError, "label_smoothing == 1, must be < 1"),
        ({"label_smoothing": -0.1}, ValueError, "label_smoothing"),
        ({"label_smoothing": "some"}, TypeError, "label_smoothing"),
        ({"mixup": -1}, ValueError, "mixup == -1, must be >= 0"),
        ({"mixup": np.nan}, ValueError, "mixup == nan"),
        ({"cutmix": -0.1}, ValueError, "cutmix == -0.1, must be >= 0"),
        ({"cutmix": 1.1}, ValueError, "cutmix == 1.1, must be <= 1"),
        ({"cutmix": np.nan}, ValueError, "cutmix == nan"),
    ],
)
def test_bad_parameters(parameters, error, message):
    with pytest.raises(error, match=message):
        check_parameters(AttentionSequenceClassifier(**parameters))


@pytest.mark.parametrize(
    ("value", "n_layers", "expected"),
    [
        (None, None, ()),
        ((), None, ()),
        (np.int64(8), None, (8,)),
        (np.array([8, 4]), None, (8, 4)),
        (5, 0, ()),
        ((5, 3), 0, ()),
        (5, 3, (5, 5, 5)),
        ([5, np.int32(3)], 2, (5, 3)),
    ],
)
def test_a_number_for_each_layer(value, n_layers, expected):
    numbers = widths(value, n_layers)
    assert numbers == expected
    assert all(type(number) is int for number in numbers)


def test_parameters_are_checked_in_fit_before_anything_else():
    with pytest.raises(ValueError, match="epochs == 0"):
        AttentionSequenceClassifier(epochs=0).fit("nonsense", None)


def test_batch_normalization_needs_two_samples(sequences_and_labels):
    X, y = sequences_and_labels
    with pytest.raises(ValueError, match=r"batch_size == 1, must be at least 2 with conv_filters"):
        AttentionSequenceClassifier(conv_filters=4, batch_size=1).fit(X, y)
    with pytest.raises(ValueError, match=r"partial_fit got 1 sample, but needs at least 2"):
        AttentionSequenceClassifier(conv_filters=4).partial_fit(X[:1], y[:1], np.unique(y))


def test_a_quantile_needs_a_number(sequences_and_labels):
    X, _ = sequences_and_labels
    with pytest.raises(ValueError, match="quantile == None, must be a number"):
        AttentionSequenceRegressor(loss="quantile").fit(X, X[:, 0, 0])
