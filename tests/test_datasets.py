import numpy as np
import pytest
from sklearn.datasets import load_digits

from sk_attnseq.datasets import load_digit_sequences, make_sequence_classification


def test_digits_are_those_of_scikit_learn():
    bunch = load_digit_sequences()
    digits = load_digits()
    np.testing.assert_array_equal(bunch.data, digits.images)
    np.testing.assert_array_equal(bunch.target, digits.target)
    assert bunch.data.shape == (1797, 8, 8)
    assert len(bunch.feature_names) == 8
    np.testing.assert_array_equal(bunch.target_names, np.arange(10))
    assert "rows" in bunch.DESCR
    X, y = load_digit_sequences(return_X_y=True)
    np.testing.assert_array_equal(X, bunch.data)
    np.testing.assert_array_equal(y, bunch.target)


def test_made_sequences_are_reproducible_and_balanced():
    X, y, informative = make_sequence_classification(
        100, 7, 4, n_classes=3, random_state=0, return_informative=True
    )
    assert X.shape == (100, 7, 4)
    assert sorted(np.bincount(y)) == [33, 33, 34]
    assert set(informative) == set(range(7))
    again, _ = make_sequence_classification(100, 7, 4, n_classes=3, random_state=0)
    np.testing.assert_array_equal(X, again)


def test_classes_differ_with_two_features():
    for n_classes in (2, 3):
        X, y = make_sequence_classification(
            3000, 1, 2, n_classes=n_classes, class_sep=3, random_state=0
        )
        means = [X[y == label, 0, 1].mean() for label in range(n_classes)]
        np.testing.assert_allclose(means, np.linspace(-3, 3, n_classes), atol=0.2)


@pytest.mark.parametrize(
    ("class_sep", "error"), [(np.nan, ValueError), (-1, ValueError), ("2", TypeError)]
)
def test_bad_class_sep(class_sep, error):
    with pytest.raises(error, match="class_sep"):
        make_sequence_classification(class_sep=class_sep)


def test_only_the_informative_timestep_tells_the_class():
    X, y = make_sequence_classification(
        4000, 5, 3, informative_timestep=2, class_sep=3, random_state=0
    )
    difference = X[y == 1].mean(axis=0) - X[y == 0].mean(axis=0)
    strength = np.linalg.norm(difference, axis=1)
    assert strength.argmax() == 2
    assert strength[2] > 1
    assert np.delete(strength, 2).max() < 0.2


@pytest.mark.parametrize(
    "parameters",
    [{"n_samples": 0}, {"n_features": 1}, {"n_classes": 1}, {"informative_timestep": 10}],
)
def test_bad_parameters(parameters):
    with pytest.raises(ValueError, match=next(iter(parameters))):
        make_sequence_classification(**parameters)
