"""Pipelines in one file: what it gives for raw data is what the pipeline predicts."""

import sys

import numpy as np
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA, FastICA
from sklearn.exceptions import NotFittedError
from sklearn.impute import SimpleImputer
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    MinMaxScaler,
    OneHotEncoder,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)

from sk_attnseq import AttentionSequenceClassifier, AttentionSequenceRegressor
from sk_attnseq.ensemble import AttentionSequenceEnsemble, AttentionSequenceEnsembleRegressor
from sk_attnseq.preprocessing import (
    DifferenceFeatures,
    HeavyTailScaler,
    SequenceImputer,
    SequenceScaler,
    TimestepTransformer,
)
from sk_attnseq.presets import make_accurate_classifier
from sk_attnseq.recordings import RecordingClassifier
from tests.networks import fit_with_random_weights

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")
pytest.importorskip("skl2onnx")

from sk_attnseq.export import to_onnx  # noqa: E402

N_SAMPLES, N_TIMESTEPS = 40, 12


def make_sequences(*, gaps, seed=0):
    """Padded sequences of three features, one of them with a heavy tail, and labels.

    With gaps, 30% are missing, also whole timesteps and, in one sequence, a whole feature.
    """
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(N_SAMPLES, N_TIMESTEPS, 3)) * [1, 20, 1] + [5, -300, 0]
    X[..., 2] = np.exp(6 * X[..., 2])
    lengths = rng.integers(2, N_TIMESTEPS + 1, size=N_SAMPLES)
    lengths[:3] = 1, 2, N_TIMESTEPS
    if gaps:
        X[rng.random(X.shape) < 0.3] = np.nan
        X[2, 3:6] = np.nan
        X[2, :, 0] = np.nan
        X[np.arange(N_SAMPLES), lengths - 1, 1] = -299  # else they would end earlier
    X[np.arange(N_TIMESTEPS) >= lengths[:, np.newaxis]] = np.nan
    return X, np.arange(N_SAMPLES) % 2


def add_time(X):
    """A first feature that rises irregularly."""
    steps = np.random.default_rng(1).uniform(0.1, 3, size=(N_SAMPLES, N_TIMESTEPS))
    padding = np.logical_and.accumulate(np.isnan(X).all(axis=2)[:, ::-1], axis=1)[:, ::-1]
    time = np.where(padding, np.nan, np.cumsum(steps, axis=1))
    return np.concatenate([time[..., np.newaxis], X], axis=2)


def fit(*steps, X, y, estimator=AttentionSequenceClassifier, **options):
    final = estimator(units=6, epochs=1, random_state=0, **options)
    return fit_with_random_weights(make_pipeline(*steps, final), X, y)


def run(pipeline, X):
    model = to_onnx(pipeline)
    onnx.checker.check_model(model, full_check=True)
    session = onnxruntime.InferenceSession(model.SerializeToString())
    return session.run(None, {"X": X.astype(np.float32)})


def assert_agrees(pipeline, X, atol=1e-5):
    for values in (X.astype(np.float32), X.astype(np.float32).astype(np.float64)):
        label, probabilities = run(pipeline, values)
        expected = pipeline.predict_proba(values)
        np.testing.assert_allclose(probabilities, expected, rtol=0, atol=atol)
        decided = np.ptp(expected, axis=1) > 10 * atol
        np.testing.assert_array_equal(label[decided], pipeline.predict(values)[decided])
    spread = np.ptp(expected[:, 0])
    assert spread > 0.03  # else agreement would say little


IMPUTERS = [
    {"strategy": strategy, **options}
    for strategy in ("forward", "linear", "nearest")
    for options in (
        {},
        {"max_gap": 1, "fill_value": -1.5, "add_indicator": True},
        {"add_indicator": True, "add_elapsed": True},
    )
]


@pytest.mark.parametrize("options", IMPUTERS, ids=str)
def test_sequence_imputer(options):
    X, y = make_sequences(gaps=True)
    scaler = TimestepTransformer(StandardScaler())
    assert_agrees(fit(SequenceImputer(**options), scaler, X=X, y=y), X)


