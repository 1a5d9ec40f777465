import pickle

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError, UnsetMetadataPassedError
from sklearn.feature_selection import SelectKBest
from sklearn.impute import SimpleImputer
from sklearn.model_selection import GridSearchCV, GroupKFold
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    OneHotEncoder,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
    TargetEncoder,
)
from sklearn.utils import get_tags
from sklearn.utils.estimator_checks import parametrize_with_checks

from sk_attnseq import AttentionSequenceClassifier
from sk_attnseq.preprocessing import TimestepTransformer
from tests.data import pad_with_nan

NAN = np.nan
FORMS = ("array", "list", "object array")


@parametrize_with_checks([TimestepTransformer(StandardScaler())])
def test_scikit_learn_checks(estimator, check):
    check(estimator)


def in_form(samples, form):
    """A list of sequences, in one of the forms for sequences of different lengths."""
    if form == "array":
        return pad_with_nan(samples, max(map(len, samples)) + 1)
    if form == "object array":
        return np.fromiter(samples, dtype=object, count=len(samples))
    return samples


def assert_samples_equal(X, expected, form, **tolerances):
    """Compare, padding included, and check that X is in the form."""
    assert isinstance(X, list if form == "list" else np.ndarray)
    if form == "array":
        assert X.shape == (len(expected), max(map(len, expected)) + 1, expected[0].shape[1])
        for x, e in zip(X, expected, strict=True):
            assert np.isnan(x[len(e) :]).all()
        X = [x[: len(e)] for x, e in zip(X, expected, strict=True)]
    elif form == "object array":
        assert X.dtype == object
        assert X.shape == (len(expected),)
    assert len(X) == len(expected)
    for x, e in zip(X, expected, strict=True):
        assert isinstance(x, np.ndarray)
        np.testing.assert_allclose(x, e, **tolerances)


def split_like(rows, samples):
    return np.split(rows, np.cumsum([len(sample) for sample in samples])[:-1])


class Recorder(TransformerMixin, BaseEstimator):
    """Keeps what it gets."""

    def fit(self, X, y=None, sample_weight=None, groups=None, option=None):
        self.got_ = {
            "X": X, "y": y, "sample_weight": sample_weight, "groups": groups, "option": option
        }  # fmt: skip
        return self

    def transform(self, X):
        return X


class AddsOne(BaseEstimator):
    """A transformer with no more than the two methods."""

    def fit(self, X, y=None):
        self.fitted_ = True
        return self

    def transform(self, X):
        return X + 1


class AddsOneLater(AddsOne):
    """Its fit_transform gives something else than its transform: the targets."""

    def fit_transform(self, X, y):
        self.fit(X, y)
        return np.full_like(X, 1) * y[:, np.newaxis]


