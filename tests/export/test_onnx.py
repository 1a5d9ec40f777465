import copy
import json
import subprocess
import sys

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression

import sk_attnseq
from sk_attnseq import AttentionSequenceClassifier
from tests.data import pad_with_nan
from tests.networks import NETWORKS, fit_with_random_weights, name_network

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")

from sk_attnseq.export import to_onnx  # noqa: E402

RUNTIME = tuple(map(int, onnxruntime.__version__.split(".")[:2]))

RUN = """
import sys
import numpy as np
import onnxruntime
session = onnxruntime.InferenceSession(sys.argv[1])
np.save(sys.argv[3], session.run(["probabilities"], {"X": np.load(sys.argv[2])})[0])
print({"tensorflow", "sklearn", "sk_attnseq", "onnx"} & set(sys.modules))
"""

# What is in front of the LSTM. Sequences have up to 9 timesteps in training.
STEMS = [
    {"attention": attention, "units": units, "bidirectional": bidirectional, **stem}
    for attention, units, bidirectional, stem in (
        ("pooling", (6,), False, {"conv_filters": 4, "kernel_size": 4}),
        (None, (5, 4), False, {"conv_filters": (4, 3), "kernel_size": (20, 1)}),
        ("pooling", (6,), True, {"pool_size": 2}),
        (None, (6,), False, {"pool_size": 20}),
        ("multihead", (6,), True, {"conv_filters": 4, "kernel_size": 3, "pool_size": 3}),
        ("pooling", (6,), True, {"conv_filters": (4, 3), "kernel_size": (2, 5), "pool_size": 2}),
    )
]


def name_stem(options):
    """Name a network of `STEMS` in the list of tests."""
    stem = list(options.items())[3:]
    return "-".join([name_network(options), *(f"{name}={value}" for name, value in stem)])


def fit(X, y, **options):
    """A classifier whose weights are far from the initial ones."""
    classifier = AttentionSequenceClassifier(**options, epochs=1, random_state=0)
    return fit_with_random_weights(classifier, X, y)


@pytest.fixture(scope="module", params=[*NETWORKS, *STEMS], ids=name_stem)
def network(request, ragged):
    return fit(*ragged, **request.param)


@pytest.fixture(scope="module")
def pooling(ragged):
    return fit(*ragged, **NETWORKS[0])


@pytest.fixture(scope="module")
def columns(ragged):
    """27 columns that are 9 timesteps of 3 features, and labels."""
    X, y = ragged
    return np.nan_to_num(pad_with_nan(X, 9)).reshape(40, 27), y


def run(model, X, outputs=("label", "probabilities")):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options)
    return session.run(outputs, {"X": X})


def assert_agrees(classifier, X):
    """The exported model, run on X, gives what the classifier predicts."""
    label, probabilities = run(to_onnx(classifier), X)
    assert probabilities.dtype == np.float32
    np.testing.assert_allclose(probabilities, classifier.predict_proba(X), rtol=0, atol=1e-5)
    np.testing.assert_array_equal(label, classifier.predict(X))


def test_models_are_valid(network):
    onnx.checker.check_model(to_onnx(network), full_check=True)


def test_ragged_sequences_padded_with_nan(network, ragged):
    X, _ = ragged
    spread = np.ptp(network.predict_proba(X)[:, 0])
    assert spread > 0.03  # else agreement within 1e-5 would say little
    assert_agrees(network, pad_with_nan(X, 9))
    assert_agrees(network, pad_with_nan(X, 14))


def test_any_batch_size_and_length(network):
    rng = np.random.default_rng(1)
    for n_samples, n_timesteps in ((1, 1), (1, 9), (40, 30), (3, 200)):
        assert_agrees(network, rng.normal(size=(n_samples, n_timesteps, 3)).astype(np.float32))


def test_padding_has_no_influence(network, ragged):
    X, _ = ragged
    model = to_onnx(network)
    _, together = run(model, pad_with_nan(X, 20))
    for i in (0, 1, 2):
        _, alone = run(model, X[i][np.newaxis])
        np.testing.assert_allclose(alone[0], together[i], rtol=0, atol=1e-6)


