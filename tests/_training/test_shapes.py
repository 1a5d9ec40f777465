"""Which shapes a program gets: as few as the data need, and the same for data that are alike."""

import numpy as np
import pytest

from sk_attnseq._training import shapes as choosing
from sk_attnseq._training.shapes import Costs, Shape, choose_shapes
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
def test_shapes_of_many_lengths_are_few_and_those_of_any_fold(architecture):
    lengths = log_normal(2_000, seed=0)
    lengths[:4] = 5_000  # the longest is in each fold
    shapes = choose_shapes(data_of(lengths), 32, architecture)
    assert 2 <= len(shapes) <= 4
    for fold in range(4):
        kept = np.delete(lengths, np.arange(100 + fold, 2_000, 4))
        assert choose_shapes(data_of(kept), 32, architecture) == shapes


def test_each_shape_is_worth_its_compilation():
    """Without any one of them an epoch would cost more, or could not hold the longest."""
    lengths = log_normal(2_000, seed=0)
    shapes = choose_shapes(data_of(lengths), 32, ARCHITECTURE)
    batches, times = choosing._lengths_of_batches(data_of(lengths), 32)
    costs = Costs(ARCHITECTURE)
    cost = times * costs.split(shapes, batches)[1].sum()
    for shape in shapes:
        others = tuple(other for other in shapes if other != shape)
        if any(other.n_rows == 32 for other in others):
            without = times * costs.split(others, batches)[1].sum()
            assert without > cost + choosing._LEAST_SAVING


def test_no_narrower_shape_would_better_be_half_as_wide():
    """Nor of one row: here the few sequences of 130 to 199 timesteps go on their own."""
    rng = np.random.default_rng(0)
    lengths = rng.integers(5, 30, 1_500)
    lengths[:45], lengths[45] = rng.integers(130, 200, 45), 3_000
    architecture = make_architecture(units=(128, 128), bidirectional=True, n_features=1)
    shapes = choose_shapes(data_of(lengths), 32, architecture)
    batches, times = choosing._lengths_of_batches(data_of(lengths), 32)
    costs = Costs(architecture)
    cost = times * costs.split(shapes, batches)[1].sum()
    assert Shape(1, 256) in shapes
    for shape in shapes:
        half = [Shape(s.n_rows, s.n_timesteps // 2) if s == shape else s for s in shapes]
        if shape.n_timesteps < 3_000:
            assert times * costs.split(half, batches)[1].sum() > 0.9 * cost


def test_costs_are_the_least_of_all_divisions():
    shapes = (Shape(4, 8), Shape(4, 32), Shape(1, 16), Shape(1, 32))
    lengths = np.array([[30, 12, 5, 5], [8, 8, 8, 8], [31, 2, 0, 0], [32, 31, 30, 29]])
    costs = Costs(ARCHITECTURE)
    n_alone, cost = costs.split(shapes, lengths)
    for batch, n, least in zip(lengths, n_alone, cost, strict=True):
        of_each_number = []
        for number in range(5):
            parts = [(1, length) for length in batch[:number]] + [
                (4, batch[number:].max(initial=0))
            ]
            of_each_number.append(
                sum(
                    min(costs.of(s, np.array(longest)) for s in shapes if s.n_rows == n_rows)
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