@pytest.mark.parametrize("strategy", ["forward", "linear", "nearest"])
def test_sequence_imputer_with_times(strategy):
    X, y = make_sequences(gaps=True)
    X = add_time(X)
    imputer = SequenceImputer(strategy, time_feature=0, add_elapsed=True)
    pipeline = fit(imputer, TimestepTransformer(RobustScaler()), X=X, y=y)
    assert_agrees(pipeline, X)
    later = X.copy()
    later[5, 1, 0] = later[5, 0, 0]  # times that do not rise
    later[6, 0, 0] = np.nan
    with pytest.raises(ValueError, match="Sample 6 of X has no time"):
        pipeline.predict(later)
    _, probabilities = run(pipeline, later)
    assert np.flatnonzero(np.isnan(probabilities).any(axis=1)).tolist() == [5, 6]


@pytest.mark.parametrize(
    "steps",
    [
        [SequenceScaler()],
        [DifferenceFeatures()],
        [DifferenceFeatures(), SequenceScaler()],
        [SequenceScaler(), TimestepTransformer(PCA(2))],
    ],
    ids=lambda steps: "-".join(type(step).__name__ for step in steps),
)
def test_steps_of_sequences(steps):
    X, y = make_sequences(gaps=False)
    X = (X - [5, -300, 0]) / [1, 20, 1]
    X[..., 2] = np.log(X[..., 2])
    X[3, :2, 0] = 7.1  # constant
    assert_agrees(fit(*steps, X=X, y=y), X)


def test_gaps_before_imputation():
    X, y = make_sequences(gaps=True)
    X[..., 2] = np.log(X[..., 2])
    steps = [SequenceScaler(), DifferenceFeatures(), SequenceImputer(fill_value=0.5)]
    assert_agrees(fit(*steps, X=X, y=y), X)


def columns():
    # Edges at quantiles would be at the imputed values, and ties depend on rounding.
    bins = KBinsDiscretizer(4, encode="onehot-dense", strategy="uniform")
    return ColumnTransformer(
        [("scaled", MinMaxScaler(), [1]), ("bins", bins, [0]), ("tails", HeavyTailScaler(), [2])],
        remainder="drop",
    )


@pytest.mark.parametrize(
    "transformer",
    [
        SimpleImputer(strategy="median"),
        make_pipeline(SimpleImputer(), HeavyTailScaler(), StandardScaler()),
        make_pipeline(SimpleImputer(), columns()),
        make_pipeline(
            SimpleImputer(), FeatureUnion([("a", HeavyTailScaler()), ("b", RobustScaler())])
        ),
        make_pipeline(HeavyTailScaler(), SimpleImputer()),
        make_pipeline(QuantileTransformer(n_quantiles=20), SimpleImputer()),
    ],
    ids=lambda transformer: type(transformer).__name__,
)
def test_timestep_transformer_on_gaps(transformer):
    X, y = make_sequences(gaps=True)
    if isinstance(transformer, SimpleImputer):
        X[..., 2] = np.log(X[..., 2])
        X /= [1, 20, 1]
    assert_agrees(fit(TimestepTransformer(transformer), X=X, y=y), X)


def test_rows_of_padding_reach_no_transformer():
    """An encoder fails on categories that it has not seen, and so on NaN."""
    X, y = make_sequences(gaps=False)
    X[..., 0] = np.where(np.isnan(X[..., 0]), np.nan, X[..., 0] > 5)
    encoder = ColumnTransformer([("codes", OneHotEncoder(), [0]), ("rest", StandardScaler(), [1])])
    assert_agrees(fit(TimestepTransformer(encoder), X=X, y=y), X)


@pytest.mark.parametrize("n_distinct", [130, 26_000])
def test_heavy_tails(n_distinct):
    """Values beyond those of the training data, in between and equal to them."""
    values = np.exp(40 * np.linspace(-1, 1, n_distinct) ** 3).astype(np.float32).astype(np.float64)
    X = np.tile(values.reshape(-1, 13, 1), (2, 1, 2))
    X[..., 1] = np.log(X[..., 1])
    y = np.arange(len(X)) % 2
    pipeline = fit(TimestepTransformer(HeavyTailScaler()), X=X, y=y)
    assert pipeline[0].transformer_.heavy_tailed_.tolist() == [True, False]
    others = np.exp(np.random.default_rng(2).uniform(-45, 45, size=(30, 13, 2)))
    assert_agrees(pipeline, np.concatenate([X[:60], others, -others]))


