"""Draw the figures of the guide from what the benchmarks measured, when the pages are built."""

import json
from pathlib import Path

from benchmarks import __main__ as speed
from benchmarks import accuracy_ranks, accuracy_report, few_samples

MEASURED = Path(__file__).parents[1] / "benchmarks"


def draw_figures(folder):
    """Draw all of them into the folder."""
    folder.mkdir(exist_ok=True)
    speed.draw(_read("results.json"), folder / "speed.svg")
    accuracy = _read("accuracy.json")["test"]
    accuracy_report.draw(accuracy, folder / "accuracy.svg")
    accuracy_ranks.draw(accuracy, folder / "accuracy_ranks.svg")
    few_samples.draw(_read("few_samples.json"), folder / "few_samples.svg")


def _read(name):
    return json.loads((MEASURED / name).read_text(encoding="utf-8"))
