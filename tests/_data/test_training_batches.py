"""Batches are random, and waste little on padding."""

import numpy as np
import pytest

from sk_attnseq._data.mixing import mix
from sk_attnseq._data.training_batches import (
    chunk_steps,
    concatenate,
    shuffled_batches,
    shuffled_order,
)
from sk_attnseq._data.training_data import TrainingData
from sk_attnseq._input.read_sequences import to_sequences


def make_data(lengths, targets=None):
    """The targets are by default the numbers of the samples, as regression has them."""
    X = [np.full((length, 1), index, np.float32) for index, length in enumerate(lengths)]
    if targets is None:
        targets = np.arange(len(X))[:, np.newaxis]
    return TrainingData(to_sequences(X, dtype="float32"), targets, np.ones(len(X)))


def epoch(data, seed, *, max_steps=4, batch_size=32):
    """The samples of each batch, in order."""
    rng = np.random.default_rng(seed)
    return [
        targets[:n_rows, 0].astype(int)
        for batches in shuffled_batches(
            data, max_steps=max_steps, batch_size=batch_size, dtype="float32", rng=rng
        )
        for [targets], n_rows in zip(batches.targets, batches.n_rows, strict=True)
    ]


@pytest.mark.parametrize("n_samples", [20, 33, 64, 1_000])
@pytest.mark.parametrize("ragged", [False, True])
def test_each_sample_comes_once_and_only_the_last_batch_is_not_full(n_samples, ragged):
    lengths = np.random.default_rng(0).integers(1, 50, n_samples) if ragged else [5] * n_samples
    batches = epoch(make_data(lengths), seed=0)
    np.testing.assert_array_equal(np.sort(np.concatenate(batches)), np.arange(n_samples))
    assert {len(batch) for batch in batches[:-1]} <= {32}


def test_batches_have_similar_lengths():
    lengths = np.random.default_rng(0).integers(1, 100, 2_000)
    spreads = [np.ptp(lengths[batch]) for batch in epoch(make_data(lengths), seed=0)[:-1]]
    assert np.mean(spreads) < 50  # and not nearly 100, as those of random batches


@pytest.mark.parametrize("n_samples", [33, 500])
def test_what_fills_no_batch_is_random_whatever_its_length(n_samples):
    lengths = np.arange(1, n_samples + 1)
    data = make_data(lengths)
    last = np.concatenate([epoch(data, seed)[-1] for seed in range(200)])
    mean, expected = lengths[last].mean(), lengths.mean()
    error = lengths.std() / np.sqrt(len(last))
    assert abs(mean - expected) < 4 * error


def test_values_lengths_and_weights_of_batches():
    data = make_data([2, 1, 3])
    rng = np.random.default_rng(0)
    [batches] = shuffled_batches(data, max_steps=3, batch_size=2, dtype="float32", rng=rng)
    assert batches.n_steps == 2
    assert batches.n_rows.tolist() == [2, 1]
    np.testing.assert_array_equal(batches.weights, [[[0.5, 0.5]], [[1, 0]]])
    np.testing.assert_array_equal(batches.has_data, batches.weights[:, 0] > 0)
    values = batches.gather(np.arange(3), n_timesteps=4, dtype="float32")
    for number, (step, row) in enumerate(((0, 0), (0, 1), (1, 0))):
        sample, length = int(batches.targets[step, 0, row, 0]), batches.lengths[step, row]
        assert length == [2, 1, 3][sample]
        np.testing.assert_array_equal(values[number, :length], sample)
        np.testing.assert_array_equal(values[number, length:], 0)


@pytest.mark.parametrize("mixed", [False, True])
def test_batches_one_after_the_other_are_as_they_were(mixed):
    data = make_data([2, 1, 3, 4, 2, 5, 1])
    some = []
    for seed in range(3):
        rng = np.random.default_rng(seed)
        [batches] = shuffled_batches(data, max_steps=9, batch_size=2, dtype="float32", rng=rng)
        some.append(mix(batches, mixup=0.5, cutmix=0.5, rng=rng) if mixed else batches)
    joined = concatenate(some)
    assert joined.n_steps == 12
    for name in ("samples", "lengths", "targets", "weights", "n_rows"):
        parts = np.split(getattr(joined, name), 3)
        for part, batches in zip(parts, some, strict=True):
            np.testing.assert_array_equal(part, getattr(batches, name))
    rows, how = np.arange(7), {"n_timesteps": 5, "dtype": "float32"}
    for index, batches in enumerate(some):  # each of 8 rows, the last of which has no data
        values = joined.gather(8 * index + rows, **how)
        np.testing.assert_array_equal(values, batches.gather(rows, **how))


def test_chunks_take_bounded_memory():
    assert chunk_steps(4 * 32 * 10 * 5) == 256
    assert chunk_steps(4 * 32 * 1_000 * 25) == 2
    assert chunk_steps(10**9) == 1


def test_batches_have_similar_lengths_and_all_classes_whatever_their_lengths():
    rng = np.random.default_rng(0)
    y = np.arange(320) % 2
    lengths = np.where(y == 1, rng.integers(26, 35, 320), rng.integers(8, 13, 320))
    data = make_data(lengths, y)
    order = shuffled_order(data, 32, np.random.default_rng(1))
    for batch in order.reshape(-1, 32):
        assert 8 <= y[batch].sum() <= 24
        for of_class in (lengths[batch][y[batch] == k] for k in (0, 1)):
            assert of_class.std() < 0.6 * max(lengths[y == 0].std(), lengths[y == 1].std())


def test_length_ranks_are_those_within_classes():
    lengths = [3, 9, 5, 7, 3, 2]
    data = make_data(lengths, np.array([0, 1, 0, 1, 0, 1]))
    np.testing.assert_allclose(data.length_ranks, [2 / 6, 5 / 6, 5 / 6, 3 / 6, 2 / 6, 1 / 6])


def test_numbers_are_ranked_within_their_quarter():
    lengths, numbers = [3, 9, 5, 7, 30, 20, 50, 40], np.arange(8.0)[:, np.newaxis]
    ranks = make_data(lengths, numbers).length_ranks
    np.testing.assert_allclose(ranks, [0.25, 0.75, 0.25, 0.75, 0.75, 0.25, 0.75, 0.25])
