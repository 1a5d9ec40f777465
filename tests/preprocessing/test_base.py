"""What holds for all transformers that handle each sequence by itself."""

import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.preprocessing import StandardScaler
from sklearn.utils import get_tags
from sklearn.utils.estimator_checks import parametrize_with_checks

from sk_attnseq._input.read_samples import read_samples
from sk_attnseq.preprocessing import SequenceImputer, SequenceScaler, TimestepTransformer
from tests.preprocessing.test_timestep_transformer import FORMS, assert_samples_equal, in_form

NAN = np.nan
EVERYTHING = SequenceImputer("linear", max_gap=2, add_indicator=True, add_elapsed=True)
TRANSFORMERS = [
    SequenceScaler(),
    SequenceImputer(),
    SequenceImputer("nearest", fill_value=-1.5),
    SequenceImputer("forward", max_gap=1, fill_value=NAN),
    EVERYTHING,
]
each_transformer = pytest.mark.parametrize("transformer", TRANSFORMERS, ids=str)


@parametrize_with_checks(TRANSFORMERS)
def test_scikit_learn_checks(estimator, check):
    check(estimator)


def with_gaps(samples, seed=0):
    """The same without a third of their values, but with some in the first and last timesteps."""
    rng = np.random.default_rng(seed)
    samples = [np.where(rng.random(sample.shape) < 1 / 3, NAN, sample) for sample in samples]
    for sample in samples:
        sample[0, 0] = sample[-1, 1] = 7.25
    return samples


@each_transformer
@pytest.mark.parametrize("form", FORMS)
def test_all_forms_are_the_same(form, transformer, ragged):
    samples = with_gaps(ragged[0])
    expected = transformer.fit(samples).transform(samples)
    assert [len(x) for x in expected] == [len(x) for x in samples]
    X = in_form(samples, form)
    tolerances = {"rtol": 1e-5, "atol": 1e-5}  # of the array, which is float32
    transformer = clone(transformer)
    assert_samples_equal(transformer.fit_transform(X), expected, form, **tolerances)
    assert_samples_equal(
        transformer.transform(in_form(samples, form)), expected, form, **tolerances
    )
    assert transformer.n_features_in_ == 3


@each_transformer
def test_cells_and_frames_are_the_same(transformer, ragged):
    samples = with_gaps(ragged[0])
    expected = transformer.fit_transform(samples)
    frames = [pd.DataFrame(sample, columns=list("abc")) for sample in samples]
    cells = pd.DataFrame({f: [sample[:, i] for sample in samples] for i, f in enumerate("abc")})
    for X in (frames, list(map(pl.from_pandas, frames)), pd.Series(frames), cells):
        fitted = clone(transformer).fit(X)
        assert_samples_equal(fitted.transform(X), expected, "list", rtol=1e-12)
        if not isinstance(X, pd.Series):
            assert fitted.feature_names_in_.tolist() == ["a", "b", "c"]
            assert fitted.get_feature_names_out()[:3].tolist() == ["a", "b", "c"]


@each_transformer
def test_padding_in_lists_stays(transformer, ragged):
    samples = with_gaps(ragged[0])
    expected = transformer.fit_transform(samples)
    padded = [np.pad(x, ((0, i % 3), (0, 0)), constant_values=NAN) for i, x in enumerate(samples)]
    for i, (x, e) in enumerate(zip(transformer.fit_transform(padded), expected, strict=True)):
        np.testing.assert_array_equal(x[: len(e)], e)
        assert len(x) == len(e) + i % 3
        assert np.isnan(x[len(e) :]).all()


@each_transformer
def test_columns_hold_timesteps(transformer, sequences_and_labels):
    X = np.stack(with_gaps(sequences_and_labels[0]))  # (60, 10, 5)
    expected = transformer.fit_transform(X)
    columns = clone(transformer).set_params(n_timesteps=10).fit(X.reshape(60, 50))
    np.testing.assert_array_equal(
        columns.transform(X.reshape(60, 50)), expected.reshape(60, -1), strict=True
    )
    assert columns.n_features_in_ == 50
    assert len(columns.get_feature_names_out()) == 10 * expected.shape[2]
    series = clone(transformer).fit_transform(X[:, :, 1])
    expected = transformer.fit_transform(X[:, :, 1:2])
    np.testing.assert_array_equal(series, expected.reshape(60, -1), strict=True)


