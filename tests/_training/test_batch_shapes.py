"""Which shapes a program gets: as few as the data need, and the same for data that are alike."""

import numpy as np
import pytest

from sk_attnseq._training import batch_shapes as choosing
from sk_attnseq._training.batch_shapes import Shape, choose_shapes, cost_of, split_batches
from tests.data import make_data
from tests.networks import make_architecture

ARCHITECTURE = make_architecture(n_features=1, n_classes=2)
WITH_NORM = make_architecture(n_features=1, conv_filters=(4,), kernel_size=(3,))


def data_of(lengths):
    return make_data([np.ones((length, 1), np.float32) for length in lengths], 0 * lengths)


def log_normal(n_samples, seed):
    draws = np.random.default_rng(seed).lognormal(np.log(40), 1.2, n_samples)
    return np.clip(draws, 1, 5_000).astype(int)


def one_long_among_short(n_samples=1_000, longest=2_000):
    lengths = np.full(n_samples, 20)
    lengths[n_samples // 2] = longest
    return lengths


@pytest.mark.parametrize(
    ("lengths", "expected"),
    [
        (np.full(10_000, 10), (Shape(32, 10),)),
        (np.full(1_000, 500), (Shape(32, 512),)),
        (np.random.default_rng(0).integers(5, 30, 270), (Shape(32, 32),)),
        (np.array([3, 90, 400]), (Shape(8, 448),)),
    ],
    ids=["regular", "long", "small", "tiny"],
)
def test_regular_or_small_data_have_one_shape(lengths, expected):
    assert choose_shapes(data_of(lengths), 32, ARCHITECTURE) == expected


def test_one_long_sequence_gets_a_shape_of_its_own():
    shapes = choose_shapes(data_of(one_long_among_short()), 32, ARCHITECTURE)
    assert shapes == (Shape(32, 32), Shape(1, 2048))


def test_batches_are_not_divided_where_their_moments_count():
    shapes = choose_shapes(data_of(one_long_among_short()), 32, WITH_NORM)
    assert shapes == (Shape(32, 32), Shape(32, 2048))


@pytest.mark.parametrize("architecture", [ARCHITECTURE, WITH_NORM], ids=["split", "whole"])
def test_shapes_of_many_lengths_are_few_and_mostly_those_of_any_fold(architecture):
    lengths = log_normal(2_000, seed=0)
    lengths[:4] = 5_000  # the longest is in each fold
    folds = [np.delete(lengths, np.arange(100 + fold, 2_000, 5)) for fold in range(5)]
    shapes = [choose_shapes(data_of(fold), 32, architecture) for fold in folds]
    assert 2 <= len(shapes[0]) <= 4
    assert len(set(shapes)) <= 2


@pytest.mark.parametrize("architecture", [ARCHITECTURE, WITH_NORM], ids=["split", "whole"])
@pytest.mark.parametrize("sigma", [0.5, 0.8, 1.2])
def test_shapes_cost_at_most_twice_what_the_lengths_do(architecture, sigma):
    """Each batch as wide as its longest sequence, and no compilation, would cost half at least."""
    draws = np.random.default_rng(0).lognormal(np.log(40), sigma, 2_000)
    lengths = np.clip(draws, 1, 5_000).astype(int)
    shapes = choose_shapes(data_of(lengths), 32, architecture)
    batches, _ = choosing._lengths_of_batches(data_of(lengths), 32)
    longest = batches[:, 0]
    least = sum(cost_of(architecture, Shape(32, n), np.array([n]))[0] for n in longest.tolist())
    assert split_batches(architecture, shapes, batches)[1].sum() < 2 * least


@pytest.mark.parametrize("n_samples", [20, 64, 500])
def test_chunks_of_a_stream_share_a_few_programs(n_samples):
    rng = np.random.default_rng(0)
    shapes = {
        choose_shapes(
            data_of(np.clip(rng.lognormal(4, 0.8, n_samples), 1, 3_000).astype(int)),
            32,
            ARCHITECTURE,
            in_stream=True,
        )
        for _ in range(200)
    }
    assert len(shapes) <= 8  # two for each power of 2 from 128 to 2,048 at most


def test_costs_are_the_least_of_all_divisions():
    shapes = (Shape(4, 8), Shape(4, 32), Shape(1, 16), Shape(1, 32))
    lengths = np.array([[30, 12, 5, 5], [8, 8, 8, 8], [31, 2, 0, 0], [32, 31, 30, 29]])
    n_alone, cost = split_batches(ARCHITECTURE, shapes, lengths)
    for batch, n, least in zip(lengths, n_alone, cost, strict=True):
        of_each_number = []
        for number in range(5):
            parts = [(1, length) for length in batch[:number]] + [
                (4, batch[number:].max(initial=0))
            ]
            of_each_number.append(
                sum(
                    min(
                        cost_of(ARCHITECTURE, s, np.array(longest))
                        for s in shapes
                        if s.n_rows == n_rows
                    )
                    for n_rows, longest in parts
                )
            )
        assert least == pytest.approx(min(of_each_number))
        assert of_each_number[n] == pytest.approx(least)
    assert n_alone[0] > 0
    assert n_alone[1] == 0


@pytest.mark.parametrize(
    ("longest", "expected"),
    [(1, 2), (2, 2), (7, 7), (8, 8), (9, 10), (10, 10), (17, 20), (93, 96), (500, 512)],
)
def test_room_for_timesteps(longest, expected):
    assert choosing.program_timesteps(longest) == expected


@pytest.mark.parametrize(
    ("batch_size", "n_samples", "expected"),
    [(32, 1_000, 32), (32, 5, 8), (32, 20, 24), (500, 40, 40), (500, 41, 48), (7, 40, 7)],
)
def test_rows_of_batches(batch_size, n_samples, expected):
    assert choosing.program_batch_size(batch_size, n_samples) == expected
