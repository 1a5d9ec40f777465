import pytest


def test_a_sequence_is_explained(run_section):
    pytest.importorskip("lime")
    explanation = run_section("LIME")["explanation"]
    for label in range(3):
        conditions = explanation.as_list(label=label)
        assert len(conditions) == 3
        for condition, weight in conditions:
            assert any(f"{name}_t-{t}" in condition for name in "abcde" for t in range(6))
            assert weight != 0