TRANSFORMERS = {
    "StandardScaler": StandardScaler(),
    "RobustScaler": RobustScaler(),
    "QuantileTransformer": QuantileTransformer(n_quantiles=20),
    "PCA": PCA(n_components=2),
    "SimpleImputer": SimpleImputer(),
    "ColumnTransformer": ColumnTransformer(
        [("scale", StandardScaler(), [2]), ("keep", "passthrough", [0])]
    ),
    "FunctionTransformer": FunctionTransformer(np.square),
    "pipeline": make_pipeline(SimpleImputer(), RobustScaler(), PCA(n_components=1)),
    "nested": TimestepTransformer(StandardScaler(), n_timesteps=1),
    "dataframe": StandardScaler().set_output(transform="pandas"),
    "sparse": FunctionTransformer(lambda X: OneHotEncoder().fit_transform(X > 0)),
    "no fit_transform": AddsOne(),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", TRANSFORMERS)
def test_transformer_gets_real_timesteps(name, form, ragged):
    samples, _ = ragged
    transformer = TRANSFORMERS[name]
    rows = np.concatenate(samples)
    expected = clone(transformer).fit(rows).transform(rows)
    expected = expected.toarray() if hasattr(expected, "toarray") else np.asarray(expected)
    expected = split_like(expected, samples)
    X = in_form(samples, form)
    estimator = TimestepTransformer(transformer)
    assert_samples_equal(estimator.fit_transform(X), expected, form, atol=1e-6)
    assert_samples_equal(estimator.fit(X).transform(X), expected, form, atol=1e-6)
    assert not hasattr(transformer, "n_features_in_")  # it is cloned, not fitted itself
    assert estimator.n_features_in_ == 3


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("form", FORMS)
def test_scaling_by_hand(form, dtype, ragged):
    samples = [(3 * sample + 1).astype(dtype) for sample in ragged[0]]
    rows = np.concatenate(samples).astype(np.float64)
    expected = [(sample - rows.mean(axis=0)) / rows.std(axis=0) for sample in samples]
    X = in_form(samples, form)
    X = X.astype(dtype) if form == "array" else X
    scaled = TimestepTransformer(StandardScaler()).fit(X).transform(X)
    assert_samples_equal(scaled, expected, form, atol=1e-5)
    assert scaled[0].dtype == dtype


def test_scaling_by_hand_without_padding(sequences_and_labels):
    X, _ = sequences_and_labels
    scaled = TimestepTransformer(StandardScaler()).fit_transform(X)
    expected = (X - X.mean(axis=(0, 1))) / X.std(axis=(0, 1))
    np.testing.assert_allclose(scaled, expected, atol=1e-12)


@pytest.mark.parametrize("as_frame", [False, True])
def test_columns_hold_timesteps(as_frame, sequences_and_labels):
    X, _ = sequences_and_labels  # (60, 10, 5)
    columns = X.reshape(60, 50)
    columns = pd.DataFrame(columns).add_prefix("c") if as_frame else columns
    scaled = TimestepTransformer(StandardScaler(), n_timesteps=10).fit_transform(columns)
    expected = (X - X.mean(axis=(0, 1))) / X.std(axis=(0, 1))
    np.testing.assert_allclose(scaled, expected.reshape(60, 50), atol=1e-12)

    univariate = TimestepTransformer(StandardScaler()).fit(columns)
    assert univariate.n_features_in_ == 50
    np.testing.assert_allclose(
        univariate.transform(columns), (X.reshape(60, 50) - X.mean()) / X.std(), atol=1e-12
    )

    pca = TimestepTransformer(PCA(n_components=2), n_timesteps=10).fit(columns)
    expected = TimestepTransformer(PCA(n_components=2)).fit_transform(X)
    np.testing.assert_allclose(pca.transform(columns), expected.reshape(60, 20), atol=1e-12)


@pytest.mark.parametrize("form", ["array", "list"])
def test_missing_values_are_not_padding(form):
    X = np.array(
        [
            [[1.0, 10.0], [NAN, 20.0], [NAN, NAN], [5.0, NAN], [NAN, NAN]],
            [[3.0, 30.0], [NAN, NAN], [NAN, NAN], [NAN, NAN], [NAN, NAN]],
        ]
    )
    # Means over the real timesteps: 3 of (1, 5, 3), 20 of (10, 20, 30).
    expected = [
        [[1.0, 10.0], [3.0, 20.0], [3.0, 20.0], [5.0, 20.0], [NAN, NAN]],
        [[3.0, 30.0], [NAN, NAN], [NAN, NAN], [NAN, NAN], [NAN, NAN]],
    ]
    imputed = TimestepTransformer(SimpleImputer()).fit_transform(X if form == "array" else list(X))
    assert isinstance(imputed, np.ndarray if form == "array" else list)
    np.testing.assert_array_equal(np.array(imputed), expected)


def test_missing_values_at_the_end_of_columns():
    X = np.array([[1.0, NAN, NAN], [2.0, 3.0, NAN]])
    imputed = TimestepTransformer(SimpleImputer()).fit_transform(X)
    np.testing.assert_array_equal(imputed, [[1, 2, 2], [2, 3, 2]])


def test_integers_beside_padding():
    X = np.array([[[1.2], [2.7]], [[3.1], [NAN]]])
    to_int = FunctionTransformer(lambda X: X.astype(np.int64))
    np.testing.assert_array_equal(
        TimestepTransformer(to_int).fit_transform(X), [[[1], [2]], [[3], [NAN]]]
    )
    assert TimestepTransformer(to_int).fit_transform(X[:1]).dtype == np.int64  # no padding


def test_objects():
    X = np.array([[["a", 1], ["b", 2]], [["b", 1], [NAN, NAN]]], dtype=object)
    encoded = TimestepTransformer(OneHotEncoder()).fit_transform(X)
    expected = [[[1, 0, 1, 0], [0, 1, 0, 1]], [[0, 1, 1, 0], [NAN] * 4]]
    np.testing.assert_array_equal(encoded, expected)


@pytest.mark.parametrize("form", [*FORMS, "no padding", "columns", "dataframe"])
def test_nothing_passed_is_modified(form, ragged):
    X = in_form(ragged[0], form)
    if form == "no padding":
        X = np.stack([sample[:2] for sample in ragged[0]])
    elif form in ("columns", "dataframe"):
        X = np.stack([sample[:2].ravel() for sample in ragged[0]])
        X = pd.DataFrame(X) if form == "dataframe" else X
    y, weight = np.arange(40.0), np.arange(1.0, 41.0)
    before = pickle.dumps((X, y, weight))
    for transformer in (
        StandardScaler(copy=False),
        FunctionTransformer(lambda X: np.exp(X, out=X)),
    ):
        estimator = TimestepTransformer(transformer).fit(X, y)
        estimator.inverse_transform(estimator.transform(X))
        estimator.fit_transform(X, y)
        estimator.transform(X)
    TimestepTransformer(StandardScaler(copy=False)).fit(X, y, sample_weight=weight)
    assert pickle.dumps((X, y, weight)) == before


@pytest.mark.parametrize("form", FORMS)
def test_partial_fit(form, ragged):
    samples, _ = ragged
    estimator = TimestepTransformer(StandardScaler())
    for chunk in (samples[:15], samples[15:]):
        assert estimator.partial_fit(in_form(chunk, form)) is estimator
    rows = np.concatenate(samples)
    assert estimator.transformer_.n_samples_seen_ == len(rows)
    np.testing.assert_allclose(estimator.transformer_.mean_, rows.mean(axis=0), atol=1e-6)
    np.testing.assert_allclose(estimator.transformer_.var_, rows.var(axis=0), rtol=1e-5)
    with pytest.raises(ValueError, match=r"X has 2 features in each timestep.* expecting 3"):
        estimator.partial_fit([np.ones((4, 2))])
    estimator.fit(in_form(samples[:1], form))  # starts anew
    assert estimator.transformer_.n_samples_seen_ == len(samples[0])


@pytest.mark.parametrize("form", FORMS)
def test_inverse_transform(form, ragged):
    X = in_form(ragged[0], form)
    for transformer in (StandardScaler(), PCA(), make_pipeline(RobustScaler(), PCA())):
        estimator = TimestepTransformer(transformer).fit(X)
        back = estimator.inverse_transform(estimator.transform(X))
        assert_samples_equal(back, ragged[0], form, atol=1e-5)


def test_inverse_transform_of_columns(sequences_and_labels):
    X = sequences_and_labels[0].reshape(60, 50)
    estimator = TimestepTransformer(PCA(n_components=4), n_timesteps=10).fit(X)
    components = estimator.transform(X)
    assert components.shape == (60, 40)
    pca = PCA(n_components=4).fit(X.reshape(600, 5))
    expected = pca.inverse_transform(pca.transform(X.reshape(600, 5))).reshape(60, 50)
    np.testing.assert_allclose(estimator.inverse_transform(components), expected, atol=1e-12)
    with pytest.raises(ValueError, match=r"X has 50 features, but .* is expecting 40 features"):
        estimator.inverse_transform(X)


def test_methods_are_those_of_the_transformer():
    def has(transformer, method):
        return hasattr(TimestepTransformer(transformer), method)

    assert has(StandardScaler(), "partial_fit")
    assert not has(PCA(), "partial_fit")
    assert has(PCA(), "inverse_transform")
    assert not has(ColumnTransformer([("scale", StandardScaler(), [0])]), "inverse_transform")
    assert has(PCA(), "get_feature_names_out")
    assert not has(FunctionTransformer(), "get_feature_names_out")


@pytest.mark.parametrize("form", FORMS)
def test_targets_and_weights_are_repeated(form, ragged):
    samples, y = ragged
    lengths = [len(sample) for sample in samples]
    weight = np.linspace(0.5, 2, 40)
    estimator = TimestepTransformer(Recorder())
    targets = pd.Series(y, index=range(100, 140)).map({0: "a", 1: "b"})
    estimator.fit(in_form(samples, form), targets, sample_weight=list(weight))
    got = estimator.transformer_.got_
    np.testing.assert_array_equal(got["X"], np.concatenate(samples))
    np.testing.assert_array_equal(got["y"], np.repeat(np.array(["a", "b"])[y], lengths))
    np.testing.assert_array_equal(got["sample_weight"], np.repeat(weight, lengths))
    y_2d = np.column_stack([y, 1 - y])
    got = estimator.fit(in_form(samples, form), y_2d).transformer_.got_
    np.testing.assert_array_equal(got["y"], np.repeat(y_2d, lengths, axis=0))


def test_weights_by_hand(ragged):
    samples, _ = ragged
    weight = np.linspace(0.5, 2, 40)
    rows, weights = np.concatenate(samples), np.repeat(weight, [len(s) for s in samples])
    mean = np.average(rows, axis=0, weights=weights)
    for method in ("fit", "fit_transform", "partial_fit"):
        estimator = TimestepTransformer(StandardScaler())
        getattr(estimator, method)(samples, sample_weight=weight)
        np.testing.assert_allclose(estimator.transformer_.mean_, mean, atol=1e-6)


def test_wrong_targets_and_weights(ragged):
    samples, y = ragged
    with pytest.raises(TypeError, match="PCA does not take sample_weight"):
        TimestepTransformer(PCA()).fit(samples, sample_weight=np.ones(40))
    with pytest.raises(TypeError, match=r"Pipeline does not take sample_weight.* routing"):
        TimestepTransformer(make_pipeline(StandardScaler())).fit(samples, sample_weight=np.ones(40))
    for wrong in ({"y": y[:-1]}, {"sample_weight": np.ones(39)}):
        with pytest.raises(ValueError, match=r"inconsistent numbers of samples: \[40, 39\]"):
            TimestepTransformer(StandardScaler()).fit(samples, **wrong)


def test_supervised_transformers(ragged):
    samples, y = ragged
    samples = [sample + np.array([0, 0, 5 * c]) for sample, c in zip(samples, y, strict=True)]
    selected = TimestepTransformer(SelectKBest(k=1)).fit_transform(samples, y)
    assert_samples_equal(selected, [sample[:, 2:] for sample in samples], "list")

    # What fit_transform gives is the transformer's to say, as with TargetEncoder.
    expected = [np.full_like(sample, c) for sample, c in zip(samples, y, strict=True)]
    estimator = TimestepTransformer(AddsOneLater())
    assert_samples_equal(estimator.fit_transform(samples, y), expected, "list")
    assert_samples_equal(estimator.transform(samples), [x + 1 for x in samples], "list")


def test_routing_in_a_pipeline(ragged):
    samples, y = ragged
    weight = np.linspace(0.5, 2, 40)
    lengths = [len(sample) for sample in samples]
    mean = np.average(np.concatenate(samples), axis=0, weights=np.repeat(weight, lengths))
    with sklearn.config_context(enable_metadata_routing=True):
        for request, name in ((True, "sample_weight"), ("trust", "trust")):
            scaler = StandardScaler().set_fit_request(sample_weight=request)
            for transformer in (scaler, make_pipeline(scaler)):
                pipeline = make_pipeline(
                    TimestepTransformer(transformer), FunctionTransformer(mean_of_timesteps)
                )
                for method in (pipeline.fit, pipeline.fit_transform):
                    method(in_form(samples, "array"), y, **{name: weight})
                    fitted = pipeline[0].transformer_
                    fitted = fitted[0] if transformer is not scaler else fitted
                    np.testing.assert_allclose(fitted.mean_, mean, atol=1e-6)
        scaler = StandardScaler().set_partial_fit_request(sample_weight=True)
        partial = TimestepTransformer(scaler).partial_fit(samples, sample_weight=weight)
        np.testing.assert_allclose(partial.transformer_.mean_, mean, atol=1e-6)


def test_routing_of_what_is_not_requested(ragged):
    samples, _ = ragged
    with sklearn.config_context(enable_metadata_routing=True):
        estimator = TimestepTransformer(StandardScaler())
        assert not hasattr(estimator, "set_fit_request")
        assert not hasattr(estimator, "set_partial_fit_request")
        with pytest.raises(UnsetMetadataPassedError, match=r"StandardScaler\.fit"):
            estimator.fit(samples, sample_weight=np.ones(40))
        ignoring = TimestepTransformer(StandardScaler().set_fit_request(sample_weight=False))
        pipeline = make_pipeline(ignoring, TimestepTransformer(Recorder()))
        pipeline[1].transformer.set_fit_request(sample_weight=True, groups=True, option=True)
        groups = np.arange(40).astype(str)
        pipeline.fit(samples, sample_weight=np.arange(40.0), groups=groups, option="x")
        np.testing.assert_allclose(
            pipeline[0].transformer_.mean_, np.concatenate(samples).mean(axis=0), atol=1e-6
        )
        got = pipeline[1].transformer_.got_
        np.testing.assert_array_equal(got["groups"], np.repeat(groups, [len(s) for s in samples]))
        assert got["option"] == "x"
        with pytest.raises(ValueError, match=r"inconsistent numbers of samples: \[40, 39\]"):
            pipeline[1].fit(samples, sample_weight=np.ones(39))


def mean_of_timesteps(X):
    return np.array([np.nanmean(sample, axis=0) for sample in X])


@pytest.mark.parametrize("form", FORMS)
def test_grid_search_over_a_nested_parameter(form, ragged):
    samples, y = ragged
    # The direction of the largest variance says nothing of y; that of the second does.
    samples = [s * [30, 1, 0.1] + [0, 6 * c, 0] for s, c in zip(samples, y, strict=True)]
    pipeline = make_pipeline(
        TimestepTransformer(PCA()), FunctionTransformer(mean_of_timesteps), GaussianNB()
    )
    name = "timesteptransformer__transformer__n_components"
    search = GridSearchCV(pipeline, {name: [1, 2]}, error_score="raise")
    search.fit(in_form(samples, form), y)
    assert search.best_params_ == {name: 2}
    assert search.best_score_ == 1
    assert search.best_estimator_[0].transformer_.n_components_ == 2


def test_before_the_classifier(ragged):
    samples, y = ragged
    pipeline = make_pipeline(
        TimestepTransformer(StandardScaler()),
        AttentionSequenceClassifier(4, epochs=2, random_state=0),
    )
    pipeline.fit(samples, y)
    probabilities = pipeline.predict_proba(samples)
    assert probabilities.shape == (40, 2)
    np.testing.assert_array_equal(pipeline.predict_proba(in_form(samples, "array")), probabilities)


def test_clone_and_pickle(ragged):
    samples, _ = ragged
    estimator = TimestepTransformer(PCA(n_components=1), n_timesteps=4).fit(samples)
    cloned = clone(estimator)
    assert cloned.get_params()["transformer__n_components"] == 1
    assert cloned.n_timesteps == 4
    assert not hasattr(cloned, "transformer_")
    loaded = pickle.loads(pickle.dumps(estimator))
    assert_samples_equal(loaded.transform(samples), estimator.transform(samples), "list")
    with pytest.raises(NotFittedError):
        cloned.transform(samples)


def test_feature_names_of_timesteps(ragged):
    samples, _ = ragged
    scaler = TimestepTransformer(StandardScaler()).fit(samples)
    assert scaler.get_feature_names_out().tolist() == ["x0", "x1", "x2"]
    assert scaler.get_feature_names_out(["a", "b", "c"]).tolist() == ["a", "b", "c"]
    assert not hasattr(scaler, "feature_names_in_")
    pca = TimestepTransformer(PCA(n_components=2)).fit(samples)
    assert pca.get_feature_names_out().tolist() == ["pca0", "pca1"]
    with pytest.raises(ValueError, match=r"length equal to number of features \(3\), got 2"):
        pca.get_feature_names_out(["a", "b"])
    with pytest.raises(NotFittedError):
        TimestepTransformer(PCA()).get_feature_names_out()


def test_feature_names_of_columns():
    frame = pd.DataFrame(np.arange(12.0).reshape(3, 4) ** 2, columns=["a0", "b0", "a1", "b1"])
    scaler = TimestepTransformer(StandardScaler(), n_timesteps=2).fit(frame)
    assert scaler.get_feature_names_out().tolist() == ["a0", "b0", "a1", "b1"]
    assert scaler.feature_names_in_.tolist() == ["a0", "b0", "a1", "b1"]
    pca = TimestepTransformer(PCA(), n_timesteps=2).fit(frame)
    assert pca.get_feature_names_out().tolist() == [
        "timestep0__pca0", "timestep0__pca1", "timestep1__pca0", "timestep1__pca1"
    ]  # fmt: skip
    second = ColumnTransformer([("s", StandardScaler(), [1])])
    second = TimestepTransformer(second, n_timesteps=2).fit(frame.to_numpy())
    assert second.get_feature_names_out().tolist() == ["s__x1", "s__x3"]
    # Refitted with sequences, it has no columns any more.
    assert not hasattr(scaler.fit(np.ones((3, 2, 4))), "feature_names_in_")


@pytest.mark.parametrize("container", ["pandas", "polars"])
def test_set_output(container):
    library = pytest.importorskip(container)
    frame = pd.DataFrame(np.eye(4) + 1, columns=list("wxyz"), index=list("abcd"))
    estimator = TimestepTransformer(StandardScaler(), n_timesteps=2)
    expected = estimator.fit_transform(frame)
    assert type(expected) is np.ndarray
    estimator = clone(estimator.set_output(transform=container))
    for output in (estimator.fit_transform(frame), estimator.transform(frame)):
        assert isinstance(output, library.DataFrame)
        assert list(output.columns) == list("wxyz")
        np.testing.assert_array_equal(output.to_numpy(), expected)
        if container == "pandas":
            assert list(output.index) == list("abcd")


@pytest.mark.parametrize("form", FORMS)
def test_sequences_are_no_dataframes(form, ragged):
    X = in_form(ragged[0], form)
    estimator = TimestepTransformer(StandardScaler())
    expected = estimator.fit_transform(X)
    with sklearn.config_context(transform_output="pandas"):
        for output in (estimator.fit_transform(X), estimator.fit(X).transform(X)):
            assert type(output) is type(expected)
            for x, e in zip(output, expected, strict=True):
                np.testing.assert_array_equal(x, e)


SETTINGS = [
    {"transform_output": "pandas"},
    {"transform_output": "polars"},
    {"assume_finite": True},
    {"enable_metadata_routing": True},
    {"skip_parameter_validation": True},
    {"sparse_interface": "sparray"},
]
STEPS = {
    "pipeline": make_pipeline(SimpleImputer(), StandardScaler()),
    "columns": ColumnTransformer(
        [
            ("scale", make_pipeline(SimpleImputer(), RobustScaler()), [0]),
            ("keep", "passthrough", [1]),
        ]
    ),
}


@pytest.mark.parametrize("steps", ["pipeline", "columns"])
@pytest.mark.parametrize("form", ["columns", *FORMS])
@pytest.mark.parametrize("setting", SETTINGS, ids=str)
def test_settings_of_scikit_learn_change_no_values(setting, form, steps):
    if not setting.keys() <= sklearn.get_config().keys():
        pytest.skip("this scikit-learn does not have the setting")
    rng = np.random.default_rng(0)
    samples = [rng.normal(size=(length, 2)) for length in (4, 2, 3)]
    samples[0][1, 1] = NAN
    X = rng.normal(size=(6, 8)) if form == "columns" else in_form(samples, form)

    def outputs():
        estimator = TimestepTransformer(STEPS[steps], n_timesteps=4 if form == "columns" else None)
        again = clone(estimator).fit_transform(X)
        names = estimator.fit(X).get_feature_names_out().tolist()
        return [
            np.asarray(x) for out in (again, estimator.transform(X)) for x in out_of(out)
        ], names

    def out_of(output):
        return [output] if form == "columns" else list(output)

    expected, names = outputs()
    with sklearn.config_context(**setting):
        got, names_of_setting = outputs()
    assert names_of_setting == names
    for x, e in zip(got, expected, strict=True):
        np.testing.assert_array_equal(x, e, strict=True)


@pytest.mark.parametrize("container", ["pandas", "polars"])
@pytest.mark.parametrize("form", ["columns", *FORMS])
def test_set_output_of_the_inner_transformer(form, container):
    pytest.importorskip(container)
    rng = np.random.default_rng(0)
    samples = [rng.normal(size=(length, 2)) for length in (4, 2, 3)]
    X = rng.normal(size=(6, 8)) if form == "columns" else in_form(samples, form)
    n_timesteps = 4 if form == "columns" else None
    arrays = TimestepTransformer(make_pipeline(StandardScaler(), RobustScaler()))
    frames = clone(arrays)
    frames.transformer.set_output(transform=container)
    for estimator in (arrays, frames):
        estimator.set_params(n_timesteps=n_timesteps).fit(X)
    assert type(frames.transform(X)) is type(arrays.transform(X))
    for method in ("transform", "inverse_transform"):
        for x, e in zip(getattr(frames, method)(X), getattr(arrays, method)(X), strict=True):
            # scikit-learn makes float64 of float32 in dataframes of polars.
            np.testing.assert_allclose(x, e, rtol=1e-5, atol=1e-6)
    if form == "columns":  # dataframes inside and outside
        table = frames.set_output(transform=container).transform(X)
        assert list(table.columns) == [f"timestep{t}__x{i}" for t in range(4) for i in range(2)]
        np.testing.assert_allclose(table.to_numpy(), arrays.transform(X), rtol=1e-5, atol=1e-6)
    else:
        assert frames.get_feature_names_out().tolist() == ["x0", "x1"]


@pytest.mark.parametrize("form", FORMS)
def test_features_side_by_side(form, ragged):
    samples, _ = ragged
    union = FeatureUnion([("scale", StandardScaler()), ("pca", PCA(n_components=1))])
    rows = np.concatenate(samples)
    expected = split_like(
        np.hstack([part.fit_transform(rows) for _, part in clone(union).transformer_list]), samples
    )
    estimator = TimestepTransformer(union)
    assert_samples_equal(estimator.fit_transform(in_form(samples, form)), expected, form, atol=1e-6)
    assert estimator.get_feature_names_out().tolist() == [
        *(f"scale__x{i}" for i in range(3)),
        "pca__pca0",
    ]


@pytest.mark.parametrize("other", ["passthrough", TimestepTransformer(PCA())])
@pytest.mark.parametrize("lengths", [(4, 4), (3, 4)])
def test_unions_do_not_append_timesteps(lengths, other):
    union = FeatureUnion([("other", other), ("scale", TimestepTransformer(StandardScaler()))])
    with pytest.raises(ValueError, match=r"put the union inside: TimestepTransformer\(FeatureUn"):
        union.fit_transform([np.eye(n, 3) for n in lengths])


class ArrayOf(list):
    """Makes an object array of samples, for the test's parameters."""

    def __call__(self):
        return np.fromiter(self, dtype=object, count=len(self))


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (np.ones(3), "or 2D array, got 1D array"),
        ([], r"0 sample\(s\)"),
        (np.ones((2, 2, 2, 2)), "dim 4, while dim <= 3 is required: pass sequences of shape"),
        (np.ones((0, 2, 2)), r"0 sample\(s\)"),
        (np.ones((2, 0, 2)), r"0 timestep\(s\) and 2 feature\(s\)"),
        (np.ones((2, 2, 0)), r"2 timestep\(s\) and 0 feature\(s\)"),
        (ArrayOf([]), "Found array with 0 sample"),
        ([np.ones((2, 2)), np.ones((0, 2))], "Sample 1 of X has no timestep"),
        ([np.ones((2, 2)), np.ones(2)], r"Sample 1 of X has shape \(2,\)"),
        ([np.ones((2, 2)), np.ones((1, 3))], "Sample 1 of X has 3 features, but sample 0 has 2"),
        ([np.ones((2, 2)), np.array([["a", "b"]])], "Sample 1 of X has .* dtype <U1.* numeric"),
        ([np.ones((2, 2)), [[1, 2], [3]]], "Sample 1 of X is no array"),
        ([[1, 2, 3], [4, 5]], r"Sample 0 of X has shape \(3,\).* \(n_timesteps, n_features\)"),
        (ArrayOf([np.ones(3), np.ones(2)]), r"Sample 0 of X has shape \(3,\)"),
        ([np.ones((1, 2)), np.full((3, 2), NAN)], "Sample 1 of X has no timestep that is not NaN"),
        (np.full((2, 1, 1), NAN), "Sample 0 of X has no timestep that is not NaN"),
    ],
)
def test_wrong_sequences(X, message):
    X = X() if callable(X) else X
    with pytest.raises(ValueError, match=message):
        TimestepTransformer(StandardScaler()).fit(X)


