import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from sk_attnseq import AttentionSequenceClassifier
from sk_attnseq.datasets import make_sequence_classification
from sk_attnseq.inspection import _integrated_gradients as module
from sk_attnseq.inspection import integrated_gradients
from tests.data import pad_with_nan


@pytest.fixture(scope="module")
def known():
    """Columns of which those of timestep 3 alone tell the class, and who knows it well."""
    X, y = make_sequence_classification(
        300, 6, 4, informative_timestep=3, class_sep=6, random_state=0
    )
    X[:, :, 0] = np.random.default_rng(0).normal(size=X.shape[:2])  # no marker: tells nothing
    clf = AttentionSequenceClassifier(16, n_timesteps=6, epochs=60, random_state=0)
    return clf.fit(X.reshape(300, 24), np.array(["down", "up"])[y]), X


def test_by_hand():
    # The gradient of a * b at a part s of the way to it is s * (b, a), and so 1/2 on the mean.
    def gradients_of(sequences, classes):
        gradients = np.zeros_like(sequences)
        gradients[:, 0, 0], gradients[:, 1, 1] = sequences[:, 1, 1], sequences[:, 0, 0]
        return gradients * np.array([1, 3])[classes][:, np.newaxis, np.newaxis]

    way = np.array([[[2.0, 7.0], [8.0, 5.0]], [[1.0, 0.0], [0.0, 4.0]]])
    gradients = module._mean_gradients(gradients_of, np.zeros(2), way, np.array([0, 1]), n_steps=7)
    expected = np.array([[[2.5, 0], [0, 1.0]], [[6.0, 0], [0, 1.5]]])
    np.testing.assert_allclose(gradients, expected, rtol=1e-6)
    # From a baseline (1, 1): b is there 1 at first.
    gradients = module._mean_gradients(
        gradients_of, np.ones(2), way - 1, np.array([0, 1]), n_steps=7
    )
    np.testing.assert_allclose(gradients[0], [[3.0, 0], [0, 1.5]], rtol=1e-6)


def test_training_the_model_further_changes_no_attribution(ragged):
    X, y = ragged
    clf = AttentionSequenceClassifier(3, epochs=2, random_state=0).fit(X, y)
    expected = integrated_gradients(clf, X[:3])
    clf.model_.set_weights([weight + 1 for weight in clf.model_.get_weights()])
    result = integrated_gradients(clf, X[:3])
    np.testing.assert_array_equal(result.attributions, expected.attributions)


@pytest.mark.parametrize("attention", ["pooling", "multihead", None])
def test_they_add_up_to_the_difference_from_the_baseline(attention, networks, ragged, monkeypatch):
    X, _ = ragged
    clf = networks[attention]
    result = integrated_gradients(clf, X)
    real = np.arange(9) < np.array([len(x) for x in X])[:, np.newaxis]
    assert result.attributions.shape == (40, 9, 3)
    assert (result.attributions[~real] == 0).all()
    assert (result.attributions[real] != 0).all()
    probabilities = clf.predict_proba(X)
    np.testing.assert_allclose(result.probabilities, probabilities.max(axis=1), rtol=1e-5)
    np.testing.assert_array_equal(result.classes, clf.predict(X))
    of_baseline = clf.predict_proba([np.zeros_like(x) for x in X])
    of_baseline = of_baseline[np.arange(40), probabilities.argmax(axis=1)]
    np.testing.assert_allclose(result.baseline_probabilities, of_baseline, rtol=1e-5)
    difference = result.probabilities - result.baseline_probabilities
    largest = np.abs(difference).max()  # which the initial weights decide
    assert largest > 1e-3
    sums = result.attributions.sum(axis=(1, 2))
    np.testing.assert_allclose(sums, difference, rtol=0, atol=largest / 20)
    np.testing.assert_array_equal(result.errors, sums - difference)
    # The form of the sequences does not matter, nor which come along, nor in how large blocks.
    monkeypatch.setattr(module, "_BLOCK_TIMESTEPS", 70)
    some = integrated_gradients(clf, pad_with_nan(X, 12)[3:6])
    n_timesteps = some.attributions.shape[1]
    np.testing.assert_allclose(some.attributions, result.attributions[3:6, :n_timesteps], atol=1e-6)


def test_it_finds_the_timestep_that_tells_the_class(known):
    clf, X = known
    result = integrated_gradients(clf, X[:20].reshape(20, 24))
    assert result.attributions.shape == (20, 6, 4)
    np.testing.assert_array_equal(np.abs(result.attributions).sum(axis=2).argmax(axis=1), 3)
    assert np.abs(result.attributions[:, :, 0]).max() < np.abs(result.attributions).max() / 5


def test_class_and_baseline_of_choice(known):
    clf, X = known
    table = X[:3].reshape(3, 24)
    up, down = (integrated_gradients(clf, table, class_of_interest=c) for c in ("up", "down"))
    assert set(up.classes) == {"up"}
    # What adds to the one of two probabilities is taken from the other.
    np.testing.assert_allclose(up.attributions, -down.attributions, atol=1e-6)
    np.testing.assert_allclose(up.probabilities, clf.predict_proba(table)[:, 1])
    mean = X.mean(axis=(0, 1))
    result = integrated_gradients(clf, table, baseline=mean)
    [of_mean] = clf.predict_proba(np.tile(mean, (1, 6)))
    expected = of_mean[np.searchsorted(clf.classes_, result.classes)]
    np.testing.assert_allclose(result.baseline_probabilities, expected, rtol=1e-6)
    # A sequence that is the baseline has nothing that could be attributed.
    same = integrated_gradients(clf, np.tile(mean, (1, 6)), baseline=mean)
    assert (same.attributions == 0).all()
    assert same.errors == 0


def test_in_a_pipeline_values_are_those_that_come_to_the_classifier(known):
    clf, X = known
    table = X[:2].reshape(2, 24)
    pipeline = make_pipeline(FunctionTransformer(np.negative), clf)
    np.testing.assert_allclose(
        integrated_gradients(pipeline, -table).attributions,
        integrated_gradients(clf, table).attributions,
    )


def test_few_steps_leave_an_error_that_is_reported(known):
    clf, X = known
    table = X[:20].reshape(20, 24)
    errors = {}
    for n_steps in (1, 200):
        if n_steps == 1:
            with pytest.warns(ConvergenceWarning, match="raise n_steps, which is 1"):
                errors[n_steps] = integrated_gradients(clf, table, n_steps=n_steps).errors
        else:
            errors[n_steps] = integrated_gradients(clf, table, n_steps=n_steps).errors
    assert np.abs(errors[200]).max() < 0.01 < 0.05 < np.abs(errors[1]).max()


def test_wrong_arguments(known):
    clf, X = known
    table = X[:2].reshape(2, 24)
    with pytest.raises(ValueError, match=r"'left', but the classes are \['down', 'up'\]"):
        integrated_gradients(clf, table, class_of_interest="left")
    with pytest.raises(ValueError, match=r"baseline has shape \(24,\), expected \(4,\)"):
        integrated_gradients(clf, table, baseline=np.zeros(24))
    with pytest.raises(ValueError, match="NaN"):
        integrated_gradients(clf, table, baseline=[np.nan] * 4)
    with pytest.raises(ValueError, match="n_steps"):
        integrated_gradients(clf, table, n_steps=0)
