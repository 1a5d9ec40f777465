import numpy as np
import pytest


def test_values_add_up_to_the_probabilities(run_section):
    pytest.importorskip("shap")
    page = run_section("SHAP")
    values = page["values"]  # (n_samples, n_columns, n_classes)
    assert values.shape == (2, 30, 3)
    probabilities = page["on_columns"].predict_proba(page["test_table"][:2])
    total = page["explainer"].expected_value + values.sum(axis=1)
    np.testing.assert_allclose(total, probabilities, atol=1e-6)
    assert np.abs(values).max() > 0.01