def test_frames_in_a_list():
    frames = [pd.DataFrame({"a": [1.0, 3.0], "b": [4.0, 6.0]}), pd.DataFrame({"a": [5.0], "b": 2})]
    for listed in (frames, frames[:1] * 2):
        expected = [frame.to_numpy() * 2 for frame in listed]
        doubled = TimestepTransformer(FunctionTransformer(lambda X: X * 2)).fit_transform(listed)
        assert_samples_equal(doubled, expected, "list")


@pytest.mark.parametrize("n_timesteps", [0, 2.0, "2", True])
def test_wrong_n_timesteps(n_timesteps):
    with pytest.raises((TypeError, ValueError), match="n_timesteps"):
        TimestepTransformer(StandardScaler(), n_timesteps=n_timesteps).fit(np.ones((2, 4)))


def test_columns_that_do_not_divide():
    with pytest.raises(ValueError, match=r"X has 5 columns, .* n_timesteps=2"):
        TimestepTransformer(StandardScaler(), n_timesteps=2).fit(np.ones((2, 5)))


def test_other_features_than_in_fit(ragged):
    samples, _ = ragged
    estimator = TimestepTransformer(StandardScaler()).fit(samples)
    for method in (estimator.transform, estimator.inverse_transform):
        with pytest.raises(ValueError, match=r"X has 2 features in each timestep, but Timestep"):
            method([np.ones((4, 2))])
    with pytest.raises(ValueError, match=r"X has 2 dimensions, .* fitted with 3-dimensional X"):
        estimator.transform(np.ones((4, 3)))
    columns = TimestepTransformer(StandardScaler(), n_timesteps=2).fit(np.ones((3, 4)))
    with pytest.raises(ValueError, match=r"X has 3 features, but .* is expecting 4 features"):
        columns.transform(np.ones((3, 3)))


