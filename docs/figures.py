"""Draw the figures of the guide from what the benchmarks measured, when the pages are built."""

import json
from pathlib import Path

from benchmarks import __main__ as speed
from benchmarks import accuracy_report, few_samples
from benchmarks.measured import GROUPS

MEASURED = Path(__file__).parents[1] / "benchmarks"


def draw_figures(folder):
    """Draw all of them into the folder."""
    folder.mkdir(exist_ok=True)
    speed.draw(_read("results.json"), folder / "speed.svg")
    # Those that the page compares. On others, not every contender was measured.
    test = _read("accuracy.json")["test"]
    compared = {name: result for name, result in test.items() if GROUPS["multivariate"](result)}
    accuracy_report.draw(compared, folder / "accuracy.svg")
    few_samples.draw(_read("few_samples.json"), folder / "few_samples.svg")


def _read(name):
    return json.loads((MEASURED / name).read_text(encoding="utf-8"))
