import numpy as np
import pytest
from scipy.special import softmax

from sk_attnseq._input.read_sequences import to_sequences
from sk_attnseq._keras.networks import build_network
from sk_attnseq._network.forward_pass import ForwardPass
from tests.data import pad_with_nan
from tests.networks import NETWORKS, make_architecture, name_network, random_weights


def build_model(architecture, weights, dropout=0.0):
    model = build_network(architecture, dropout=dropout)
    moving = [v for v in model.non_trainable_variables if "moving" in v.path]
    for variable, value in zip(
        [*model.trainable_variables, *moving], architecture.split(weights).values(), strict=True
    ):
        variable.assign(value)
    return model


STEM = {"conv_filters": (4, 6), "kernel_size": (3, 8), "pool_size": 2}
STEMS = [
    {**NETWORKS[0], **STEM},
    {**NETWORKS[5], "pool_size": 4},
    {**NETWORKS[9], **STEM, "pool_size": 1},
]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    "options",
    [*NETWORKS, *STEMS],
    ids=lambda options: name_network(options) + ("-stem" if "pool_size" in options else ""),
)
def test_probabilities_are_those_of_keras(options, dtype, ragged):
    architecture = make_architecture(**options, n_features=3, dtype=dtype)
    weights = random_weights(architecture)
    model = build_model(architecture, weights, dropout=0.5)
    X = [x.astype(dtype) for x in ragged[0]]
    expected = model(pad_with_nan(X, 9).astype(dtype), training=False).numpy()
    logits = ForwardPass(architecture, weights).outputs(to_sequences(X, dtype=dtype))
    # Keras adds 1e-7 to the timesteps that a mean is over.
    atol = 1e-5 if dtype == "float32" or options["attention"] == "multihead" else 1e-12
    np.testing.assert_allclose(softmax(logits, axis=1), expected, rtol=0, atol=atol)


@pytest.mark.parametrize("options", NETWORKS[:8], ids=name_network)
def test_attention_weights_add_up_to_1_over_the_timesteps_of_each(options, ragged):
    X, _ = ragged
    architecture = make_architecture(**options, n_features=3)
    forward_pass = ForwardPass(architecture, random_weights(architecture))
    weights = forward_pass.attention_weights(to_sequences(X, dtype="float32"))
    for sequence, of_sample in zip(X, weights, strict=True):
        n = len(sequence)
        assert of_sample.shape == ((n,) if options["attention"] == "pooling" else (2, n, n))
        np.testing.assert_allclose(of_sample.sum(axis=-1), 1, rtol=1e-5)
        assert (of_sample > 0).all()


def test_pooling_attention_by_hand():
    """One unit, weights so that each number can be followed on paper."""
    architecture = make_architecture(units=(1,), n_features=1, n_classes=2, dtype="float64")
    weights = np.zeros(architecture.n_weights)
    named = architecture.split(weights)
    named["lstm_0/kernel"][:] = [[0, 0, 1, 0]]  # the cell gate alone sees the input
    named["lstm_0/bias"][:] = [100, -100, 0, 100]  # input and output gates open, no memory
    named["score/kernel"][:] = 2
    sequences = to_sequences([[[0.5], [-1.0], [2.0]]], dtype="float64")
    h = np.tanh(np.tanh([0.5, -1.0, 2.0]))
    expected = np.exp(2 * h) / np.exp(2 * h).sum()
    actual = ForwardPass(architecture, weights).attention_weights(sequences)
    np.testing.assert_allclose(actual, [expected], rtol=1e-12)


def test_multihead_attention_is_that_of_keras(ragged):
    import keras

    X = ragged[0][1][np.newaxis]
    architecture = make_architecture("multihead", (4,), n_features=3)
    weights = random_weights(architecture)
    model = build_model(architecture, weights)
    lstm, attention = model.get_layer("lstm_0"), model.get_layer("attention")
    h = lstm(X)
    _, expected = attention(h, h, return_attention_scores=True)
    actual = ForwardPass(architecture, weights).attention_weights(to_sequences(X, dtype="float32"))
    np.testing.assert_allclose(actual, keras.ops.convert_to_numpy(expected), atol=1e-5)


def test_blocks_do_not_show(monkeypatch, ragged):
    X, _ = ragged
    architecture = make_architecture(units=(4,), n_features=3)
    weights = random_weights(architecture)
    sequences = to_sequences(X, dtype="float32")
    expected = ForwardPass(architecture, weights).outputs(sequences)
    monkeypatch.setattr("sk_attnseq._network.forward_pass._BLOCK_BYTES", 9 * 4 * 4 * 8 * 7)
    small_blocks = ForwardPass(architecture, weights)
    np.testing.assert_allclose(small_blocks.outputs(sequences), expected, atol=1e-5)