def test_the_fitted_number_of_timesteps_holds():
    X = np.random.default_rng(0).normal(size=(20, 12))
    transformer = TimestepTransformer(StandardScaler(), n_timesteps=2).fit(X)
    expected, names = transformer.transform(X), transformer.get_feature_names_out()
    transformer.set_params(n_timesteps=3)
    np.testing.assert_array_equal(transformer.transform(X), expected)
    np.testing.assert_allclose(transformer.inverse_transform(expected), X)
    assert transformer.get_feature_names_out().tolist() == names.tolist()
    transformer.partial_fit(X)  # goes on with what was fitted
    np.testing.assert_allclose(transformer.transform(X), expected)
    assert transformer.fit(X).transformer_.n_features_in_ == 4


def test_cross_fitting_that_keeps_samples_together():
    """Each sample has a category of its own, so its encoding can tell nothing of its target."""
    rng = np.random.default_rng(0)
    X = np.repeat(np.arange(100.0)[:, np.newaxis, np.newaxis], 6, axis=1)  # (100, 6, 1)
    y = rng.permutation(np.arange(100) % 2)

    def of_classes(encoder, **params):
        encoded = TimestepTransformer(encoder).fit_transform(X, y, **params)
        return encoded[y == 0].mean(), encoded[y == 1].mean()

    low, high = of_classes(TargetEncoder())
    assert high - low > 0.5  # what the docstring warns of
    with sklearn.config_context(enable_metadata_routing=True):
        low, high = of_classes(TargetEncoder(cv=GroupKFold()), groups=np.arange(100))
    assert abs(high - low) < 0.1


