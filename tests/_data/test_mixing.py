"""Mixtures against mixtures made by hand, and by what all of them have in common."""

from dataclasses import replace

import numpy as np
import pytest

from sk_attnseq._data.mixing import mix
from sk_attnseq._data.training_batches import Batches
from sk_attnseq._data.training_data import TrainingData
from sk_attnseq._input.sequence_store import Sequences

LENGTHS = np.array([[5, 3, 4, 1], [5, 5, 1, 1]], np.int32)
TARGETS = np.array([[2, 0, 1, 9], [0, 1, 9, 9]], np.int32)
WEIGHTS = np.array([[0.5, 0.1, 0.4, 0.0], [0.3, 0.7, 0.0, 0.0]])
N_ROWS = np.array([3, 2])


@pytest.fixture
def batches():
    """A full batch but for one row, and one of two rows; row r is 10 r, 10 r + 1, ..."""
    sequences = Sequences.of_array(np.full((8, 5, 1), np.nan), LENGTHS.ravel())
    for sample, length in enumerate(LENGTHS.ravel()):
        sequences.values[sample, :length, 0] = 10 * (sample % 4) + np.arange(length)
    data = TrainingData(sequences, TARGETS.ravel(), WEIGHTS.ravel())
    samples = np.arange(8).reshape(2, 4)
    return Batches(data, samples, LENGTHS, TARGETS[:, np.newaxis], WEIGHTS[:, np.newaxis], N_ROWS)


def values_of(batches, dtype="float64"):
    """The values of all rows, (2, 4, 5, 1)."""
    return batches.gather(np.arange(8), n_timesteps=5, dtype=dtype).reshape(2, 4, 5, 1)


def mixtures(batches, *, mixup=0.0, cutmix=0.0, n=300):
    """Each sequence of mixed batches, with the numbers of the two that it is made of."""
    for seed in range(n):
        mixed = mix(batches, mixup=mixup, cutmix=cutmix, rng=np.random.default_rng(seed))
        mixed_values = values_of(mixed)
        for step, n_rows in enumerate(N_ROWS):
            for row in range(n_rows):
                length = mixed.lengths[step, row]
                values = mixed_values[step, row, :, 0]
                assert not values[length:].any()
                yield step, row, (row + 1) % n_rows, values[:length], mixed


def test_a_blend_by_hand(batches):
    for step, row, partner, values, mixed in mixtures(batches, mixup=1.0):
        share = mixed.weights[step, 0, row] / WEIGHTS[step, row]
        expected = (
            share * values_of(batches)[step, row] + (1 - share) * values_of(batches)[step, partner]
        )
        length = LENGTHS[step, [row, partner]].max()
        np.testing.assert_allclose(values, expected[:length, 0], rtol=1e-12)
        np.testing.assert_array_equal(mixed.targets[step, :, row], TARGETS[step, [row, partner]])
        assert mixed.weights[step, 1, row] == pytest.approx((1 - share) * WEIGHTS[step, partner])


@pytest.mark.parametrize("mixup", [0.2, 1.0, 4.0])
def test_shares_of_blends(mixup, batches):
    shares = np.array(
        [
            mixed.weights[step, 0, row] / WEIGHTS[step, row]
            for step, row, _, _, mixed in mixtures(batches, mixup=mixup, n=2_000)
        ]
    )
    assert shares.mean() == pytest.approx(0.5, abs=0.02)
    # The variance of Beta(a, a) is 1 / (4 (2 a + 1)).
    assert shares.var() == pytest.approx(1 / (4 * (2 * mixup + 1)), rel=0.05)