def test_any_batch_size_and_length():
    X, y = make_sequences(gaps=True)
    steps = [SequenceImputer("linear"), DifferenceFeatures(), TimestepTransformer(RobustScaler())]
    pipeline = fit(*steps, X=X, y=y)
    model = onnxruntime.InferenceSession(to_onnx(pipeline).SerializeToString())
    rng = np.random.default_rng(1)
    for n_samples, n_timesteps in ((1, 1), (1, 9), (40, 30), (3, 200)):
        X = rng.normal(size=(n_samples, n_timesteps, 3)).astype(np.float32)
        X[:, 1:-1][rng.random(X[:, 1:-1].shape) < 0.5] = np.nan
        _, probabilities = model.run(None, {"X": X})
        np.testing.assert_allclose(probabilities, pipeline.predict_proba(X), rtol=0, atol=1e-5)


@pytest.mark.parametrize("n_estimators", [1, 2])
def test_accurate_configuration(n_estimators):
    X, y = make_sequences(gaps=False)
    pipeline = make_accurate_classifier(
        n_estimators=n_estimators, differences=True, epochs=1, random_state=0
    )
    y = np.where(y, "Übergröße", "down")
    # Four convolutions of 64 filters with weights that nobody trained: in single precision,
    # rounding errors grow to 1e-4. Probabilities differ by much more between sequences.
    assert_agrees(fit_with_random_weights(pipeline, X, y), X, atol=1e-3)


def test_columns():
    """A 2-D X in which nothing is padding; each step knows how many timesteps there are."""
    X, y = make_sequences(gaps=True)
    X[..., 2] = np.log(X[..., 2])
    table = X.reshape(N_SAMPLES, -1)
    n = {"n_timesteps": N_TIMESTEPS}
    steps = [
        SequenceImputer(**n, add_indicator=True),
        DifferenceFeatures(**n),
        TimestepTransformer(HeavyTailScaler(), **n),
        TimestepTransformer(PCA(3), **n),
    ]
    assert_agrees(fit(*steps, X=table, y=y, **n), table)
    assert_agrees(fit(SequenceScaler(**n), SimpleImputer(), X=table, y=y, **n), table)
    steps = [SimpleImputer(), StandardScaler(), HeavyTailScaler()]  # of tables
    assert_agrees(fit(*steps, X=table, y=y, **n), table)


@pytest.mark.parametrize("n_outputs", [1, 3])
@pytest.mark.parametrize("steps", [[], [SequenceImputer(add_elapsed=True), SequenceScaler()]])
def test_regressor(steps, n_outputs):
    X, _ = make_sequences(gaps=bool(steps))
    X[..., 2] = np.log(X[..., 2])
    y = 1e4 + 100 * np.random.default_rng(3).normal(size=(N_SAMPLES, n_outputs))
    y = y[:, 0] if n_outputs == 1 else y
    pipeline = fit(*steps, X=X, y=y, estimator=AttentionSequenceRegressor)
    for values in (X.astype(np.float32), X.astype(np.float32).astype(np.float64)):
        (numbers,) = run(pipeline, values)
        assert numbers.dtype == np.float32
        expected = pipeline.predict(values).reshape(N_SAMPLES, n_outputs)
        assert np.ptp(expected) > 10
        np.testing.assert_allclose(numbers, expected, rtol=0, atol=0.01)  # of deviations of 100
    model = to_onnx(pipeline)
    assert [output.name for output in model.graph.output] == ["variable"]
    assert not model.metadata_props


def test_sequences_that_predict_refuses():
    X, y = make_sequences(gaps=True)
    pipeline = fit(SequenceImputer(), TimestepTransformer(HeavyTailScaler()), X=X, y=y)
    wrong = X.astype(np.float32)
    wrong[3, 0, 1] = np.inf
    wrong[4, 0, 2] = -np.inf
    wrong[6] = np.nan
    _, probabilities = run(pipeline, wrong)
    assert np.flatnonzero(np.isnan(probabilities).any(axis=1)).tolist() == [3, 4, 6]
    # Gaps that no step fills.
    X, y = make_sequences(gaps=False)
    pipeline = fit(TimestepTransformer(StandardScaler()), X=X, y=y)
    X[2, 4, 1] = np.nan
    _, probabilities = run(pipeline, X)
    assert np.flatnonzero(np.isnan(probabilities).any(axis=1)).tolist() == [2]


def test_nested_and_empty_steps():
    X, y = make_sequences(gaps=True)
    inner = Pipeline([("none", None), ("impute", SequenceImputer())])
    final = AttentionSequenceClassifier(units=6, epochs=1, random_state=0)
    outer = Pipeline(
        [("inner", inner), ("a/b", TimestepTransformer(StandardScaler())), ("final", final)]
    )
    pipeline = fit_with_random_weights(outer.set_params(inner__none="passthrough"), X, y)
    assert_agrees(pipeline, X)


