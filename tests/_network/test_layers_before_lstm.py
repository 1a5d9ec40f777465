"""The layers in front of the LSTM, in NumPy: held against Keras's, one sequence at a time."""

import copy

import keras
import numpy as np
import pytest
from sklearn.base import clone

from sk_attnseq import AttentionSequenceClassifier
from sk_attnseq._network.architecture import NORM_EPSILON
from sk_attnseq._network.layers_before_lstm import LayersBeforeLstm
from tests.data import pad_with_nan
from tests.networks import fit_with_random_weights, make_architecture, random_weights

LENGTHS = np.array([7, 7, 5, 4, 2, 1])


def make_stem(conv_filters, kernel_size, pool_size):
    architecture = make_architecture(
        conv_filters=conv_filters,
        kernel_size=kernel_size,
        pool_size=pool_size,
        n_features=3,
        dtype="float64",
    )
    weights = architecture.split(random_weights(architecture))
    return LayersBeforeLstm(architecture, weights), architecture, weights


def stem_of_keras(x, architecture, weights):
    """(timesteps, features) of one sequence, which needs no mask, and means taken one by one."""
    x = x[np.newaxis]
    for layer, (filters, size) in enumerate(
        zip(architecture.conv_filters, architecture.kernel_size, strict=True)
    ):
        convolution = keras.layers.Conv1D(
            filters, size, padding="same", use_bias=False, dtype="float64"
        )
        convolution.build(x.shape)
        convolution.set_weights([weights[f"conv_{layer}/kernel"]])
        normalization = keras.layers.BatchNormalization(epsilon=NORM_EPSILON, dtype="float64")
        normalization.build((*x.shape[:2], filters))
        names = ("gamma", "beta", "moving_mean", "moving_variance")
        normalization.set_weights([weights[f"batch_norm_{layer}/{name}"] for name in names])
        x = np.maximum(normalization(convolution(x)), 0)
    [x] = x
    size = architecture.pool_size
    return np.array([x[start : start + size].mean(axis=0) for start in range(0, len(x), size)])


@pytest.mark.parametrize(
    ("conv_filters", "kernel_size"),
    [((4,), (5,)), ((4,), (2,)), ((4, 5), (3, 4)), ((4, 2), (9, 12)), ((), ())],
    ids=str,
)
@pytest.mark.parametrize("pool_size", [1, 3, 10])
def test_stem_is_that_of_keras(conv_filters, kernel_size, pool_size):
    stem, architecture, weights = make_stem(conv_filters, kernel_size, pool_size)
    x = np.random.default_rng(1).normal(size=(len(LENGTHS), 9, 3))
    x[np.arange(9) >= LENGTHS[:, np.newaxis]] = 0
    outputs, lengths = stem(x.copy(), LENGTHS)
    np.testing.assert_array_equal(lengths, np.ceil(LENGTHS / pool_size))
    for output, sequence, length, n in zip(outputs, x, lengths, LENGTHS, strict=True):
        expected = stem_of_keras(sequence[:n], architecture, weights)
        np.testing.assert_allclose(output[:length], expected, rtol=1e-10, atol=1e-12)
        assert not output[length:].any()  # as what follows expects of padding


def test_widest_array_of_a_timestep():
    assert make_stem((4, 2), (5, 3), 1)[0].widest == 5 * 3
    assert make_stem((8, 2), (5, 3), 1)[0].widest == 3 * 8
    assert make_stem((), (), 2)[0].widest == 1


def test_spread_and_repeat_by_hand():
    stem, _, _ = make_stem((), (), 2)
    lengths = np.array([5, 2])
    weights = np.array([[0.5, 0.3, 0.2], [1.0, 0.0, 0.0]])
    np.testing.assert_allclose(
        stem.spread(weights, lengths, axis=1),
        [[0.25, 0.25, 0.15, 0.15, 0.2], [0.5, 0.5, 0, 0, 0]],
    )
    np.testing.assert_allclose(
        stem.repeat(weights, lengths, axis=1), [[0.5, 0.5, 0.3, 0.3, 0.2], [1, 1, 0, 0, 0]]
    )