def test_cut_timesteps_stay_in_their_places(batches):
    for _, row, partner, values, _ in mixtures(batches, cutmix=1.0):
        assert set(values // 10) <= {row, partner}
        np.testing.assert_array_equal(values % 10, np.arange(len(values)))


def test_a_cut_sequence_is_one_up_to_the_cut_and_then_the_other_to_its_end(batches):
    seen = set()
    for step, row, _, values, _ in mixtures(batches, cutmix=1.0):
        sources = values // 10
        assert np.count_nonzero(np.diff(sources)) <= 1
        if sources[0] != sources[-1]:
            assert len(values) == LENGTHS[step, int(sources[-1])]
            if (step, row) == (1, 0):  # both of the length 5
                seen.add((int(sources[0]), int(np.flatnonzero(np.diff(sources))[0]) + 1))
    # Either of the two comes first, and the cut is at any place.
    assert seen == {(first, cut) for first in (0, 1) for cut in (1, 2, 3, 4)}


def test_labels_of_cut_sequences_are_of_both_by_their_timesteps(batches):
    for step, row, partner, values, mixed in mixtures(batches, cutmix=1.0):
        np.testing.assert_array_equal(mixed.targets[step, :, row], TARGETS[step, [row, partner]])
        share = np.mean(values // 10 == row)
        expected = [share * WEIGHTS[step, row], (1 - share) * WEIGHTS[step, partner]]
        np.testing.assert_allclose(mixed.weights[step, :, row], expected, rtol=1e-12)


def test_cuts_are_uniform(batches):
    """Of two sequences of 5 timesteps, 0 to 5 are each one's."""
    n_own = [
        np.count_nonzero(values // 10 == row)
        for step, row, _, values, _ in mixtures(batches, cutmix=1.0, n=2_000)
        if step == 1
    ]
    np.testing.assert_allclose(np.bincount(n_own) / len(n_own), np.full(6, 1 / 6), atol=0.02)


@pytest.mark.parametrize("mixup", [0.0, 1.0])
@pytest.mark.parametrize("cutmix", [0.25, 0.75])
def test_a_fraction_is_cut_and_the_others_are_blended_or_not_mixed(mixup, cutmix, batches):
    step, n = 1, 2_000
    unmixed = values_of(batches)[step, :, :, 0]
    is_whole = [
        (values == unmixed[row]).all()
        for of, row, _, values, _ in mixtures(batches, mixup=mixup, cutmix=cutmix, n=n)
        if of == step
    ]
    # One cut in six leaves a sequence as it is; no blend does.
    expected = cutmix / 6 if mixup else 1 - cutmix * 5 / 6
    assert np.mean(is_whole) == pytest.approx(expected, abs=0.03)


def test_what_is_not_mixed_stays_as_it_is(batches):
    mixed = mix(batches, mixup=0.0, cutmix=1e-9, rng=np.random.default_rng(0))
    np.testing.assert_array_equal(values_of(mixed), values_of(batches))
    np.testing.assert_array_equal(mixed.lengths, LENGTHS)
    np.testing.assert_array_equal(mixed.targets[:, 0], TARGETS)
    np.testing.assert_array_equal(mixed.weights[:, 0], WEIGHTS)
    assert not mixed.weights[:, 1].any()


@pytest.mark.parametrize("how", [{"mixup": 1.0, "cutmix": 0.0}, {"mixup": 0.0, "cutmix": 1.0}])
def test_rows_without_data_stay_without(how, batches):
    mixed = mix(batches, **how, rng=np.random.default_rng(0))
    for step, n_rows in enumerate(N_ROWS):
        assert not mixed.weights[step, :, n_rows:].any()
        np.testing.assert_array_equal(mixed.lengths[step, n_rows:], 1)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_types_stay(dtype, batches):
    batches = replace(batches, weights=batches.weights.astype(dtype))
    mixed = mix(batches, mixup=0.3, cutmix=0.5, rng=np.random.default_rng(0))
    assert values_of(mixed, dtype).dtype == mixed.weights.dtype == dtype
    assert mixed.lengths.dtype == batches.lengths.dtype
    assert mixed.targets.dtype == batches.targets.dtype
    assert mixed.n_steps == batches.n_steps
