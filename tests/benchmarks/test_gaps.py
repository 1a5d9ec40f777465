"""The benchmark of gaps: what it cuts out, and that it goes on where it stopped."""

import json

import numpy as np
import pytest

from benchmarks import gaps


@pytest.mark.parametrize("block", [1, 10])
def test_cuts_out_its_share_in_blocks(block):
    X = np.ones((200, 50, 3))
    missing = np.isnan(gaps.cut(X, block, np.random.default_rng(0)))
    assert missing.mean() == pytest.approx(0.3, abs=0.02)
    assert missing[:, 0].mean() == pytest.approx(0.3, abs=0.06)
    assert missing[:, -1].mean() == pytest.approx(0.3, abs=0.06)
    is_start = missing[:, 1:] & ~missing[:, :-1]
    starts = np.argwhere(is_start & (np.arange(49)[:, np.newaxis] < 50 - block))
    for sample, timestep, feature in starts:
        assert missing[sample, timestep + 1 :][:block, feature].all()
    of_features = missing[:, :, 0] != missing[:, :, 1]
    assert of_features.any()


def test_goes_on_where_it_stopped(tmp_path, monkeypatch, capsys):
    X, y = np.ones((6, 4, 2)), np.repeat([0, 1], 3)
    np.savez(tmp_path / "Shapes.npz", X_train=X, y_train=y, X_test=X, y_test=y)
    calls = []

    def fit_and_score(kind, contender, seed, parts):
        calls.append((kind, contender, seed))
        return 0.5 + 0.25 * seed

    monkeypatch.setattr(gaps, "fit_and_score", fit_and_score)
    path = tmp_path / "results.json"
    arguments = [str(tmp_path), "--json", str(path), "--contenders", "mean", "linear"]
    gaps.main([*arguments, "--seeds", "1"])
    assert calls == [
        ("no gaps", "no gaps", 0), ("at random", "mean", 0), ("at random", "linear", 0),
        ("in blocks", "mean", 0), ("in blocks", "linear", 0),
    ]  # fmt: skip
    gaps.main([*arguments, "--seeds", "2"])
    assert len(calls) == 10
    assert json.loads(path.read_text())["Shapes"]["in blocks"]["mean"] == {"0": 0.5, "1": 0.75}
    assert "in blocks   linear              0.625 ± 0.125 (2)" in capsys.readouterr().out
