"""Figures by their paths, and how they are rounded."""

import json

import numpy as np
import pytest

from benchmarks import __main__ as speed
from benchmarks import measured as figures
from benchmarks._rounding import rounded

SPEED = {
    "row": "epoch",
    "what": "an epoch",
    "peer": "keras",
    "ours": 0.0687,
    "theirs": 1.0024,
    "ratio": 14.59,
    "accuracy_ours": 0.8645,
    "accuracy_theirs": None,
    "machine": {"processor": "Abacus 3", "machine": "x86_64", "cores": 2},
}


def contender(accuracy, seconds):
    return {
        "machine": {"machine": "aarch64", "cores": 4},
        "accuracy": accuracy,
        "calibration_error": accuracy,
        "fit_seconds": seconds,
        "ensemble": {"accuracy": 0.99, "log_loss": 0.125},
    }


@pytest.fixture
def measured(tmp_path, monkeypatch):
    """The function, with files of results made up here."""
    sizes = {"A": {"n_train": 40, "n_features": 3}, "B": {"n_train": 5000, "n_features": 1}}
    contenders = {
        "A": {"slow": contender([0.9, 1.0], [10.0, 30.0]), "fast": contender([0.75], [4.0])},
        "B": {"slow": contender([0.8], [1200.0]), "fast": contender([0.85], [2.0])},
    }
    contenders["B"]["rare"] = contender([0.5], [1.0])
    results = {
        "results": {
            "rows": {
                "epoch": [SPEED],
                "memory": [{"what": "MB, growth", "ours": 152.6, "limit": 200}],
                "growth": [{"what": "x the time for 10 x", "ours": 9.07, "limit": 11}],
            }
        },
        "accuracy": {"test": {k: {**sizes[k], "contenders": contenders[k]} for k in sizes}},
        "few_samples": {"8": {"A": {"slow": {"0": {"accuracy": 0.5}, "1": {"accuracy": 0.6}}}}},
        "gaps": {"A": {"at random": {"linear": {"0": 0.9, "1": 0.8}}}},
        "gpu": {
            "version": "0.1.0",
            "a step, default": {"gpu_seconds": 0.00038, "keras_seconds": None, "megabytes": 750},
        },
    }
    for name, content in results.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(content))
    monkeypatch.setattr(figures, "FOLDER", tmp_path)
    monkeypatch.setattr(figures, "COMPARED", {"slow", "fast"})
    figures._read.cache_clear()
    yield figures.measured
    figures._read.cache_clear()


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (14.59, "times", "15 times"),
        (0.9883, "times", "0.99 times"),
        (503.4, "times", "500 times"),
        (1.0, "times", "1.0 times"),
        (3, "s", "3 s"),
        (9.96, "s", "10 s"),
        (0.9996, "s", "1.0 s"),
        (0.0687, "s", "69 ms"),
        (8.75e-5, "s", "88 µs"),
        (355.2, "s", "360 s"),
        (2056.06, "s", "34 min"),
        (1234.5, "MB", "1,200 MB"),
        (0.97785, "score", "0.978"),
        (1, "score", "1.000"),
        (-0.0061, "score", "-0.006"),
    ],
)
def test_rounding(value, unit, text):
    assert rounded(value, unit) == text


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("results/epoch/keras", "15 times"),
        ("results/epoch/keras/ours", "69 ms"),
        ("results/epoch/keras/theirs", "1.0 s"),
        ("results/epoch/keras/accuracy_ours", f"{0.8645:.3f}"),
        ("results/epoch/keras/machine", "Abacus 3, 2 cores"),
        ("results/memory", "150 MB"),
        ("results/growth", "9.1 times"),
        ("accuracy/A/slow", "0.950"),
        ("accuracy/A/slow/sd", f"{np.std([0.9, 1.0], ddof=1):.3f}"),
        ("accuracy/A/slow/min", "0.900"),
        ("accuracy/A/slow/calibration_error", "0.950"),
        ("accuracy/A/slow/fit_seconds", "20 s"),
        ("accuracy/A/slow/fit_seconds/max", "30 s"),
        ("accuracy/A/slow/ensemble", "0.990"),
        ("accuracy/A/slow/ensemble/log_loss", "0.125"),
        ("accuracy/A/slow/ensemble/fit_seconds", "40 s"),
        ("accuracy/A/slow/machine", "aarch64, 4 cores"),
        ("accuracy/A/slow/fit_seconds over accuracy/A/fast/fit_seconds", "5.0 times"),
        ("accuracy/A/slow minus accuracy/A/fast", "0.200"),
        ("mean accuracy/all/slow", "0.875"),
        ("sum accuracy/all/fast/fit_seconds", "6.0 s"),
        ("max accuracy/small_multivariate/slow/fit_seconds", "20 s"),
        ("min accuracy/univariate/fast", "0.850"),
        ("max accuracy/all/slow/fit_seconds over accuracy/all/fast/fit_seconds", "600 times"),
        ("mean accuracy/all/slow minus accuracy/all/fast", "0.075"),
        ("wins accuracy/all/slow minus accuracy/all/fast", "1"),
        ("losses accuracy/all/slow minus accuracy/all/fast", "1"),
        ("ties accuracy/all/slow minus accuracy/all/fast", "0"),
        ("ties accuracy/univariate/slow minus accuracy/univariate/slow", "1"),
        ("few_samples/8/A/slow", "0.550"),
        ("mean few_samples/8/multivariate/slow", "0.550"),
        ("gpu/a step, default/gpu_seconds", "380 µs"),
        ("gpu/a step, default/megabytes", "750 MB"),
        ("gpu/version", "0.1.0"),
        ("gaps/A/at random/linear", "0.850"),
        ("published/Libras", "0.933"),
    ],
)
def test_figures(measured, path, text):
    assert measured(path) == text


@pytest.mark.parametrize(
    "path",
    [
        "",
        "results",
        "results/epoch",
        "results/epoch/torch",
        "results/epoch/keras/accuracy_theirs",  # None
        "results/epoch/keras/reached",
        "accuracy/A/slow/sd/min",
        "accuracy/A/slow over results/epoch/keras",
        "mean accuracy/all/rare",  # A has none
        "mean accuracy/A/slow",
        "mean accuracy/every/slow",
        "gpu/a step, default",
        "gpu/a step, default/keras_seconds",  # None
        "published/Elsewhere",
        "nowhere/epoch",
    ],
)
def test_a_path_that_leads_nowhere_is_an_error(measured, path):
    with pytest.raises(LookupError, match="benchmarks/ has no figure"):
        measured(path)


def test_each_row_of_speed_is_drawn_also_where_others_are_faster(tmp_path):
    peers = {row: targets for row, (_, targets) in speed.ROWS.items()}
    rows = {
        row: [{"what": row, "peer": peer, "ratio": 0.5 if row == "bulk" else 2.0} for peer in of]
        for row, of in peers.items()
    }
    speed.draw({"rows": rows}, tmp_path / "speed.svg")
    drawn = (tmp_path / "speed.svg").read_text(encoding="utf-8")
    for row, of in peers.items():
        for peer in of:
            assert f"<!-- {row} vs. {speed.PEERS[peer]} -->" in drawn
    assert drawn.count("<!-- 0.50  -->") == len(peers["bulk"])


def test_the_machine_of_a_measurement_has_a_processor():
    machine = speed.machine()
    assert machine["processor"]
    assert machine["cores"] >= 1