@pytest.mark.parametrize("function", [lambda X: X[::2], lambda X: X.sum(axis=1)])
def test_transformers_of_other_than_rows(function, ragged):
    with pytest.raises(ValueError, match="it must give one row of features for each"):
        TimestepTransformer(FunctionTransformer(function)).fit_transform(ragged[0])


def test_tags():
    tags = get_tags(TimestepTransformer(StandardScaler()))
    assert tags.input_tags.two_d_array
    assert tags.input_tags.three_d_array
    assert not tags.input_tags.sparse
    assert tags.input_tags.allow_nan
    assert tags.transformer_tags.preserves_dtype == ["float64", "float32"]
    assert not get_tags(TimestepTransformer(PCA())).input_tags.allow_nan
    assert get_tags(TimestepTransformer(FunctionTransformer())).input_tags.allow_nan
    assert get_tags(TimestepTransformer(TargetEncoder())).target_tags.required


def test_a_failed_fit_leaves_the_transformer_as_it_was():
    X = np.random.default_rng(0).normal(size=(10, 4, 3))
    transformer = TimestepTransformer(StandardScaler()).fit(X)
    expected = transformer.transform(X)
    with pytest.raises(TypeError, match="surprise"):
        transformer.fit(X[:, :, :2], surprise=1)
    np.testing.assert_array_equal(transformer.transform(X), expected)


