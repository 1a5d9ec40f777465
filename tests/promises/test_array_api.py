"""Tensors of other libraries are read as NumPy's arrays, whatever scikit-learn does with them."""

import numpy as np
import pytest
import sklearn
import tensorflow as tf
from sklearn.preprocessing import StandardScaler

from sk_attnseq.inspection import timestep_importance
from sk_attnseq.preprocessing import TimestepTransformer
from tests.promises.edge_cases import make_classifier, two_classes
from tests.promises.test_containers import HasArray


def torch_tensor(array):
    return pytest.importorskip("torch", reason="not a dependency").asarray(array)


@pytest.fixture(params=[HasArray, tf.constant, torch_tensor])
def tensor(request):
    return request.param


@pytest.fixture(params=[False, True], ids=["no dispatch", "dispatch"])
def dispatch(request, monkeypatch):
    monkeypatch.setenv("SCIPY_ARRAY_API", "1")
    try:
        with sklearn.config_context(array_api_dispatch=request.param):
            yield
    except ImportError as error:
        pytest.skip(f"scikit-learn cannot dispatch: {error}")


@pytest.mark.usefixtures("dispatch")
def test_tensors_are_arrays(tensor):
    X, y = two_classes()
    weights = np.linspace(1, 2, len(y))
    tensors = tensor(X), tensor(y), tensor(weights)
    expected = make_classifier(class_weight="balanced").fit(X, y, weights)
    classifier = make_classifier(class_weight="balanced").fit(*tensors)
    for method in ("predict_proba", "attention_weights", "predict"):
        for of in (X, tensors[0]):
            found = getattr(classifier, method)(of)
            assert type(found) is np.ndarray
            np.testing.assert_array_equal(found, getattr(expected, method)(X))
    scaled = TimestepTransformer(StandardScaler()).fit_transform(tensors[0])
    np.testing.assert_array_equal(scaled, TimestepTransformer(StandardScaler()).fit_transform(X))
    by_column = make_classifier(n_timesteps=4).fit(tensor(X.reshape(20, 12)), tensors[1])
    np.testing.assert_array_equal(
        by_column.predict(tensor(X.reshape(20, 12))), by_column.predict(X.reshape(20, 12))
    )
    first = make_classifier().partial_fit(*tensors[:2], classes=tensor(np.unique(y)))
    assert first.classes_.tolist() == np.unique(y).tolist()
    importance = timestep_importance(classifier, tensors[0], y, n_repeats=1, random_state=0)
    assert importance.importances.shape == (4, 1)
