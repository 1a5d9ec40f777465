"""Figures as the documentation shows them, by their paths in the files of results.

    python -m benchmarks.measured PATH ...

prints them. A path starts with the name of a JSON file in this folder:

- ``results/ROW/PEER``: how many times as fast as the peer. ``/ours`` or ``/theirs`` may follow for
  the seconds, ``/accuracy_ours`` or ``/accuracy_theirs`` for the accuracy. ``results/ROW`` is the
  value of a row without a peer.
- ``accuracy/DATA_SET/CONTENDER``: test accuracy, the mean over the seeds; ``/ensemble`` after it is
  for the ensemble of these seeds. Then ``/log_loss``, ``/calibration_error``, ``/fit_seconds`` or
  ``/predict_seconds`` may follow, and then ``/sd``, ``/min`` or ``/max`` over the seeds.
- ``few_samples/N/DATA_SET/CONTENDER``: mean accuracy with N training samples of each class.
- ``published/DATA_SET``: the best accuracy in ``benchmarks/published.py``.
- In any other file, the path of a number, the last key of which says the unit (see ``UNITS``), of
  a text, such as ``gpu/version``, or of scores by seed, the mean of which is meant.

``/machine`` in the place of a measure is the machine that it was measured on. ``PATH over PATH`` is
a ratio, ``PATH minus PATH`` a difference. After ``mean``, ``sum``, ``min`` or ``max``, the name of
a group (see ``GROUPS``) stands for its data sets:
``max accuracy/all/accurate/fit_seconds over accuracy/all/default/fit_seconds``. ``wins``, ``ties``
and ``losses`` count the data sets on which a difference is above, at or below 0.000.
"""

from __future__ import annotations

import json
import re
import sys
from functools import cache
from pathlib import Path

import numpy as np

from benchmarks._rounding import rounded
from benchmarks.few_samples import means
from benchmarks.published import FIGURES

FOLDER = Path(__file__).parent
STATISTICS = {"mean": np.mean, "sum": np.sum, "min": np.min, "max": np.max}
COUNTS = {"wins": 1, "ties": 0, "losses": -1}  # of rounded differences with this sign
UNITS = {
    "sequences_per_second": "sequences/s",
    "per_second": "requests/s",
    "seconds": "s",
    "megabytes": "MB",
    "ratio": "times",
    "accuracy": "score",
    "log_loss": "score",
    "calibration_error": "score",
}
# Data sets of a group have all of these contenders, so that means over it can be compared.
COMPARED = {"default", "accurate", "MiniRocket"}
# What of a data set in `accuracy.json` makes it one of a group.
GROUPS = {
    "all": lambda data_set: True,
    "multivariate": lambda data_set: _is_compared(data_set),
    "small_multivariate": lambda data_set: _is_compared(data_set) and data_set["n_train"] < 1000,
    "univariate": lambda data_set: data_set["n_features"] == 1,
    "tiny_univariate": lambda data_set: data_set["n_features"] == 1 and data_set["n_train"] <= 30,
}


def _is_compared(data_set):
    return data_set["n_features"] > 1 and data_set["contenders"].keys() >= COMPARED


def measured(expression: str) -> str:
    """The figure as text, such as "12 times"; ``LookupError`` if there is none."""
    try:
        value, unit = _evaluate(expression)
        return value if unit == "text" else rounded(value, unit)
    except (LookupError, OSError, TypeError, ValueError) as error:
        raise LookupError(f"benchmarks/ has no figure {expression!r}: {error!r}") from error


def _evaluate(expression):
    """Value and unit of an expression."""
    statistic, _, rest = expression.partition(" ")
    if statistic not in STATISTICS.keys() | COUNTS.keys():
        return _combine(expression)
    before, group, _ = re.split(f"/({'|'.join(GROUPS)})/", rest, maxsplit=1)
    combined = [
        _combine(rest.replace(f"/{group}/", f"/{name}/")) for name in _data_sets(before, group)
    ]
    values, units = zip(*combined, strict=True)
    if statistic in COUNTS:
        return int(np.sum(np.sign(np.round(values, 3)) == COUNTS[statistic])), "count"
    return STATISTICS[statistic](values), units[0]


