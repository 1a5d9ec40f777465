"""Mean ranks over data sets, and which of them differ by more than chance."""

import numpy as np
import pytest

from benchmarks import accuracy_ranks


def results_of(**accuracies):
    """Results of contenders, the name of each with its accuracies on the data sets."""
    names = {"accurate": "accurate", "MiniRocket": "MiniRocket", "Hydra": "MultiRocket-Hydra"}
    return {
        f"Set {i}": {
            "contenders": {
                names[name]: {"accuracy": [values[i]], "seeds": [0], "fit_seconds": [1.0]}
                for name, values in accuracies.items()
                if not np.isnan(values[i])
            }
        }
        for i in range(len(accuracies["accurate"]))
    }


def test_mean_ranks_by_hand():
    results = results_of(
        accurate=[0.9, 0.8, 0.7], MiniRocket=[0.8, 0.8001, 0.9], Hydra=[0.7, 0.9, 0.7]
    )
    ranks = accuracy_ranks.mean_ranks(accuracy_ranks.accuracies_of_all(results))
    # accurate 1, 2.5, 2.5; MiniRocket 2, 2.5, 1; MultiRocket-Hydra 3, 1, 2.5
    assert list(ranks) == ["MiniRocket", "accurate", "MultiRocket-Hydra"]
    assert list(ranks.values()) == pytest.approx([5.5 / 3, 2, 6.5 / 3])


def test_only_contenders_that_all_data_sets_have_are_ranked():
    results = results_of(accurate=[0.9, 0.8], MiniRocket=[0.8, 0.7], Hydra=[0.9, np.nan])
    assert list(accuracy_ranks.accuracies_of_all(results)) == ["accurate", "MiniRocket"]


def test_p_values_are_corrected_for_the_number_of_pairs():
    # Of 8 differences of one sign, Wilcoxon's test has p = 2 / 2**8; of two that cancel out, 1.
    few = np.arange(1, 9) / 100
    accuracies = {"a": 0.5 + few, "b": np.full(8, 0.5), "c": 0.5 + few + [0.001, -0.001] * 4}
    p = accuracy_ranks.p_values(accuracies)
    assert p[frozenset("ab")] == pytest.approx(3 * 2 / 2**8)
    assert p[frozenset("bc")] == pytest.approx(3 * 2 / 2**8)  # not lower than the one before
    assert p[frozenset("ac")] == pytest.approx(1)


def test_runs_of_contenders_that_are_not_known_to_differ():
    p = {frozenset("ab"): 0.2, frozenset("bc"): 0.06, frozenset("ac"): 0.01}
    ranks = {"a": 1.2, "b": 2.0, "c": 2.8}
    assert accuracy_ranks.alike(ranks, p) == [["a", "b"], ["b", "c"]]
    assert accuracy_ranks.alike(ranks, {**p, frozenset("ac"): 0.05}) == [["a", "b", "c"]]
    assert accuracy_ranks.alike(ranks, dict.fromkeys(p, 0.01)) == []


def test_picture_and_table(tmp_path):
    rng = np.random.default_rng(0)
    scores = {name: rng.uniform(0.5, 1, 9) for name in ("accurate", "MiniRocket", "Hydra")}
    results = results_of(**scores)
    accuracy_ranks.draw(results, tmp_path / "ranks.svg")
    drawn = (tmp_path / "ranks.svg").read_text(encoding="utf-8")
    ranks = accuracy_ranks.mean_ranks(accuracy_ranks.accuracies_of_all(results))
    lines = list(accuracy_ranks.table(results))
    assert len(lines) == 1 + 3 + 3
    for name, rank in ranks.items():
        label = "preset" if name == "accurate" else name  # as in the guide
        assert f"{label}: {rank:.2f}" in drawn
        assert any(name in line and f"{rank:.2f}" in line for line in lines)