def test_two_equal_steps():
    X, y = make_sequences(gaps=True)
    steps = [SequenceImputer(), *(TimestepTransformer(HeavyTailScaler()) for _ in range(2))]
    assert_agrees(fit(*steps, X=X, y=y), X)


def test_operators():
    X, y = make_sequences(gaps=True)
    model = to_onnx(fit(SequenceImputer(), TimestepTransformer(HeavyTailScaler()), X=X, y=y))
    assert [(opset.domain, opset.version) for opset in model.opset_import] == [("", 13)]
    model = to_onnx(fit(SequenceImputer(), TimestepTransformer(StandardScaler()), X=X, y=y))
    versions = {opset.domain: opset.version for opset in model.opset_import}
    assert versions == {"": 13, "ai.onnx.ml": 2}


@pytest.mark.filterwarnings("ignore:FastICA did not converge")
@pytest.mark.parametrize(
    ("step", "reason"),
    [
        (TimestepTransformer(FastICA(2, random_state=0)), "FastICA"),
        (TimestepTransformer(FunctionTransformer(np.tanh)), "FunctionTransformer"),
        (TimestepTransformer(SimpleImputer(add_indicator=True)), "features instead of"),
        (FunctionTransformer(), "put it into a TimestepTransformer"),
    ],
    ids=["no converter", "a function", "an ignored parameter", "not of timesteps"],
)
def test_steps_that_cannot_be_exported(step, reason):
    X, y = make_sequences(gaps=True)
    steps = [("impute", SequenceImputer()), ("wrong", step)]
    if reason.startswith("features"):
        steps = [("wrong", step), ("scale", SequenceScaler())]
    final = AttentionSequenceClassifier(units=6, epochs=1, random_state=0)
    pipeline = fit_with_random_weights(Pipeline([*steps, ("final", final)]), X, y)
    with pytest.raises(TypeError, match=f"Step 'wrong'.*{reason}"):
        to_onnx(pipeline)


def test_other_ends():
    X, _ = make_sequences(gaps=False)
    with pytest.raises(TypeError, match="got Pipeline, which ends with SequenceScaler"):
        to_onnx(make_pipeline(SequenceScaler()).fit(X))
    with pytest.raises(TypeError, match="got RecordingClassifier"):
        to_onnx(RecordingClassifier(AttentionSequenceClassifier(), 5))
    with pytest.raises(NotFittedError):
        to_onnx(make_pipeline(SequenceScaler(), AttentionSequenceClassifier()))


def test_skl2onnx_is_not_installed(monkeypatch):
    X, y = make_sequences(gaps=True)
    sequences_only = fit(SequenceImputer(), SequenceScaler(), X=X, y=y)
    pipeline = fit(SequenceImputer(), TimestepTransformer(StandardScaler()), X=X, y=y)
    monkeypatch.setitem(sys.modules, "skl2onnx", None)
    with pytest.raises(ImportError, match="pip install skl2onnx"):
        to_onnx(pipeline)
    to_onnx(sequences_only)


def test_ensemble_at_the_end():
    X, y = make_sequences(gaps=True)
    network = AttentionSequenceClassifier(units=6, epochs=1)
    ensemble = AttentionSequenceEnsemble(network, 2, random_state=0)
    pipeline = make_pipeline(SequenceImputer("nearest"), SequenceScaler(), ensemble)
    assert_agrees(fit_with_random_weights(pipeline, X, y), X)


def test_ensemble_of_regressors():
    X, _ = make_sequences(gaps=False)
    X[..., 2] = np.log(X[..., 2])
    y = 1e4 + 100 * np.random.default_rng(3).normal(size=N_SAMPLES)
    network = AttentionSequenceRegressor(units=6, epochs=1)
    ensemble = AttentionSequenceEnsembleRegressor(network, 2, random_state=0)
    values = X.astype(np.float32)
    (numbers,) = run(fit_with_random_weights(ensemble, X, y), values)
    np.testing.assert_allclose(numbers[:, 0], ensemble.predict(values), rtol=0, atol=0.01)


def test_export_leaves_the_pipeline_alone():
    X, y = make_sequences(gaps=True)
    pipeline = fit(SequenceImputer(), TimestepTransformer(HeavyTailScaler()), X=X, y=y)
    before = pipeline.predict_proba(X)
    assert to_onnx(pipeline).SerializeToString() == to_onnx(pipeline).SerializeToString()
    np.testing.assert_array_equal(pipeline.predict_proba(X), before)