def _data_sets(path, group):
    """Names of the data sets below a path that belong to a group."""
    file, *keys = path.split("/")
    known = _read("accuracy")["test"]
    names = known if file == "accuracy" else _follow(_read(file), keys)
    return [name for name in names if GROUPS[group](known[name])]


def _combine(expression):
    """Value and unit of a path, or of a ratio or difference of two."""
    path, *rest = re.split(" (over|minus) ", expression)
    value, unit = _look_up(path)
    if not rest:
        return value, unit
    operator, other_path = rest
    other, other_unit = _look_up(other_path)
    if unit != other_unit:
        raise ValueError(f"{unit} {operator} {other_unit}")
    return (value / other, "times") if operator == "over" else (value - other, unit)


def _look_up(path):
    """Value and unit at a path."""
    file, *keys = path.split("/")
    if file == "published":
        return _published(*keys)
    if keys[-1] == "machine":
        return _machine(_read(file), *keys[:-1])
    special = {"results": _speed, "accuracy": _accuracy, "few_samples": _few_samples}
    return special.get(file, _plain)(_read(file), *keys)


@cache
def _read(file):
    """The content of a JSON file."""
    return json.loads((FOLDER / f"{file}.json").read_text(encoding="utf-8"))


def _follow(results, keys):
    """What is at the end of the keys."""
    for key in keys:
        results = results[key]
    return results


def _speed(results, row, peer=None, measure=None):
    result = _of_peer(results, row, peer)
    if peer is None:  # what is said of it starts with the unit: "MB, ...", "x the time ..."
        unit = result["what"].replace(",", " ").split()[0]
        return result[measure or "ours"], {"x": "times"}.get(unit, unit)
    if measure in ("ours", "theirs"):
        return result[measure], "s"
    return result[measure or "ratio"], _unit(measure or "ratio")


def _of_peer(results, row, peer=None):
    """The result of a row and peer."""
    return {result.get("peer"): result for result in results["rows"][row]}[peer]


def _accuracy(results, data_set, contender, *rest):
    of, rest = results["test"][data_set]["contenders"][contender], list(rest)
    statistics = {**STATISTICS, "sd": lambda values: np.std(values, ddof=1)}
    if rest[:1] == ["ensemble"]:  # its networks are fitted one after the other
        of = {**of["ensemble"], "fit_seconds": np.sum(of["fit_seconds"])}
        rest.pop(0)
    measure = rest.pop(0) if rest and rest[0] not in statistics else "accuracy"
    unit = _unit(measure)
    usual = np.median if unit == "s" else np.mean
    statistic = statistics[rest.pop(0)] if rest else usual
    if rest:
        raise ValueError(f"{'/'.join(rest)} is too much")
    return statistic(of[measure]), unit


def _few_samples(results, n_samples, data_set, contender):
    return means(results[n_samples])[data_set][contender], "score"


def _published(data_set):
    return max(of[data_set][0] for of in FIGURES.values() if data_set in of), "score"


def _plain(results, *keys):
    value = _follow(results, keys)
    if isinstance(value, dict) and all(key.isdigit() for key in value):  # scores of seeds
        return np.mean(list(value.values())), "score"
    return value, "text" if isinstance(value, str) else _unit(keys[-1])


def _unit(measure):
    """The unit that the name of a measure says."""
    names = [name for name in UNITS if f"_{name}_" in f"_{measure}_"]  # as in accuracy_ours
    return UNITS[names[0] if names else measure]


def _machine(results, *keys):
    """The machine of a result."""
    if "rows" in results:
        result = _of_peer(results, *keys)
    elif "test" in results:
        data_set, contender = keys
        result = results["test"][data_set]["contenders"][contender]
    else:
        result = _follow(results, keys)
    machine = result["machine"]
    names = [machine[key] for key in ("gpu", "processor") if key in machine]
    return ", ".join([*(names or [machine["machine"]]), f"{machine['cores']} cores"]), "text"


if __name__ == "__main__":
    print(*map(measured, sys.argv[1:]), sep="\n")
