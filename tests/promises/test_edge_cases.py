"""Values and shapes at the edge of what is sensible, and divergence."""

import string

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning

from tests.promises.edge_cases import (
    SMALL,
    check_predictions,
    make_classifier,
    signs,
    two_classes,
)
from tests.promises.kinds import KINDS, predictions, targets

ATTENTIONS = ["pooling", "multihead", None]

# -- values --------------------------------------------------------------------------------


@pytest.mark.parametrize("attention", ATTENTIONS)
def test_values_beyond_float32(attention):
    X, y = signs(4, 3, size=1e39)
    parameters = {"attention": attention, "epochs": 60}
    with pytest.raises(ValueError, match=r"too large for dtype\('float32'\): sample 0"):
        make_classifier(**parameters).fit(X, y)
    classifier = make_classifier(dtype="float64", **parameters).fit(X, y)
    assert classifier.score(X, y) == 1
    check_predictions(classifier, X)


@pytest.mark.parametrize("attention", ATTENTIONS)
@pytest.mark.parametrize("size", [1e-320, 1e-310, 1e-40])
def test_subnormal_values_are_as_good_as_zero(attention, size):
    X, y = signs(4, 3, size=size)
    classifier = make_classifier(attention=attention).fit(X, y)
    of_zeros = make_classifier(attention=attention).fit(X * 0, y)
    np.testing.assert_allclose(check_predictions(classifier, X), of_zeros.predict_proba(X * 0))


@pytest.mark.parametrize("attention", ATTENTIONS)
def test_extreme_values_in_predict(attention):
    X, y = two_classes()
    classifier = make_classifier(attention=attention, bidirectional=True).fit(X, y)
    largest = np.finfo(np.float32).max
    for size in (largest, 1e30, 1e-30, 1e-320):
        check_predictions(classifier, np.sign(X) * size)
    assert np.isfinite(classifier.predict_log_proba(X * largest / 2)).all()


@pytest.mark.parametrize("attention", ATTENTIONS)
def test_constant_features_do_not_hinder(attention):
    X, y = signs(4, 3)
    X[:, :, 1:] = 7
    classifier = make_classifier(attention=attention, epochs=60).fit(X, y)
    assert classifier.score(X, y) == 1
    check_predictions(classifier, X)


@pytest.mark.parametrize("attention", ATTENTIONS)
def test_sequences_that_are_all_equal_give_the_shares_of_the_classes(attention):
    X, y = np.ones((40, 4, 3)), np.arange(40) % 4 == 0
    probabilities = make_classifier(attention=attention, epochs=60).fit(X, y).predict_proba(X)
    assert (probabilities == probabilities[0]).all()
    np.testing.assert_allclose(probabilities[0], [0.75, 0.25], atol=0.1)


# -- shapes and classes --------------------------------------------------------------------


@pytest.mark.parametrize("attention", ATTENTIONS)
@pytest.mark.parametrize(("n_timesteps", "n_features"), [(1, 1), (1, 3), (4, 1)])
def test_one_timestep_or_feature(attention, n_timesteps, n_features):
    X, y = signs(n_timesteps, n_features)
    classifier = make_classifier(attention=attention, epochs=60).fit(X, y)
    assert classifier.score(X, y) == 1
    check_predictions(classifier, X)


@pytest.mark.parametrize("attention", ATTENTIONS)
def test_one_sample_of_each_class(attention):
    X, y = np.eye(5).reshape(5, 5, 1), np.array(["e", "d", "c", "b", "a"])
    parameters = {"attention": attention, "units": 16}
    classifier = make_classifier(epochs=200, **parameters).fit(X, y)
    assert classifier.predict(X).tolist() == y.tolist()
    assert classifier.classes_.tolist() == ["a", "b", "c", "d", "e"]
    check_predictions(classifier, X)


@pytest.mark.parametrize("attention", ATTENTIONS)
def test_26_classes(attention):
    letters = np.array(list(string.ascii_lowercase))
    X = np.repeat(np.eye(26)[:, np.newaxis], 3, axis=1)  # letter i is feature i
    X, y = np.tile(X, (3, 1, 1)), np.tile(letters, 3)
    classifier = make_classifier(attention=attention, units=32, hidden_units=32, epochs=60)
    classifier.fit(X, y)
    assert classifier.score(X, y) == 1
    np.testing.assert_array_equal(classifier.classes_, letters)
    check_predictions(classifier, X)