def test_attention_is_the_same_and_exactly_0_at_padding(network, ragged):
    if network.attention is None:
        assert "attention" not in {node.name for node in to_onnx(network).graph.node}
        return
    X = pad_with_nan(ragged[0], 9)
    model = to_onnx(network)
    model.graph.output.append(onnx.ValueInfoProto(name="attention"))
    (weights,) = run(model, X, outputs=["attention"])
    # Of timesteps that became one, the first tells whether that is real, and all share its
    # weight.
    size = network.pool_size
    real = ~np.isnan(X[:, ::size, 0])
    expected = np.add.reduceat(network.attention_weights(X), np.arange(0, 9, size), axis=-1)
    if network.attention == "pooling":
        weights = weights[:, :, 0].T  # (n_samples, n_timesteps)
        assert (weights[~real] == 0).all()
    else:
        assert (weights.transpose(0, 3, 1, 2)[~real] == 0).all()
        weights = weights * real[:, np.newaxis, :, np.newaxis]  # from padding: of no effect
        expected = expected[:, :, ::size]
    np.testing.assert_allclose(weights, expected, atol=1e-5)


@pytest.mark.parametrize("stem", [{}, {"conv_filters": 4, "kernel_size": 4, "pool_size": 4}])
@pytest.mark.parametrize("n_timesteps", [9, None])
def test_columns(n_timesteps, stem, columns):
    X, y = columns
    classifier = fit(X, y, units=6, n_timesteps=n_timesteps, **stem)
    # What counts is what was fitted.
    classifier.set_params(n_timesteps=3, conv_filters=2, kernel_size=2, pool_size=2)
    model = to_onnx(classifier)
    onnx.checker.check_model(model, full_check=True)
    shape = model.graph.input[0].type.tensor_type.shape
    assert [d.dim_param or d.dim_value for d in shape.dim] == ["n_samples", 27]
    assert_agrees(classifier, X)
    assert_agrees(classifier, X[:1])


@pytest.mark.parametrize("stem", [{}, {"conv_filters": 4, "pool_size": 2}])
def test_double_precision(stem, ragged):
    X, y = ragged
    classifier = fit(X, y, units=6, dtype="float64", **stem)
    assert_agrees(classifier, pad_with_nan(X, 9))


@pytest.mark.parametrize(
    ("labels", "exported"),
    [
        (["down", "Übergröße"], None),
        (np.array(["down", "up"], dtype=object), None),
        ([-3, 70_000_000_000], None),
        (np.array([3, 5], dtype=np.uint8), [3, 5]),
        ([False, True], [0, 1]),
        ([1.0, 4.0], [1, 4]),
    ],
)
def test_labels(labels, exported, ragged):
    X, y = ragged
    classifier = fit(X, np.asarray(labels)[y], **NETWORKS[0])
    assert_agrees(classifier, pad_with_nan(X, 9))
    model = to_onnx(classifier)
    label, _ = run(model, pad_with_nan(X, 9))
    assert label.dtype == (object if isinstance(labels[0], str) else np.int64)
    assert len(set(label)) == 2
    (properties,) = model.metadata_props
    assert properties.key == "classes"
    assert json.loads(properties.value) == list(labels if exported is None else exported)


@pytest.mark.parametrize("classes", [np.array([0.5, 2]), np.array([1, 2**63], dtype=np.uint64)])
def test_labels_that_are_neither_strings_nor_int64(classes, pooling):
    classifier = copy.copy(pooling)
    classifier.classes_ = classes
    with pytest.raises(TypeError, match="strings or whole numbers"):
        to_onnx(classifier)


@pytest.mark.parametrize("where", [(0, 0, 0), (1, 3), (2,)])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_probabilities_of_what_predict_refuses_are_nan(where, value, network):
    X = np.random.default_rng(2).normal(size=(4, 9, 3)).astype(np.float32)
    model = to_onnx(network)
    _, expected = run(model, X)
    X[where] = value
    with pytest.raises(ValueError, match="Input X contains"):
        network.predict(X)
    _, probabilities = run(model, X)
    assert np.isnan(probabilities[where[0]]).all()
    others = np.arange(4) != where[0]
    np.testing.assert_allclose(probabilities[others], expected[others], rtol=0, atol=1e-6)


def test_columns_have_no_padding(columns):
    X, y = columns
    classifier = fit(X, y, units=6, n_timesteps=9)
    X = X.copy()
    X[1, -3:] = np.nan  # all features of the last timestep
    _, probabilities = run(to_onnx(classifier), X)
    assert np.flatnonzero(np.isnan(probabilities).any(axis=1)).tolist() == [1]


def test_where_a_model_comes_from(pooling):
    model = to_onnx(pooling)
    assert (model.producer_name, model.producer_version) == ("sk_attnseq", sk_attnseq.__version__)
    assert "AttentionSequenceClassifier" in model.doc_string
    assert [(opset.domain, opset.version) for opset in model.opset_import] == [("", 13)]


