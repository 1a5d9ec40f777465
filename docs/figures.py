"""Draw the figures of the guide from what the benchmarks measured, when the pages are built."""

import json
from pathlib import Path

from benchmarks import __main__ as speed
from benchmarks import accuracy_ranks, accuracy_report, few_samples
from benchmarks.measured import GROUPS

MEASURED = Path(__file__).parents[1] / "benchmarks"
OTHERS = ("faster", "slower")  # the kinds of rows that compare with other packages


def draw_figures(folder):
    """Draw all of them into the folder."""
    folder.mkdir(exist_ok=True)
    speed.draw(_compared_with_others(_read("results.json")), folder / "speed.svg")
    accuracy = _read("accuracy.json")["test"]
    accuracy_report.draw(_compared(accuracy), folder / "accuracy.svg")
    accuracy_ranks.draw(accuracy, folder / "accuracy_ranks.svg")
    few_samples.draw(_read("few_samples.json"), folder / "few_samples.svg")


def _compared_with_others(results):
    """Leave out the rows that compare the package with a part of its own work."""
    rows = {
        name: [row for row in results["rows"].get(name, []) if speed.kind(row) in OTHERS]
        for name in speed.ROWS
    }
    return {"rows": rows}


def _compared(results):
    """Select the data sets and classifiers of the table; others were measured on a few only."""
    data_sets = {name: of for name, of in results.items() if GROUPS["multivariate"](of)}
    everywhere = set.intersection(*(set(of["contenders"]) for of in data_sets.values()))
    return {
        name: {"contenders": {c: x for c, x in of["contenders"].items() if c in everywhere}}
        for name, of in data_sets.items()
    }


def _read(name):
    return json.loads((MEASURED / name).read_text(encoding="utf-8"))
