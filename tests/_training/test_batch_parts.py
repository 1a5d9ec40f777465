"""Parts of batches: each row once, and no more timesteps than their shapes are for."""

import numpy as np
import pytest

from sk_attnseq._data.mixing import mix
from sk_attnseq._data.training_batches import shuffled_batches
from sk_attnseq._training.batch_parts import cut_into_calls
from sk_attnseq._training.batch_shapes import Shape, choose_shapes
from tests.data import make_data
from tests.networks import make_architecture

ARCHITECTURE = make_architecture(n_features=1, n_classes=2)


def make_samples(lengths, *, one_class=True):
    """Sample i is i, i, ...; its class is 0, or i, too."""
    X = [np.full((length, 1), index, np.float32) for index, length in enumerate(lengths)]
    return make_data(X, np.zeros(len(X)) if one_class else np.arange(len(X)))


def calls_of(data, shapes, capacities, **mixing):
    """The batches of an epoch, the factors of their rows and the calls that they are cut into."""
    rng = np.random.default_rng(0)
    [batches] = shuffled_batches(
        data, max_steps=100, batch_size=shapes[0].n_rows, dtype="float32", rng=rng
    )
    if mixing:
        batches = mix(batches, **mixing, rng=rng)
    factors = [rng.random((*batches.samples.shape, 3))]
    calls = cut_into_calls(batches, factors, ARCHITECTURE, shapes, capacities)
    return batches, factors, list(calls)


def parts_of(calls, shapes):
    """Shape, batch, whether it is the last, values, lengths, targets, weights, factors of each."""
    for call in calls:
        for shape, place, step, is_last in call.order[: call.n_parts]:
            stack = call.stacks[shape]
            arrays = [array[place] for array in (*stack[:4], stack.factors[0])]
            yield shapes[shape], step, is_last, *arrays


def test_whole_batches_of_one_shape_are_as_they_were_drawn():
    data = make_samples([5] * 70, one_class=False)
    batches, [factor], [call] = calls_of(data, (Shape(32, 5),), (100,))
    [stack] = call.stacks
    assert call.n_parts == 3
    np.testing.assert_array_equal(call.order[:3], [[0, 0, 0, 1], [0, 1, 1, 1], [0, 2, 2, 1]])
    np.testing.assert_array_equal(stack.lengths[:3], batches.lengths)
    np.testing.assert_array_equal(stack.weights[:3], batches.weights)
    assert not stack.weights[3:].any()
    filled = batches.has_data
    np.testing.assert_array_equal(stack.targets[:3, 0][filled], batches.targets[:, 0][filled])
    np.testing.assert_array_equal(
        stack.values[:3][filled], np.repeat(batches.samples[filled], 5).reshape(-1, 5, 1)
    )
    assert not stack.values[:3][~filled].any()
    assert not stack.values[3:].any()
    np.testing.assert_array_equal(stack.factors[0][:3][filled], factor[filled])


@pytest.mark.parametrize("mixing", [{}, {"mixup": 0.5, "cutmix": 0.5}], ids=["plain", "mixed"])
@pytest.mark.parametrize("capacities", [(100, 100, 100, 100), (3, 1, 2, 2)], ids=str)
def test_each_row_comes_once_with_its_own(mixing, capacities):
    lengths = np.random.default_rng(0).choice([2, 3, 4], 77)
    lengths[[5, 20]] = 40, 9
    data = make_samples(lengths)
    shapes = (Shape(8, 4), Shape(8, 40), Shape(1, 10), Shape(1, 40))
    batches, [factor], calls = calls_of(data, shapes, capacities, **mixing)
    assert (len(calls) > 1) == (capacities[0] == 3)
    n_parts = np.bincount(np.concatenate([call.order[: call.n_parts, 2] for call in calls]))
    assert n_parts.max() > 2  # several rows on their own, and a rest
    seen, of_last = [], []
    for shape, step, is_last, values, part_lengths, _, weights, factors in parts_of(calls, shapes):
        of_last += [step] * is_last
        assert part_lengths.max() <= shape.n_timesteps
        for row in np.flatnonzero(weights.any(axis=0)):
            # Dropout's factors tell which row of the batch it is.
            [place] = np.flatnonzero((factor[step] == factors[row]).all(axis=1))
            seen.append((step, place))
            np.testing.assert_array_equal(weights[:, row], batches.weights[step, :, place])
            assert part_lengths[row] == batches.lengths[step, place]
            number = np.array([step * 8 + place])
            expected = batches.gather(number, n_timesteps=shape.n_timesteps, dtype="float32")
            np.testing.assert_array_equal(values[row], expected[0])
    assert sorted(seen) == [tuple(row) for row in np.argwhere(batches.has_data)]
    assert of_last == list(range(batches.n_steps))  # in the order of the batches


def computed_timesteps(lengths):
    """Rows times width of all parts of an epoch, and that of batches all as wide as the longest."""
    data = make_samples(lengths)
    shapes = choose_shapes(data, 32, ARCHITECTURE)
    _, _, calls = calls_of(data, shapes, (100,) * len(shapes))
    cost = sum(shape.n_rows * shape.n_timesteps for shape, *_ in parts_of(calls, shapes))
    return cost, len(lengths) * max(lengths)


def test_one_long_sequence_costs_its_own_timesteps():
    """1,000 of 20 timesteps, one of which has 2,000: 10 % more, where padding takes 100 times."""
    short, _ = computed_timesteps([20] * 1_000)
    one_long, padded = computed_timesteps([20] * 999 + [2_000])
    assert one_long <= 2 * short
    assert padded > 90 * short


def test_log_normal_lengths_cost_a_fifth_of_padding_at_most():
    lengths = np.random.default_rng(0).lognormal(np.log(40), 1.2, 2_000)
    cost, padded = computed_timesteps(np.clip(lengths, 1, 5_000).astype(int))
    assert cost < padded / 5