def test_export_leaves_the_classifier_alone(pooling):
    before = copy.deepcopy(vars(pooling)["_state"][0])
    first, second = to_onnx(pooling), to_onnx(pooling)
    assert first.SerializeToString() == second.SerializeToString()
    np.testing.assert_array_equal(pooling._state[0], before)


def test_other_processes_need_only_onnxruntime(pooling, ragged, tmp_path):
    X = pad_with_nan(ragged[0], 9)
    onnx.save(to_onnx(pooling), tmp_path / "model.onnx")
    np.save(tmp_path / "X.npy", X)
    arguments = [str(tmp_path / name) for name in ("model.onnx", "X.npy", "probabilities.npy")]
    result = subprocess.run(
        [sys.executable, "-c", RUN, *arguments], check=True, capture_output=True, text=True
    )
    assert result.stdout.strip() == "set()"
    assert result.stderr == ""
    probabilities = np.load(tmp_path / "probabilities.npy")
    np.testing.assert_allclose(probabilities, pooling.predict_proba(X), rtol=0, atol=1e-5)


@pytest.fixture(scope="module", params=[*NETWORKS[::4], STEMS[-1]], ids=name_stem)
def one_of_each_kind(request, ragged):
    return fit(*ragged, **request.param)


def session_or_none(content):
    try:
        return onnxruntime.InferenceSession(content)
    except Exception:  # its errors have no base class of their own
        return None


def test_file_cut_short(one_of_each_kind, ragged):
    X = pad_with_nan(ragged[0], 9)
    model = to_onnx(one_of_each_kind)
    content = model.SerializeToString()
    _, expected = run(model, X)
    assert not any(map(session_or_none, (content[:size] for size in range(0, 4_000, 200))))
    for size in range(len(content) - 30, len(content)):
        session = session_or_none(content[:size])
        if session is not None:  # only the names of classes are cut, which the graph has, too
            (probabilities,) = session.run(["probabilities"], {"X": X})
            np.testing.assert_array_equal(probabilities, expected)


@pytest.mark.parametrize("change", ["longer", "cut", "transposed", "other type"])
def test_weights_that_do_not_fit_the_graph(change, one_of_each_kind, ragged):
    X = pad_with_nan(ragged[0], 9)
    names = [w.name for w in to_onnx(one_of_each_kind).graph.initializer if "kernel" in w.name]
    assert len(names) >= 4
    for name in names:
        model = to_onnx(one_of_each_kind)
        (weight,) = (w for w in model.graph.initializer if w.name == name)
        dims = list(weight.dims)
        if change == "longer":
            weight.dims[0] += 1
        elif change == "cut":
            weight.raw_data = weight.raw_data[:-4]
        elif change == "transposed" and name.startswith("lstm") and RUNTIME < (1, 30):
            continue  # it does not look at the shape of an LSTM's weights
        elif change == "transposed" and dims != dims[::-1]:
            weight.dims[:] = dims[::-1]
        elif change == "other type":
            weight.data_type = onnx.TensorProto.INT32
        else:
            continue
        with pytest.raises(Exception, match=r"Tensor|tensor|shape|[Dd]imension|[Tt]ype"):
            run(model, X)  # when it is loaded, or else in the first call


def test_changed_weight_is_not_noticed(pooling, ragged):
    # Weights are data: only a hash or a signature of the file tells that they are others.
    model = to_onnx(pooling)
    (bias,) = (w for w in model.graph.initializer if w.name == "output/bias")
    bias.raw_data = np.array([9, -9], np.float32).tobytes()
    onnx.checker.check_model(model, full_check=True)
    label, _ = run(model, pad_with_nan(ragged[0], 9))
    assert set(label) == {0}


def test_not_fitted():
    with pytest.raises(NotFittedError):
        to_onnx(AttentionSequenceClassifier())


def test_other_estimators():
    with pytest.raises(TypeError, match=r"got LogisticRegression\."):
        to_onnx(LogisticRegression())


def test_onnx_is_not_installed(pooling, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ImportError, match="pip install onnx"):
        to_onnx(pooling)


def test_another_thread_that_fits_meanwhile_changes_nothing(ragged, monkeypatch):
    X, y = ragged
    classifier = fit(X, y, units=4)
    expected = to_onnx(classifier).SerializeToString()

    def import_while_another_thread_fits():
        fit_with_random_weights(classifier, [x[:, :2] for x in X], np.array(["a", "b"])[y])
        return onnx

    monkeypatch.setattr("sk_attnseq.export._onnx._import_onnx", import_while_another_thread_fits)
    assert to_onnx(classifier).SerializeToString() == expected
    assert classifier.n_features_in_ == 2
