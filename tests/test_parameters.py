import numpy as np
import pytest

from sk_attnseq import AttentionSequenceClassifier
from sk_attnseq._parameters import check_parameters


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"units": (8, 4)},
        {"units": [8]},
        {"units": np.int64(8), "epochs": np.int32(3), "alpha": np.float32(0.1)},
        {"attention": None, "n_timesteps": 5, "class_weight": "balanced"},
        {"verbose": True, "early_stopping": np.bool_(True)},
        {"learning_rate": 1, "dropout": 0, "alpha": 0, "tol": 0},
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
        ({"epochs": "many"}, TypeError, "epochs"),
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
        ({"bidirectional": "yes"}, TypeError, "bidirectional == 'yes', must be True or False"),
        ({"class_weight": "even"}, ValueError, "class_weight == 'even'"),
        ({"n_timesteps": 0}, ValueError, "n_timesteps"),
        ({"verbose": -1}, ValueError, "verbose"),
    ],
)
def test_bad_parameters(parameters, error, message):
    with pytest.raises(error, match=message):
        check_parameters(AttentionSequenceClassifier(**parameters))


def test_parameters_are_checked_in_fit_before_anything_else():
    with pytest.raises(ValueError, match="epochs == 0"):
        AttentionSequenceClassifier(epochs=0).fit("nonsense", None)
