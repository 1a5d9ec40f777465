import io
import json
import zipfile

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from sk_attnseq import AttentionSequenceClassifier, AttentionSequenceRegressor
from sk_attnseq.preprocessing import TimestepTransformer
from tests.networks import fit_with_random_weights
from tests.promises.kinds import predictions, targets

skops = pytest.importorskip("skops.io")

from skops.io.exceptions import UntrustedTypesFoundException  # noqa: E402

CLASSIFIER = "sk_attnseq._classifier.AttentionSequenceClassifier"
TRANSFORMER = "sk_attnseq.preprocessing._timestep_transformer.TimestepTransformer"


@pytest.fixture(
    scope="module",
    params=[
        {"attention": "pooling", "conv_filters": (5,), "kernel_size": (3,), "pool_size": "auto"},
        {"attention": "multihead"},
        {"attention": None, "loss": "huber", "scoring": "r2"},
    ],
    ids=["pooling", "multihead", "regressor"],
)
def fitted(request, sequences_and_labels):
    X, labels = sequences_and_labels
    if "loss" in request.param:
        make, own = AttentionSequenceRegressor, {}
    else:
        make = AttentionSequenceClassifier
        own = {"class_weight": {"down": 1.0, "still": 2.0, "up": 1.5}, "scoring": "f1_macro"}
    return make(
        units=(6, 5),
        **request.param,
        **own,
        num_heads=3,
        key_dim=4,
        learning_rate=np.float64(0.02),
        epochs=2,
        warm_start=True,
        random_state=0,
    ).fit(X, targets(make, X, labels))


def name_of(estimator):
    """The name by which skops is told to trust its type."""
    return f"{type(estimator).__module__}.{type(estimator).__name__}"


def test_round_trip(fitted, sequences_and_labels, tmp_path):
    X, y = sequences_and_labels[0], targets(fitted, *sequences_and_labels)
    _ = fitted.model_  # is not saved
    skops.dump(fitted, tmp_path / "fitted.skops")
    assert skops.get_untrusted_types(file=tmp_path / "fitted.skops") == [name_of(fitted)]
    loaded = skops.load(tmp_path / "fitted.skops", trusted=[name_of(fitted)])
    assert loaded.get_params() == fitted.get_params()
    np.testing.assert_array_equal(predictions(loaded, X), predictions(fitted, X))
    np.testing.assert_array_equal(loaded.predict(X), fitted.predict(X))
    assert loaded.loss_curve_ == fitted.loss_curve_
    further = skops.loads(skops.dumps(fitted), trusted=[name_of(fitted)])
    straight = type(fitted)(**{**fitted.get_params(), "epochs": 4}).fit(X, y)
    np.testing.assert_array_equal(predictions(further.fit(X, y), X), predictions(straight, X))
    assert further.n_iter_ == 4


def test_unfitted():
    estimator = AttentionSequenceClassifier(units=(3, 4), class_weight={0: 1.0, 1: 2.0})
    data = skops.dumps(estimator)
    assert skops.get_untrusted_types(data=data) == [CLASSIFIER]
    assert vars(skops.loads(data, trusted=[CLASSIFIER])) == vars(estimator)


def test_columns_with_names(sequences_and_labels):
    pd = pytest.importorskip("pandas")
    X, y = sequences_and_labels
    X = pd.DataFrame(
        X.reshape(len(X), 50), columns=[f"t{t}f{f}" for t in range(10) for f in "abcde"]
    )
    classifier = AttentionSequenceClassifier(
        4, n_timesteps=np.int64(10), epochs=1, random_state=np.random.RandomState(0)
    )
    fit_with_random_weights(classifier, X, y)
    data = skops.dumps(classifier)
    assert skops.get_untrusted_types(data=data) == [CLASSIFIER]
    loaded = skops.loads(data, trusted=[CLASSIFIER])
    np.testing.assert_array_equal(loaded.feature_names_in_, classifier.feature_names_in_)
    np.testing.assert_array_equal(loaded.predict_proba(X), classifier.predict_proba(X))


