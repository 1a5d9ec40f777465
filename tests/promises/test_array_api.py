"""Tensors of other libraries are read as NumPy's arrays, whatever scikit-learn does with them."""

import numpy as np
import pytest
import sklearn
import tensorflow as tf
from sklearn.preprocessing import StandardScaler

from sk_attnseq.inspection import timestep_importance
from sk_attnseq.preprocessing import TimestepTransformer
from tests.promises.edge_cases import SMALL, two_classes
from tests.promises.kinds import KINDS
from tests.promises.test_containers import HasArray


def torch_tensor(array):
    return pytest.importorskip("torch", reason="not a dependency").asarray(array)


@pytest.fixture(params=[False, True], ids=["no dispatch", "dispatch"])
def dispatch(request, monkeypatch):
    monkeypatch.setenv("SCIPY_ARRAY_API", "1")
    try:
        with sklearn.config_context(array_api_dispatch=request.param):
            yield
    except ImportError as error:
        pytest.skip(f"scikit-learn cannot dispatch: {error}")


@pytest.mark.usefixtures("dispatch")
@pytest.mark.parametrize(
    ("tensor", "kind"),
    [
        (HasArray, "regressor"),
        (tf.constant, "classifier"),
        (torch_tensor, "classifier"),
        (torch_tensor, "regressor"),
    ],
)
def test_tensors_are_arrays(tensor, kind):
    X, y = two_classes()
    weights = np.linspace(1, 2, len(y))
    tensors = tensor(X), tensor(y), tensor(weights)
    make, own = KINDS[kind][0], {"class_weight": "balanced"} if kind == "classifier" else {}
    expected = make(**SMALL, **own).fit(X, y, weights)
    estimator = make(**SMALL, **own).fit(*tensors)
    for method in ("predict_proba", "attention_weights", "predict"):
        if not hasattr(estimator, method):
            continue
        for of in (X, tensors[0]):
            found = getattr(estimator, method)(of)
            assert type(found) is np.ndarray
            np.testing.assert_array_equal(found, getattr(expected, method)(X))
    scaled = TimestepTransformer(StandardScaler()).fit_transform(tensors[0])
    np.testing.assert_array_equal(scaled, TimestepTransformer(StandardScaler()).fit_transform(X))
    by_column = make(**SMALL, n_timesteps=4).fit(tensor(X.reshape(20, 12)), tensors[1])
    np.testing.assert_array_equal(
        by_column.predict(tensor(X.reshape(20, 12))), by_column.predict(X.reshape(20, 12))
    )
    if kind == "classifier":
        classes = {"classes": tensor(np.unique(y))}
        first = make(**SMALL).partial_fit(*tensors[:2], **classes)
        assert first.classes_.tolist() == np.unique(y).tolist()
    importance = timestep_importance(estimator, tensors[0], y, n_repeats=1, random_state=0)
    assert importance.importances.shape == (4, 1)