def test_spread_and_repeat_of_pairs_by_hand():
    stem, _, _ = make_stem((), (), 2)
    weights = np.array([[[0.8, 0.2], [0.4, 0.6]], [[1.0, 0], [0, 0]]])  # (rows, from, to)
    spread = stem.spread(weights, np.array([3, 1]), axis=2)
    pairs = stem.repeat(spread, np.array([3, 1]), axis=1)
    expected = [[0.4, 0.4, 0.2], [0.4, 0.4, 0.2], [0.2, 0.2, 0.6]]
    np.testing.assert_allclose(pairs, [expected, [[1, 0, 0], [0, 0, 0], [0, 0, 0]]])


@pytest.mark.parametrize("pool_size", [1, 3, 4, 20])
def test_spread_weights_add_up_to_what_they_were(pool_size):
    stem, _, _ = make_stem((), (), pool_size)
    n_pooled = -(-LENGTHS // pool_size)
    weights = np.random.default_rng(0).uniform(size=(len(LENGTHS), n_pooled.max()))
    weights *= np.arange(n_pooled.max()) < n_pooled[:, np.newaxis]
    spread = stem.spread(weights, LENGTHS, axis=1)
    assert spread.shape == (len(LENGTHS), 7)
    np.testing.assert_allclose(spread.sum(axis=1), weights.sum(axis=1))
    np.testing.assert_array_equal(spread > 0, np.arange(7) < LENGTHS[:, np.newaxis])


@pytest.fixture(scope="module", params=["pooling", "multihead", None])
def fitted(request, ragged):
    return AttentionSequenceClassifier(
        4,
        conv_filters=5,
        kernel_size=3,
        pool_size=2,
        attention=request.param,
        num_heads=3,
        epochs=2,
        warm_start=True,
        random_state=0,
    ).fit(*ragged)


def test_probabilities_are_those_of_the_model(fitted, ragged):
    padded = pad_with_nan(ragged[0], 12)
    expected = fitted.model_(padded, training=False)
    np.testing.assert_allclose(fitted.predict_proba(padded), expected, atol=1e-6)


def test_padding_and_neighbours_change_no_probability(fitted, ragged):
    X = [x.astype(np.float64) for x in ragged[0]]
    expected = fitted.predict_proba(X)
    padded = pad_with_nan(X, 23).astype(np.float64)
    np.testing.assert_array_equal(fitted.predict_proba(padded), expected)
    alone = np.concatenate([fitted.predict_proba([x]) for x in X])
    np.testing.assert_allclose(alone, expected, rtol=1e-12)


def test_attention_weights_are_of_the_timesteps_that_were_passed(fitted, ragged):
    if fitted.attention is None:
        pytest.skip("there are none")
    X, _ = ragged
    weights = fitted.attention_weights(pad_with_nan(X, 9))
    real = np.arange(9) < np.array([len(x) for x in X])[:, np.newaxis]
    if fitted.attention == "pooling":
        assert weights.shape == (40, 9)
        np.testing.assert_allclose(weights.sum(axis=1), 1, rtol=1e-12)
        assert ((weights > 0) == real).all()
    else:
        assert weights.shape == (40, 3, 9, 9)
        expected = np.broadcast_to(real[:, np.newaxis], (40, 3, 9))
        np.testing.assert_allclose(weights.sum(axis=3), expected, rtol=1e-12)
        pairs = real[:, np.newaxis, :, np.newaxis] & real[:, np.newaxis, np.newaxis]
        assert ((weights > 0) == pairs).all()


@pytest.mark.parametrize("method", ["fit", "partial_fit"])
@pytest.mark.parametrize("changed", [{"conv_filters": 6}, {"kernel_size": 2}, {"pool_size": 3}])
def test_training_does_not_go_on_with_another_stem(changed, method, fitted, ragged):
    [name] = changed
    classifier = copy.deepcopy(fitted).set_params(**changed)
    with pytest.raises(ValueError, match=rf"{name}.*have changed"):
        getattr(classifier, method)(*ragged)


def test_training_goes_on_with_the_same_stem_in_other_words(fitted, ragged):
    same = {"conv_filters": [5], "kernel_size": np.array([3]), "pool_size": np.int64(2)}
    classifier = copy.deepcopy(fitted).set_params(**same)
    expected = copy.deepcopy(fitted).partial_fit(*ragged).predict_proba(ragged[0])
    np.testing.assert_array_equal(
        classifier.partial_fit(*ragged).predict_proba(ragged[0]), expected
    )
    assert classifier.n_iter_ == 3


def test_no_filters_are_no_convolution(ragged):
    classifiers = [
        fit_with_random_weights(AttentionSequenceClassifier(4, conv_filters=nothing), *ragged)
        for nothing in (None, (), [])
    ]
    assert len({classifier._architecture for classifier in classifiers}) == 1
    assert classifiers[0]._architecture.n_moving == 0


def test_means_of_more_timesteps_than_there_are(ragged):
    X, y = ragged
    one, more = (
        AttentionSequenceClassifier(units=3, pool_size=pool_size, epochs=2, random_state=0)
        for pool_size in (9, 10**9)
    )
    expected = one.fit(X, y).predict_proba(X)
    np.testing.assert_allclose(more.fit(X, y).predict_proba(X), expected, rtol=1e-6)


def test_automatic_pool_size_leaves_100_timesteps_and_stays():
    def fit(classifier, *lengths):
        X = [np.full((length, 1), index % 2) for index, length in enumerate(lengths)]
        return fit_with_random_weights(classifier, X, np.arange(len(X)) % 2)._architecture.pool_size

    classifier = AttentionSequenceClassifier(
        2, attention=None, pool_size="auto", epochs=1, random_state=0
    )
    assert fit(classifier, 100, 3) == 1
    assert fit(classifier.set_params(warm_start=True), 201, 3) == 1
    assert fit(clone(classifier), 201, 3) == 3
    assert fit(clone(classifier), 250, *[20] * 9) == 1  # one long one decides for no other


def test_samples_of_weight_0_have_no_part_in_the_automatic_pool_size():
    X = [np.full((length, 1), index % 2) for index, length in enumerate([20] * 4 + [400] * 4)]
    classifier = AttentionSequenceClassifier(2, attention=None, pool_size="auto", epochs=1)
    classifier.fit(X, np.arange(8) % 2, sample_weight=np.repeat([1, 0], 4))
    assert classifier._architecture.pool_size == 1


def test_one_mean_of_all_timesteps(ragged):
    """No warning of a softmax over one value, and each timestep counts as much as any other."""
    X, y = ragged
    for attention in ("pooling", "multihead"):
        classifier = AttentionSequenceClassifier(
            4, attention=attention, pool_size=9, epochs=1, random_state=0
        ).fit(X, y)
        weights = classifier.attention_weights(X[:3])
        for sequence, part in zip(X[:3], weights, strict=True):
            n = len(sequence)
            real = part[:n] if attention == "pooling" else part[:, :n, :n]
            np.testing.assert_allclose(real, 1 / n)
            assert part.sum() == pytest.approx(1 if attention == "pooling" else 2 * n)


def test_weight_0_is_absence_and_integers_are_repetition(sequences_and_labels):
    X, y = sequences_and_labels
    weights = np.random.default_rng(0).integers(0, 4, size=len(X))
    parameters = {"dtype": "float64", "batch_size": 1_000, "epochs": 3, "random_state": 0}
    classifier = AttentionSequenceClassifier(
        4, conv_filters=(4, 3), kernel_size=3, pool_size=3, **parameters
    )
    weighted = clone(classifier).fit(X, y, sample_weight=weights)
    repeated = classifier.fit(X.repeat(weights, axis=0), y.repeat(weights))
    np.testing.assert_allclose(weighted.predict_proba(X), repeated.predict_proba(X), rtol=1e-9)


def test_learns_where_the_order_of_neighbours_tells():
    """Rises and falls among noise, whose means tell nothing: the convolution must."""
    rng = np.random.default_rng(0)
    y = np.arange(160) % 2
    X = 0.1 * rng.normal(size=(160, 24, 1))
    rows, starts = np.arange(160), rng.integers(0, 20, 160)
    for step, value in enumerate((1, 0, -1)):
        X[rows, starts + step, 0] += np.where(y, value, -value)
    classifier = AttentionSequenceClassifier(
        4, conv_filters=8, kernel_size=3, pool_size=4, epochs=30, random_state=0
    ).fit(X[:100], y[:100])
    assert classifier.score(X[100:], y[100:]) > 0.9
