"""The benchmark of accuracy: what it reads, what it computes, and what it leaves alone."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks import (
    accuracy,
    accuracy_contenders,
    accuracy_report,
    archive,
    few_samples,
    folds,
    published,
)
from benchmarks.accuracy_contenders import Contender
from tests.data import pad_with_nan


def write_npz(path, n_train=6, **replaced):
    arrays = {
        "X_train": np.arange(n_train * 6, dtype=np.float64).reshape(n_train, 3, 2),
        "y_train": np.arange(n_train) % 2,
        "X_test": np.zeros((2, 3, 2)),
        "y_test": np.array([1, 0]),
    }
    np.savez(path, **{**arrays, **replaced})


class Fixed:
    """A classifier that gives the probabilities it was made with, one row for each sample."""

    def __init__(self, probabilities):
        self.probabilities = np.array(probabilities)

    def fit(self, X, y):
        self.classes_ = np.unique(y)

    def predict_proba(self, X):
        return self.probabilities[: len(X)]


# The highest probabilities 0.55 (right), 0.75 (wrong), 0.9 (right) and 0.95 (wrong).
PROBABILITIES = np.array([[0.55, 0.45, 0], [0.1, 0.75, 0.15], [0.05, 0.05, 0.9], [0.95, 0, 0.05]])
CLASSES = np.array(["a", "b", "c"])
Y = np.array(["a", "c", "c", "b"])


def test_calibration_error_by_hand():
    # 4 bins: (0.5, 0.75] holds two samples, |0.5 - 0.65| * 2; (0.75, 1] two, |0.5 - 0.925| * 2.
    expected = (2 * 0.15 + 2 * 0.425) / 4
    error = accuracy.expected_calibration_error(Y, PROBABILITIES, CLASSES, n_bins=4)
    assert error == pytest.approx(expected, abs=1e-12)


def test_calibration_error_has_15_bins():
    # (13/15, 14/15] holds 0.92 (right) and (14/15, 1] holds 0.95 (wrong): both are alone.
    probabilities = np.array([[0.92, 0.08], [0.95, 0.05]])
    error = accuracy.expected_calibration_error(np.array([0, 1]), probabilities, np.array([0, 1]))
    assert error == pytest.approx((0.08 + 0.95) / 2, abs=1e-12)


def test_scores_of_seeds_and_of_their_ensemble():
    of_seeds = [[[0.9, 0.1], [0.6, 0.4]], [[0.2, 0.8], [0.1, 0.9]]]
    X, y = np.zeros((2, 3, 1)), np.array(["no", "yes"])
    result = accuracy.fit_and_score(
        lambda random_state: Fixed(of_seeds[random_state]), [0, 1], [(X, y, X, y)]
    )
    assert result["accuracy"] == [0.5, 0.5]
    expected = [-np.log([0.9, 0.4]).mean(), -np.log([0.2, 0.9]).mean()]
    np.testing.assert_allclose(result["log_loss"], expected)
    assert len(result["fit_seconds"]) == 2
    # The means are [0.55, 0.45] and [0.35, 0.65], both right.
    assert result["ensemble"]["accuracy"] == 1
    assert result["ensemble"]["log_loss"] == pytest.approx(-np.log([0.55, 0.65]).mean())
    assert result["ensemble"]["calibration_error"] == pytest.approx(0.4)


def test_reads_npz(tmp_path):
    X = np.array([[[1.0, 2], [3, 4], [5, 6]], [[7, 8], [9, 10], [np.nan, np.nan]]])
    write_npz(tmp_path / "Shapes.npz", X_test=X)
    np.savez(tmp_path / "other.npz", X=np.zeros(3))
    (tmp_path / "folder").mkdir()
    write_npz(tmp_path / "folder" / "Curves.npz")
    data_sets = archive.find_data_sets(tmp_path)
    assert list(data_sets) == ["Curves", "Shapes"]
    archive.check_readable(data_sets)
    read, y = archive.read_part(data_sets["Shapes"], "test")
    np.testing.assert_array_equal(read, X)
    assert read.dtype == np.float32
    np.testing.assert_array_equal(y, [1, 0])
    np.testing.assert_array_equal(archive.lengths(read), [3, 2])


@pytest.mark.parametrize("folder", [".", "Steps"])
@pytest.mark.parametrize("lengths", [(4, 4, 4), (4, 2, 3)])
def test_reads_ts(tmp_path, folder, lengths):
    pytest.importorskip("aeon", minversion="1.6")  # its writer had another name before
    from aeon.datasets import save_to_ts_file

    rng = np.random.default_rng(0)
    written = {}
    for part, labels in {"train": ["up", "down", "up"], "test": ["up", "up", "down"]}.items():
        sequences = [rng.normal(size=(length, 2)) for length in lengths]
        written[part] = pad_with_nan(sequences, 4), labels
        channels_first = [sequence.T for sequence in sequences]
        save_to_ts_file(
            channels_first if len(set(lengths)) > 1 else np.stack(channels_first),
            np.array(labels),
            label_type="classification",
            path=str(tmp_path / folder),
            problem_name="Steps",
            file_suffix=f"_{part.upper()}",
        )

    data_sets = archive.find_data_sets(tmp_path)
    assert list(data_sets) == ["Steps"]
    archive.check_readable(data_sets)
    for part, (expected, labels) in written.items():
        X, y = archive.read_part(data_sets["Steps"], part)
        np.testing.assert_allclose(X, expected, rtol=1e-6)
        np.testing.assert_array_equal(y, labels)
        np.testing.assert_array_equal(archive.lengths(X), lengths)


def test_says_how_to_read_ts_files_without_aeon(tmp_path, monkeypatch):
    for part in ("TRAIN", "TEST"):
        (tmp_path / f"Steps_{part}.ts").touch()
    (tmp_path / "Alone_TRAIN.ts").touch()
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "aeon" else find_spec(name)
    )
    with pytest.raises(SystemExit, match=r"(?s)data sets Steps are.*pip install aeon"):
        accuracy.main([str(tmp_path), "--json", str(tmp_path / "results.json")])


@pytest.mark.parametrize("kind", ["random", "clusters"])
def test_cross_validation_never_reads_the_test_part(tmp_path, monkeypatch, capsys, kind):
    # NumPy raises an error when one of these is read.
    unreadable = np.array([{}], dtype=object)
    write_npz(tmp_path / "Shapes.npz", n_train=9, X_test=unreadable, y_test=unreadable)
    right = [[0.9, 0.1]] * 9
    fixed = {"default": Contender("Fixed", lambda random_state: Fixed(right))}
    for module in (accuracy, accuracy_contenders):
        monkeypatch.setattr(module, "CONTENDERS", fixed)
    results = tmp_path / "results.json"
    accuracy.main([str(tmp_path), "--json", str(results), "--cross-validate", kind])
    stored = json.loads(results.read_text())[f"cross_validation_{kind}"]["Shapes"]
    # Each of the nine samples is predicted once; five of them are of class 0.
    assert stored["contenders"]["default"]["accuracy"] == [pytest.approx(5 / 9)]
    assert len(stored["contenders"]["default"]["fit_seconds"]) == 3
    assert "published" not in capsys.readouterr().out
    with pytest.raises(ValueError, match="pickle"):
        accuracy.main([str(tmp_path), "--json", str(results)])


def test_clusters_stay_together():
    rng = np.random.default_rng(0)
    kind = rng.integers(6, size=60)  # each class has sequences of six kinds, far apart
    X = 10.0 * kind[:, np.newaxis, np.newaxis] + rng.normal(size=(60, 4, 2))
    X[kind == 3, 2:] = np.nan  # padding
    y = np.array(["a", "b"])[rng.integers(2, size=60)]
    parts = folds.cluster_folds(X, y)
    np.testing.assert_array_equal(np.sort(np.concatenate([test for _, test in parts])), range(60))
    for train, test in parts:
        assert not {*zip(kind[train], y[train], strict=True)} & {
            *zip(kind[test], y[test], strict=True)
        }
        assert set(y[train]) == set(y[test]) == {"a", "b"}
        assert len(test) > 10


def test_results_are_merged(tmp_path, monkeypatch, capsys):
    for name in ("Libras", "Other"):
        write_npz(tmp_path / f"{name}.npz")
    probabilities = [[0.2, 0.8], [0.7, 0.3]]
    fixed = {
        "default": Contender("Fixed", lambda random_state: Fixed(probabilities)),
        "accurate": Contender("Votes", lambda random_state: Fixed(np.rint(probabilities))),
        "LITEMV": Contender("not there", None, needs=("no_such_package",)),
    }
    for module in (accuracy, accuracy_contenders):
        monkeypatch.setattr(module, "CONTENDERS", fixed)
    results = tmp_path / "results.json"
    accuracy.main([str(tmp_path), "--json", str(results), "--seeds", "2"])
    of_other = ["--only", "Other", "--seeds", "3", "--contenders", "default"]
    accuracy.main([str(tmp_path), "--json", str(results), *of_other])
    stored = json.loads(results.read_text())["test"]
    seeds = {
        name: {contender: fitted["seeds"] for contender, fitted in of["contenders"].items()}
        for name, of in stored.items()
    }
    assert seeds == {
        "Libras": {"default": [0, 1], "accurate": [0, 1]},
        "Other": {"default": [0, 1, 2], "accurate": [0, 1]},
    }
    # Of votes, there is no log-loss.
    assert "log_loss" in stored["Libras"]["contenders"]["default"]
    assert "log_loss" not in stored["Libras"]["contenders"]["accurate"]
    printed = capsys.readouterr().out
    assert "Libras: 6 train, 2 test, 3 timesteps, 2 features, 2 classes, 2 seeds" in printed
    assert "1.000 0.000" in printed  # all right, and no difference between the seeds
    assert "ROCKET 0.900 [a]" in printed
    assert "LITEMVTime 0.917 [b]" in printed
    assert "[a] tsml-eval@b716654" in printed
    assert "Other: 6 train" in printed


def test_each_published_figure_has_a_source():
    of_all = [figure for _, of in published.ALL_FIGURES for figure in of.values()]
    assert all(0 < accuracy <= 1 for accuracy, _ in of_all)
    assert {source for _, source in of_all} == published.SOURCES.keys()
    (line,) = published.source_lines(["PenDigits"])
    assert line.startswith("[a] ")
    assert "MiniRocket 0.816 [c]" in published.published_line("Adiac")
    assert published.published_line("Other") == "published: none known here"


def test_the_page_has_the_best_published_figures():
    page = Path(__file__).parents[2] / "docs" / "developers" / "accuracy_record.md"
    _, table = page.read_text(encoding="utf-8").split("| Best published |\n", 1)
    rows = [line.strip("|").split("|") for line in table.split("\n\n", 1)[0].splitlines()[1:]]
    in_page = {row[0].strip(): float(row[-1]) for row in rows}
    names = {name for of in published.FIGURES.values() for name in of}
    best = {
        name: max(of[name][0] for of in published.FIGURES.values() if name in of) for name in names
    }
    assert in_page == best


@pytest.mark.parametrize("benchmark", [accuracy, few_samples])
def test_unknown_names_are_an_error(benchmark, tmp_path, capsys):
    write_npz(tmp_path / "Shapes.npz")
    with pytest.raises(SystemExit):
        benchmark.main([str(tmp_path), "--only", "Shape"])
    assert "no files of Shape in" in capsys.readouterr().err


def test_a_contender_that_is_not_installed_is_an_error(monkeypatch):
    missing = Contender("not there", None, needs=("numpy", "no_such_package"))
    monkeypatch.setattr(accuracy_contenders, "CONTENDERS", {"default": missing})
    assert accuracy_contenders.choose_contenders(None) == []
    with pytest.raises(SystemExit, match="default needs no_such_package: pip install"):
        accuracy_contenders.choose_contenders(["default"])


def test_peers_get_equal_lengths_and_features_first():
    seen = []

    class Peer(Fixed):
        def fit(self, X, y):
            seen.append(X)
            super().fit(X, y)

        def predict_proba(self, X):
            seen.append(X)
            return super().predict_proba(X)

    X = pad_with_nan([np.array([[1.0, 2], [3, 4]]), np.array([[5.0, 6]])], 3)
    peer = accuracy_contenders.EqualLengths(Peer([[0.3, 0.7]] * 2)).fit(X, ["a", "b"])
    peer.predict_proba(X[:, :2])
    expected = np.zeros((2, 2, 10))  # MultiRocket takes no fewer timesteps
    expected[0, :, :2] = [[1, 3], [2, 4]]
    expected[1, :, 0] = [5, 6]
    np.testing.assert_array_equal(seen, [expected, expected])
    assert list(peer.classes_) == ["a", "b"]


def test_picture_of_accuracy_over_time(tmp_path):
    of = {"seeds": [0, 1], "accuracy": [0.8, 0.9], "fit_seconds": [1.0, 3.0]}
    of["ensemble"] = {"accuracy": 0.95}
    result = {"contenders": {"accurate": of, "MiniRocket": of}}
    path = tmp_path / "accuracy.svg"
    accuracy_report.draw({"One": result, "Two": {"contenders": {"accurate": of}}}, path)
    assert path.stat().st_size > 1000
    points = dict(accuracy_report._points(result))
    assert points["accurate"] == pytest.approx((2, 0.85))
    assert points["ensemble"] == (4, 0.95)
    one_seed = {"accurate": {**of, "seeds": [0]}, "calibrated": of}
    assert list(dict(accuracy_report._points({"contenders": one_seed}))) == ["accurate"]


def test_comparison_counts_better_equal_and_worse():
    def result(accurate, minirocket):
        of = {"accurate": accurate, "MiniRocket": minirocket}
        return {"contenders": {name: {"accuracy": scores} for name, scores in of.items()}}

    results = {
        "One": result([0.8, 0.9], [0.8]),
        "Two": result([0.7], [0.7001]),
        "Three": result([0.5, 0.7], [0.7, 0.7]),
        "Four": {"contenders": {"accurate": {"accuracy": [0.1]}}},
    }
    assert list(accuracy_report.comparison(results)) == [
        "accurate 0.717, MiniRocket 0.733 on 3 data sets: 1 better, 1 equal, 1 worse"
    ]