class BreaksOff(StandardScaler):
    """As Ctrl-C does, when half of the work is done."""

    def partial_fit(self, X, y=None):
        super().partial_fit(X, y)
        if len(X) > 40:
            raise KeyboardInterrupt
        return self


def test_a_broken_off_partial_fit_leaves_what_was_fitted():
    X = np.random.default_rng(0).normal(size=(10, 4, 3))
    transformer = TimestepTransformer(BreaksOff()).partial_fit(X)
    expected = transformer.transform(X)
    with pytest.raises(KeyboardInterrupt):
        transformer.partial_fit(np.concatenate([X, X]) + 9)
    np.testing.assert_array_equal(transformer.transform(X), expected)


def test_a_last_timestep_that_is_left_without_values_would_be_padding():
    X = np.random.default_rng(0).normal(size=(6, 5, 3))
    X[3, -1, 0] = np.nan
    drops = TimestepTransformer(ColumnTransformer([("s", StandardScaler(), [0])]))
    for sequences in (X, list(X)):
        with pytest.raises(ValueError, match="leaves sample 3 no value in any feature of its last"):
            drops.fit_transform(sequences)
    X[3, -1] = np.nan  # padding
    assert np.isnan(drops.fit_transform(X)[3, -1]).all()


def test_strings_in_lists_are_as_good_as_in_an_array():
    X = np.array([[["a"], ["b"]], [["c"], ["a"]]])
    expected = TimestepTransformer(OneHotEncoder(sparse_output=False)).fit_transform(X)
    for as_list in (list(X), X.tolist(), list(X.astype(object))):
        result = TimestepTransformer(OneHotEncoder(sparse_output=False)).fit_transform(as_list)
        np.testing.assert_array_equal(np.stack(list(result)), expected)
    ragged = TimestepTransformer(OneHotEncoder()).fit_transform([[["a"], ["b"]], [["ccc"]]])
    assert [x.shape for x in ragged] == [(2, 3), (1, 3)]