def test_pipeline_and_best_estimator_of_a_search(sequences_and_labels):
    X, y = sequences_and_labels
    pipeline = Pipeline(
        [
            ("scale", TimestepTransformer(StandardScaler())),
            ("classify", AttentionSequenceClassifier(4, epochs=1, random_state=0)),
        ]
    )
    search = GridSearchCV(pipeline, {"classify__hidden_units": [4, 5]}, cv=2)
    for fitted in (pipeline, search):
        fit_with_random_weights(fitted, X, y)
    for estimator in (pipeline, search.best_estimator_):
        data = skops.dumps(estimator)
        assert skops.get_untrusted_types(data=data) == [CLASSIFIER, TRANSFORMER]
        loaded = skops.loads(data, trusted=[CLASSIFIER, TRANSFORMER])
        np.testing.assert_array_equal(loaded.predict_proba(X), estimator.predict_proba(X))


class SkopsFile:
    """The parts of a file written by skops, to be changed and put together again."""

    def __init__(self, estimator):
        self.trusted = [name_of(estimator)]
        with zipfile.ZipFile(io.BytesIO(skops.dumps(estimator))) as file:
            self.files = {name: file.read(name) for name in file.namelist()}
        # Without their ids, equal parts are not taken for one that was read before.
        self.schema = json.loads(self.files.pop("schema.json"), object_hook=without_id)
        self.nodes = self.schema["content"]["content"]
        self.weights = self.nodes["_state"]["content"][0]
        self.architecture = self.nodes["_architecture"]["content"]

    def load_array(self, node):
        return np.load(io.BytesIO(self.files[node["file"]]))

    def set_array(self, node, array):
        buffer = io.BytesIO()
        np.save(buffer, array, allow_pickle=True)
        self.files[node["file"]] = buffer.getvalue()

    def loads(self):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as file:
            for name, data in {**self.files, "schema.json": json.dumps(self.schema)}.items():
                file.writestr(name, data)
        return skops.loads(buffer.getvalue(), trusted=self.trusted)


def name_of_coding(estimator):
    """The attribute that says what outputs mean: the classes, or the units of numbers."""
    return "classes_" if hasattr(estimator, "classes_") else "_target_mean"


def without_id(node):
    return {name: value for name, value in node.items() if name != "__id__"}


def set_json(parent, name, value):
    parent[name] = {
        "__class__": "str",
        "__module__": "builtins",
        "__loader__": "JsonNode",
        "content": json.dumps(value),
        "is_json": True,
    }


def test_file_put_together_again_loads(fitted, sequences_and_labels):
    X, _ = sequences_and_labels
    loaded = SkopsFile(fitted).loads()  # or what follows would be refused for another reason
    np.testing.assert_array_equal(predictions(loaded, X), predictions(fitted, X))


CALL = {"__class__": "system", "__module__": "os", "__loader__": "FunctionNode"}
OBJECT = {
    "__class__": "Popen",
    "__module__": "subprocess",
    "__loader__": "ConstructorFromReduceNode",
    "content": {
        "__class__": "tuple",
        "__module__": "builtins",
        "__loader__": "TupleNode",
        "content": [],
    },
}


@pytest.mark.parametrize("node", [CALL, OBJECT], ids=["function", "object"])
@pytest.mark.parametrize("name", ["_architecture", "_state", "coding", "units", "surplus"])
def test_other_types_are_not_trusted(name, node, fitted):
    file = SkopsFile(fitted)
    name = name_of_coding(fitted) if name == "coding" else name
    file.nodes[name] = node
    if name == "surplus":
        file.schema["content"]["key_types"]["content"].append(
            file.schema["content"]["key_types"]["content"][0]
        )
    with pytest.raises(UntrustedTypesFoundException, match=node["__class__"]):
        file.loads()


def test_another_type_for_the_estimator(fitted):
    file = SkopsFile(fitted)
    file.schema.update(__class__="Popen", __module__="subprocess")
    with pytest.raises(UntrustedTypesFoundException, match=r"subprocess\.Popen"):
        file.loads()


