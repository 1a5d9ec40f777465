"""What is set aside: a fraction of each class, in whole groups if there are any."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.model_selection import train_test_split

from sk_attnseq._data.splitting import set_aside
from tests.data import make_data


def make(y, groups=None, weights=None):
    data = make_data(np.arange(len(y)).reshape(-1, 1, 1), y, weights)
    return replace(data, groups=None if groups is None else np.asarray(groups))


def rows(data):
    return data.sequences.rows


def test_without_groups_it_is_train_test_split():
    y = np.arange(60) % 3
    train, validation = set_aside(make(y), fraction=0.2, seed=7)
    expected = train_test_split(np.arange(60), test_size=0.2, stratify=y, random_state=7)
    np.testing.assert_array_equal(rows(train), expected[0])
    np.testing.assert_array_equal(rows(validation), expected[1])
    np.testing.assert_array_equal(validation.targets, y[expected[1]])


@pytest.mark.parametrize("groups", [None, np.arange(40) // 4])
def test_weights_that_are_trained_on_have_a_mean_of_1(groups):
    weights = np.linspace(0.5, 1.5, 40)
    train, validation = set_aside(make(np.arange(40) % 2, groups, weights), fraction=0.25, seed=0)
    assert train.weights.mean() == pytest.approx(1)
    ratio = train.weights / weights[rows(train)]
    np.testing.assert_allclose(ratio, ratio[0])
    np.testing.assert_array_equal(validation.weights, weights[rows(validation)])


def grouped(n_groups, n_classes, *, one_class_each, seed):
    """Groups of 5 to 40 samples: their classes, and the names of the groups."""
    rng = np.random.default_rng(seed)
    codes = np.repeat(np.arange(n_groups), rng.integers(5, 40, n_groups))
    y = codes % n_classes if one_class_each else rng.integers(0, n_classes, len(codes))
    order = rng.permutation(len(y))
    return y[order], np.char.add("person ", codes[order].astype(str))


@pytest.mark.parametrize("one_class_each", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_groups_are_whole_and_classes_in_proportion(one_class_each, seed):
    y, groups = grouped(60, 4, one_class_each=one_class_each, seed=seed)
    train, validation = set_aside(make(y, groups), fraction=0.2, seed=seed)
    assert sorted([*rows(train), *rows(validation)]) == list(range(len(y)))
    assert not set(groups[rows(train)]) & set(groups[rows(validation)])
    parts = np.bincount(validation.targets) / np.bincount(y)
    # The smallest group is some 3% of a class with 15 groups of its own.
    np.testing.assert_allclose(parts, 0.2, atol=0.06)


def test_the_seed_decides():
    y, groups = grouped(30, 2, one_class_each=False, seed=0)
    first, again, other = (
        rows(set_aside(make(y, groups), fraction=0.1, seed=seed)[1]) for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_the_names_of_groups_do_not_count():
    y = np.arange(40) % 2
    numbered = np.arange(40) // 5
    named = np.array(list("abcdefgh"), dtype=object)[numbered]
    expected = rows(set_aside(make(y, numbered), fraction=0.2, seed=0)[1])
    found = rows(set_aside(make(y, named), fraction=0.2, seed=0)[1])
    np.testing.assert_array_equal(found, expected)


def test_few_large_groups_give_one():
    y, groups = np.arange(30) % 2, np.arange(30) // 10
    _, validation = set_aside(make(y, groups), fraction=0.05, seed=0)
    assert len(np.unique(groups[rows(validation)])) == 1


@pytest.mark.parametrize("seed", range(5))
def test_no_class_is_lost_to_training(seed):
    """The group 0 has all of class 1: whatever the fraction, it is trained on."""
    groups = np.arange(40) // 10
    y = (groups == 0).astype(int)
    train, validation = set_aside(make(y, groups), fraction=0.9, seed=seed)
    assert set(train.targets) == {0, 1}
    assert 0 not in groups[rows(validation)]
    assert len(train) == 20  # and one group of class 0


@pytest.mark.parametrize(
    ("y", "groups", "message"),
    [
        ([0, 0, 0, 1], None, "of the 4 samples, stratified by class.*only 1 member"),
        ([0, 0, 1, 1], [3, 3, 3, 3], r"in whole groups.* 1 group\(s\) has all the samples"),
        ([0, 0, 1, 1], ["a", "a", "b", "b"], r"X_val and y_val.* 2 group\(s\) has all"),
    ],
)
def test_what_cannot_be_split(y, groups, message):
    with pytest.raises(ValueError, match=f"validation_fraction=0.5.*{message}"):
        set_aside(make(y, groups), fraction=0.5, seed=0)