@pytest.mark.parametrize("attention", ["pooling", None])
def test_5000_timesteps(attention):
    X, y = signs(5_000, 1)
    X, y = X[:8], y[:8]
    classifier = make_classifier(attention=attention, epochs=20, learning_rate=0.03).fit(X, y)
    assert classifier.score(X, y) == 1
    assert classifier.predict_proba(X[:1]).sum() == pytest.approx(1)


def test_multihead_predicts_5000_timesteps():
    X, y = signs(4, 1)
    classifier = make_classifier(attention="multihead", epochs=60).fit(X, y)
    # What comes in does not change, so neither, after its start, does what the network sees.
    long, longer = signs(1_000, 1)[0][:1], signs(5_000, 1)[0][:1]
    expected = classifier.predict_proba(long)
    np.testing.assert_allclose(classifier.predict_proba(longer), expected, atol=0.01)


@pytest.mark.parametrize("n_samples", [20, 40])
def test_batches_larger_than_the_data(n_samples):
    X, y = two_classes(n_samples)
    expected = make_classifier(batch_size=n_samples, epochs=5).fit(X, y).predict_proba(X)
    classifier = make_classifier(batch_size=10**6, epochs=5).fit(X, y)
    np.testing.assert_allclose(classifier.predict_proba(X), expected, rtol=1e-5)
    assert classifier.model_.optimizer.iterations.numpy() == 5  # one step an epoch


def test_a_class_of_one_sample_under_early_stopping():
    X, y = two_classes()
    y[0] = 2
    with pytest.raises(ValueError, match=r"(?i)the least populated class"):
        make_classifier(early_stopping=True).fit(X, y)


# -- divergence ----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_kept_when_training_diverges_is_what_was_there_an_epoch_before(
    kind, sequences_and_labels
):
    X, y = sequences_and_labels[0], targets(KINDS[kind][0], *sequences_and_labels)
    X, y = X[:32], y[:32]
    # A step size of 60 is at its end after a few epochs, but not after the first.
    estimator = KINDS[kind][0](
        units=2, attention=None, epochs=400, learning_rate=1e36, random_state=0
    )
    with pytest.warns(ConvergenceWarning, match=r"learning_rate=1e\+36") as caught:
        estimator.fit(X, y)
    n_kept = estimator.n_iter_
    assert n_kept == len(estimator.loss_curve_)
    assert 1 <= n_kept < 400
    assert f"epoch {n_kept + 1} " in str(caught[0].message)
    assert np.isfinite(estimator.loss_curve_).all()
    expected = clone(estimator).set_params(epochs=n_kept).fit(X, y)
    np.testing.assert_array_equal(predictions(estimator, X), predictions(expected, X))
    assert np.isfinite(predictions(estimator, X)).all()


@pytest.mark.parametrize("kind", KINDS)
def test_divergence_from_the_start_leaves_all_as_it_was(kind):
    X, y = two_classes()
    estimator = KINDS[kind][0](**SMALL, alpha=1e39, warm_start=True)
    before = dict(vars(estimator))
    with pytest.raises(ValueError, match=r"diverged in epoch 1 \(loss (inf|nan)\)"):
        estimator.fit(X, y)
    assert vars(estimator) == before
    before = dict(vars(estimator.set_params(alpha=0).fit(X, y).set_params(alpha=1e39)))
    with pytest.raises(ValueError, match=r"diverged in epoch 1 .*learning_rate=0.01"):
        estimator.fit(X, y)
    assert vars(estimator) == before


@pytest.mark.parametrize("batch_size", [1_000, np.int64(1_000)])
def test_self_attention_that_does_not_fit_into_memory_says_so(batch_size):
    X, y = np.zeros((1_000, 20_000, 1)), np.arange(1_000) % 2
    message = r"20480 timesteps in batches of 1000 need about 13422 GB.*Lower batch_size"
    with pytest.raises(ValueError, match=message):
        make_classifier(attention="multihead", batch_size=batch_size).fit(X, y)


@pytest.mark.parametrize(
    "widths",
    [{"units": 2**20}, {"hidden_units": 2**40}, {"attention": "multihead", "key_dim": 10**400}],
)
def test_absurd_widths_are_refused(widths):
    with pytest.raises(ValueError, match=r"A network of these widths has \d+ weights"):
        make_classifier(**widths).fit(*two_classes())