def test_trusted_estimator_in_place_of_weights(fitted):
    file = SkopsFile(fitted)
    with zipfile.ZipFile(io.BytesIO(skops.dumps(LogisticRegression()))) as other:
        file.nodes["_state"] = json.loads(other.read("schema.json"), object_hook=without_id)
    with pytest.raises(ValueError, match="checksum"):
        file.loads()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda w: w[:-1], "checksum"),
        (lambda w: np.append(w, w[:1]), "checksum"),
        (lambda w: w.reshape(1, -1), "architecture needs"),
        (lambda w: w.astype(np.float64), "checksum"),
        (lambda w: w.astype(object), "allow_pickle=False"),
        (lambda w: np.where(w == w[3], np.float32(np.nan), w), "checksum"),
        (lambda w: np.where(w == w[3], np.float32(0.123), w), "checksum"),
        (lambda w: w[::-1], "checksum"),
    ],
    ids=["cut", "longer", "2-D", "float64", "pickle", "nan", "one weight", "order"],
)
def test_changed_weights(change, message, fitted):
    file = SkopsFile(fitted)
    file.set_array(file.weights, change(file.load_array(file.weights)))
    with pytest.raises(ValueError, match=message):
        file.loads()


def test_other_number_of_steps(fitted):
    file = SkopsFile(fitted)
    file.set_array(file.nodes["_state"]["content"][3], np.array(99, np.int32))
    with pytest.raises(ValueError, match="checksum"):
        file.loads()


def test_file_of_weights_cut_short(fitted):
    file = SkopsFile(fitted)
    name = file.weights["file"]
    file.files[name] = file.files[name][:-8]
    with pytest.raises(ValueError, match=r"reshape|read"):
        file.loads()


@pytest.mark.parametrize(
    ("name", "value"),
    [("n_outputs", 4), ("hidden_units", 10**15), ("dtype", "object"), ("attention", "other")],
)
def test_changed_architecture(name, value, fitted):
    file = SkopsFile(fitted)
    set_json(file.architecture, name, value)
    with pytest.raises(ValueError, match="checksum"):
        file.loads()


def test_heads_exchanged_for_their_width(fitted):
    file = SkopsFile(fitted)
    set_json(file.architecture, "num_heads", 4)
    set_json(file.architecture, "key_dim", 3)
    with pytest.raises(ValueError, match="checksum"):
        file.loads()


def test_classes_in_another_order_or_other_units(fitted):
    file, name = SkopsFile(fitted), name_of_coding(fitted)
    coding = getattr(fitted, name)
    other = coding[[1, 0, 2]] if name == "classes_" else coding + 1
    file.set_array(file.nodes[name], other)
    with pytest.raises(ValueError, match="checksum"):
        file.loads()


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("_format", 3, "format 3, written by sk_attnseq .*: update sk_attnseq"),
        ("_format", 0, "format version"),
        ("_format", "new", "format version"),
        ("_checksum", "0" * 64, "checksum"),
        ("_seed", 1, "checksum"),
    ],
)
def test_changed_numbers(name, value, message, fitted):
    file = SkopsFile(fitted)
    set_json(file.nodes, name, value)
    with pytest.raises(ValueError, match=message):
        file.loads()


@pytest.mark.parametrize(
    "name", ["_format", "_sklearn_version", "_state", "_architecture", "coding", "units"]
)
def test_missing_parts(name, fitted):
    file = SkopsFile(fitted)
    del file.nodes[name_of_coding(fitted) if name == "coding" else name]
    with pytest.raises(ValueError, match=r"lacks|format version"):
        file.loads()


def test_flipped_bit(fitted):
    data = bytearray(skops.dumps(fitted))
    data[data.index(fitted._state[0].tobytes()) + 10] ^= 1
    with pytest.raises(zipfile.BadZipFile):
        skops.loads(bytes(data), trusted=[name_of(fitted)])