@pytest.mark.parametrize("options", [NETWORKS[0], *STEMS], ids=name_network)
def test_a_sequence_alone_is_as_among_others(options, ragged):
    architecture = make_architecture(**options, n_features=3)
    forward_pass = ForwardPass(architecture, random_weights(architecture))
    X = [sequence.astype(np.float64) for sequence in ragged[0]]
    for form in (X, pad_with_nan(X, 12).astype(np.float64)):
        sequences = to_sequences(form, dtype="float32")
        expected = forward_pass.outputs(sequences)
        for row in (0, 1, 39):  # of 2, 9 and some timesteps
            alone = forward_pass.outputs(sequences[[row]])
            np.testing.assert_allclose(alone, expected[[row]], rtol=1e-9)


@pytest.mark.parametrize("attention", ["pooling", "multihead"])
def test_blocks_do_not_show_with_a_stem(attention, monkeypatch, ragged):
    architecture = make_architecture(attention, (4,), n_features=3, **STEM)
    weights = random_weights(architecture)
    sequences = to_sequences(ragged[0], dtype="float32")
    expected = ForwardPass(architecture, weights)
    monkeypatch.setattr("sk_attnseq._network.forward_pass._BLOCK_BYTES", 9 * 4 * 8 * 8 * 7)
    blocks = ForwardPass(architecture, weights)
    for method in ("outputs", "attention_weights"):
        results = (getattr(network, method)(sequences) for network in (blocks, expected))
        for actual, of_one_block in zip(*results, strict=True):
            np.testing.assert_allclose(actual, of_one_block, rtol=1e-10)


def widths_and_rows(architecture, lengths):
    """What the LSTM reads in each block: (timesteps, rows)."""
    sequences = to_sequences([np.ones((n, 3), np.float32) for n in lengths], dtype="float32")
    network = ForwardPass(architecture, random_weights(architecture))._network(np.float32)
    blocks = list(network._blocks(sequences))
    found = np.concatenate([rows for rows, _, _ in blocks])
    np.testing.assert_array_equal(np.sort(found), np.arange(len(lengths)))
    return [(len(x), x.shape[2]) for _, x, _ in blocks]


@pytest.mark.parametrize("attention", ["pooling", "multihead"])
def test_blocks_are_as_wide_as_their_own_longest(attention):
    """One sequence of 2,000 timesteps among 999 of 20: 10 % more, where padding takes 91 times."""
    architecture = make_architecture(attention, (4,), n_features=3)
    assert widths_and_rows(architecture, [20] * 999 + [2_000]) == [(2_000, 1), (20, 999)]
    assert widths_and_rows(architecture, [10, 40, 21, 20, 19, 39]) == [(40, 4), (19, 2)]
    lengths = np.random.default_rng(0).lognormal(np.log(40), 1.2, 2_000).astype(int) + 1
    computed = sum(width * rows for width, rows in widths_and_rows(architecture, lengths))
    assert computed < 1.5 * lengths.sum()


@pytest.mark.parametrize("options", [NETWORKS[0], *STEMS], ids=name_network)
def test_precision_is_that_of_the_sequences(options):
    architecture = make_architecture(**options, n_features=3)
    forward_pass = ForwardPass(architecture, random_weights(architecture))
    X = np.random.default_rng(0).normal(size=(300, 9, 3)).astype(np.float32)
    single = forward_pass.outputs(to_sequences(X, dtype="float32"))
    double = forward_pass.outputs(to_sequences(X.astype(np.float64), dtype="float32"))
    assert single.dtype == double.dtype == np.float64
    assert (single == single.astype(np.float32)).all()
    assert (double != double.astype(np.float32)).any()
    np.testing.assert_allclose(single, double, rtol=1e-4, atol=1e-5)


def test_sums_too_large_for_single_precision():
    """Infinities of both signs add up to no number, so such sequences are computed in double."""
    architecture = make_architecture(n_features=3)
    forward_pass = ForwardPass(architecture, 100 * random_weights(architecture))
    X = np.random.default_rng(0).choice([-3e38, 3e38], size=(30, 9, 3)).astype(np.float32)
    assert np.isfinite(forward_pass.outputs(to_sequences(X, dtype="float64"))).all()
    forward_pass._networks[np.float32] = Infinite()
    expected = forward_pass.outputs(to_sequences(X.astype(np.float64), dtype="float64"))
    np.testing.assert_array_equal(forward_pass.outputs(to_sequences(X, dtype="float64")), expected)


class Infinite:
    """What a network in single precision may give."""

    def outputs(self, sequences):
        return np.full((len(sequences), 2), np.nan)
