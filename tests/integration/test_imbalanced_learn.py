import numpy as np
import pytest
from sklearn.base import clone

pytest.importorskip("imblearn")


def test_rows_are_drawn_of_arrays_and_lists(run_section, lists):
    from imblearn.over_sampling import RandomOverSampler
    from imblearn.under_sampling import RandomUnderSampler

    page = run_section("imbalanced-learn")
    X, y = page["X_rare"], page["y_rare"]
    sizes = np.bincount(y)
    assert sizes[2] == 20 < sizes[:2].min()
    for sampler, size in ((RandomOverSampler, sizes.max()), (RandomUnderSampler, 20)):
        for sequences in (X, lists(X)):
            resampled, labels = page["resample"](sequences, y, sampler(random_state=0))
            assert np.bincount(labels).tolist() == [size] * 3
            # What was drawn is what it was, with its label.
            rows = {np.asarray(sequence).tobytes(): y[i] for i, sequence in enumerate(sequences)}
            assert [rows[sequence.tobytes()] for sequence in resampled] == labels.tolist()

    assert page["balanced"].score(page["X_test"], page["y_test"]) > 0.8
    on_lists = clone(page["balanced"]).fit(lists(X), y)
    assert on_lists.score(lists(page["X_test"]), page["y_test"]) > 0.7


def test_smote_on_tables(run_section):
    page = run_section("imbalanced-learn")
    assert page["on_tables"].score(page["X_test"].reshape(300, -1), page["y_test"]) > 0.8


@pytest.mark.parametrize("form", ["array", "list"])
def test_samplers_refuse_sequences(form, lists):
    """Else the page's trick is not needed any more."""
    from imblearn.over_sampling import RandomOverSampler

    X = np.zeros((10, 6, 5))
    with pytest.raises(ValueError, match=r"dim|inhomogeneous"):
        RandomOverSampler().fit_resample(X if form == "array" else lists(X), [0] * 7 + [1] * 3)