def test_missing_strings_in_lists_are_missing():
    encoder = TimestepTransformer(OneHotEncoder()).fit([[[np.nan], ["a"]], [["b"], ["a"]]])
    assert encoder.transformer_.categories_[0].tolist()[:2] == ["a", "b"]
    assert np.isnan(encoder.transformer_.categories_[0][2])
    numbers = TimestepTransformer(OneHotEncoder()).fit([[["a", 1.0]], [["b", 2.0], ["c", 3.0]]])
    assert numbers.transformer_.categories_[1].tolist() == [1, 2, 3]
    with pytest.raises(
        ValueError, match=r"Sample 0 of X has .* dtype <U1, but sample 1 of float64"
    ):
        TimestepTransformer(OneHotEncoder()).fit([np.array([["a"]]), np.ones((2, 1))])


def test_outputs_of_other_types():
    X = np.random.default_rng(0).normal(size=(4, 3, 2))
    X[1, 2, 0] = np.nan
    nullable = FunctionTransformer(lambda x: pd.DataFrame(x).convert_dtypes())
    np.testing.assert_array_equal(TimestepTransformer(nullable).fit_transform(X), X)
    none = TimestepTransformer(ColumnTransformer([("no", "drop", [0, 1])]))
    assert none.fit_transform(X).shape == (4, 3, 0)