@each_transformer
@pytest.mark.parametrize("container", ["pandas", "polars"])
def test_set_output_for_columns(container, transformer):
    library = pytest.importorskip(container)
    frame = pd.DataFrame(np.eye(4) + 1, columns=list("wxyz"), index=list("abcd"))
    frame.iloc[:, 1] = NAN
    transformer = clone(transformer).set_params(n_timesteps=2)
    expected = transformer.fit_transform(frame)
    assert type(expected) is np.ndarray
    transformer.set_output(transform=container)
    for output in (transformer.fit_transform(frame), transformer.transform(frame)):
        assert isinstance(output, library.DataFrame)
        assert list(output.columns) == transformer.get_feature_names_out().tolist()
        np.testing.assert_array_equal(output.to_numpy(), expected)


@each_transformer
@pytest.mark.parametrize("form", FORMS)
def test_sequences_are_no_dataframes(form, transformer, ragged):
    X = in_form(with_gaps(ragged[0]), form)
    expected = clone(transformer).fit_transform(X)
    with sklearn.config_context(transform_output="pandas"):
        output = clone(transformer).fit_transform(X)
        assert type(output) is type(expected)
        for x, e in zip(output, expected, strict=True):
            np.testing.assert_array_equal(x, e)


@each_transformer
@pytest.mark.parametrize("form", [*FORMS, "no padding", "columns"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_nothing_passed_is_modified_and_the_type_stays(dtype, form, transformer, ragged):
    samples = [sample.astype(dtype) for sample in with_gaps(ragged[0])]
    if form == "no padding":
        X = np.stack([sample[:2] for sample in samples])
    elif form == "columns":
        X = np.stack([sample[:2].ravel() for sample in samples])
    else:
        X = in_form(samples, form)
        X = X.astype(dtype) if form == "array" else X
    before = pickle.dumps(X)
    output = clone(transformer).fit_transform(X)
    assert pickle.dumps(X) == before
    assert output[0].dtype == dtype


@each_transformer
def test_mapped_arrays_come_out_as_arrays(transformer, tmp_path):
    X = np.lib.format.open_memmap(tmp_path / "X.npy", mode="w+", shape=(3, 4, 2))
    X[:] = np.arange(24).reshape(3, 4, 2)
    X.flush()
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    output = clone(transformer).fit_transform(mapped)
    assert type(output) is np.ndarray
    np.testing.assert_array_equal(output, clone(transformer).fit_transform(np.array(mapped)))


@each_transformer
def test_integers_and_objects_become_floats(transformer):
    X = np.arange(12).reshape(2, 3, 2)
    expected = transformer.fit_transform(X.astype(float))
    assert expected.dtype == np.float64
    for other in (X, X.tolist(), X.astype(object), list(X.astype(object))):
        np.testing.assert_array_equal(np.array(list(transformer.fit_transform(other))), expected)
    objects = X.astype(object)
    objects[0, 1, 0] = None
    floats = X.astype(float)
    floats[0, 1, 0] = NAN
    np.testing.assert_array_equal(
        transformer.fit_transform(objects), transformer.fit_transform(floats)
    )


@each_transformer
def test_clone_and_pickle(transformer, ragged):
    samples = with_gaps(ragged[0])
    fitted = clone(transformer).fit(samples)
    loaded = pickle.loads(pickle.dumps(fitted))
    assert_samples_equal(loaded.transform(samples), fitted.transform(samples), "list")
    with pytest.raises(NotFittedError):
        clone(fitted).transform(samples)


VALUES = st.sampled_from([NAN, NAN, 0.0, 1.0, 2.0, -3.0, 0.1])
SHAPES = st.tuples(st.integers(1, 8), st.just(2))


@st.composite
def sequences(draw):
    """A list of sequences with gaps; the first timestep of each has a value."""
    X = draw(st.lists(SHAPES.flatmap(lambda s: npst.arrays(float, s, elements=VALUES)), min_size=1))
    for x in X:
        x[0, draw(st.integers(0, 1))] = 1.5
    return X


@each_transformer
@settings(deadline=None, max_examples=50)
@given(X=sequences())
def test_a_batch_is_each_sequence_alone(transformer, X):
    fitted = clone(transformer).fit(X)
    for x, expected in zip(X, fitted.transform(X), strict=True):
        np.testing.assert_array_equal(fitted.transform([x])[0], expected, strict=True)


@each_transformer
@pytest.mark.parametrize(
    ("X", "message"),
    [
        (np.ones(3), "or 2D array, got 1D array"),
        ([], r"0 sample\(s\)"),
        ([np.ones((2, 2)), np.ones((1, 3))], "Sample 1 of X has 3 features, but sample 0 has 2"),
        ([np.ones((1, 2)), np.full((3, 2), NAN)], "Sample 1 of X has no timestep that is not NaN"),
        (np.array([[[1.0], [2.0]], [[1.0], [np.inf]]]), r"infinity .*: sample 1, timestep 1\."),
        ([np.ones((3, 1)), np.array([[-np.inf]])], r"infinity .*: sample 1, timestep 0\."),
        ([[["a"], ["b"]]], "numeric"),
    ],
)
def test_wrong_sequences(X, message, transformer):
    with pytest.raises(ValueError, match=message):
        clone(transformer).fit(X)


@each_transformer
def test_other_forms_than_in_fit(transformer):
    fitted = clone(transformer).fit(np.ones((4, 3, 2)))
    with pytest.raises(ValueError, match=r"X has 3 features in each timestep, but Sequence"):
        fitted.transform([np.ones((4, 3))])
    with pytest.raises(ValueError, match=r"X has 2 dimensions, .* fitted with 3-dimensional X"):
        fitted.transform(np.ones((4, 2)))
    with pytest.raises(ValueError, match=r"X has 5 columns, .* n_timesteps=2"):
        clone(transformer).set_params(n_timesteps=2).fit(np.ones((2, 5)))
    with pytest.raises(ValueError, match="n_timesteps == 0"):
        clone(transformer).set_params(n_timesteps=0).fit(np.ones((2, 4)))


@each_transformer
def test_a_failed_fit_leaves_the_transformer_as_it_was(transformer, ragged):
    fitted = clone(transformer).fit(with_gaps(ragged[0]))
    before = dict(vars(fitted))
    with pytest.raises(ValueError, match="infinity"):
        fitted.fit(np.full((2, 3, 1), np.inf))
    assert vars(fitted) == before


@each_transformer
def test_tags(transformer):
    tags = get_tags(transformer)
    assert tags.input_tags.two_d_array
    assert tags.input_tags.three_d_array
    assert tags.input_tags.allow_nan
    assert tags.transformer_tags.preserves_dtype == ["float64", "float32"]


@each_transformer
def test_names_that_do_not_fit(transformer):
    fitted = clone(transformer).fit(np.ones((4, 3, 2)))
    with pytest.raises(ValueError, match=r"input_features should have length equal"):
        fitted.get_feature_names_out(["a"])
    assert fitted.get_feature_names_out(["a", "b"]).tolist() == ["a", "b"]


@pytest.mark.parametrize(
    "transformer", [*TRANSFORMERS, TimestepTransformer(StandardScaler())], ids=str
)
def test_another_thread_that_fits_meanwhile_changes_nothing(transformer, ragged, monkeypatch):
    samples = with_gaps(ragged[0])
    fitted = clone(transformer).fit(samples)
    expected = fitted.transform(samples)

    def read_while_another_thread_fits(X, **options):
        monkeypatch.undo()
        fitted.fit(np.ones((4, 2)))
        return read_samples(X, **options)

    target = "sk_attnseq.preprocessing._base.read_samples"
    monkeypatch.setattr(target, read_while_another_thread_fits)
    assert_samples_equal(fitted.transform(samples), expected, "list")
    assert fitted.n_features_in_ == 2
