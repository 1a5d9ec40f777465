"""The table of speed: ours beside its peers, measured in one run, alternating.

    pip install -e . torch skorch
    python -m benchmarks [--rounds 3] [--only ROW ...]

Each measurement is a fresh process; the contenders of a row take turns. Prints the table, and
writes it as JSON (`benchmarks/results.json`, in which rows that were not measured stay), which
`docs/figures.py` draws.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from pathlib import Path
from statistics import median
from textwrap import fill

from benchmarks._results import read_results, write_results
from benchmarks._rounding import rounded

# Row, what it does, and for each peer the least ratio (peer's median over ours) to reach.
ROWS = {
    "epoch": ("an epoch, 10,000 x 10 x 5", {"keras": 12, "torch": 4}),
    "cold_fit": ("100 epochs, compiling included", {"keras": 10}),
    "small_fit": ("digits, 20 epochs, nothing compiled", {"keras": 2.5, "skorch": 1.3}),
    "script": ("a script: digits, 20 epochs, nothing imported", {"keras": 1.5, "skorch": 1.3}),
    "cached_script": ("the same script a second time, programs kept", {"skorch": 1.6}),
    "warm_fit": ("digits, 20 epochs, compiled before", {"keras": 12, "skorch": 5}),
    "few_samples": ("30 digits, 100 epochs, compiled before", {"keras": 60, "skorch": 4}),
    "search": ("GridSearchCV, 4 candidates x 3 folds", {"keras": 12, "skorch": 3}),
    "one_prediction": ("predict_proba of a sequence", {"keras": 300, "skorch": 1.7, "mlp": 0.7}),
    "bulk": ("predict_proba of 10,000", {"keras": 14, "torch": 2, "skorch": 4}),
    "number_epoch": ("an epoch of regression, 10,000 x 10 x 5", {"keras": 12}),
    "number_fit": (
        "regression, 1,800 x 10 x 5, 20 epochs, compiled before",
        {"keras": 12, "mlp": 0.2},
    ),
    "one_number": ("predict of a sequence", {"keras": 300, "mlp": 0.9}),
    "long": ("an epoch, 2,000 x 500 x 8, 64 units", {"keras": 2}),
    "accurate_step": ("a step, accurate configuration, 2 cores", {"products": 1}),
    "accurate_step_one_core": ("the same on 1 core", {"products": 1 / 1.6}),
    "import": ("import, over importing sklearn.base", {"sklearn": 1 / 1.1}),
    "serve": ("load and predict, over importing sklearn.base", {"sklearn": 1 / 1.3}),
}
# What the picture calls the peers of these rows. The last two are a part of the same work, so no
# row can be faster.
PEERS = {
    "keras": "Keras",
    "torch": "PyTorch",
    "skorch": "skorch",
    "mlp": "scikit-learn's MLP",
    "sklearn": "that import alone",
    "products": "its matrix products alone",
}
COLORS = {"faster": "#2a788e", "slower": "#d95f02", "compared with a part of itself": "#999999"}
# Pairs of our own: the least ratio of the first's median over the second's.
PAIRS = {
    "threads": ("the search in 2 threads", "search", "search_threads", 1.6),
    "processes": ("108 fits in 2 processes", "many", "many_loky", 1),
    "dropout": ("an epoch without and with dropout", "epoch", "dropout", 1 / 1.4),
    "one_thread": ("an epoch on all cores and in one thread", "epoch", "one_thread", 0.9),
}
# Single numbers of our own: the largest that will do.
LIMITS = {
    "long_compile": ("s, first step of 500 timesteps, 64 units", 3),
    "serve_memory": ("MB, a process that loads and predicts", 200),
    "memory": ("MB, growth from fit 20 to fit 200", 30),
    "impute": ("s, SequenceImputer on 1,000,000 timesteps x 20", 2),
    "growth_samples": ("x the time for 10 x the samples", 11),
    "growth_timesteps": ("x the time for 10 x the timesteps", 11),
    "growth_epochs": ("x the time for 10 x the epochs", 11),
}
RESULTS = Path(__file__).parent / "results.json"


def main() -> None:
    """Measure what was asked for, or all."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="measurements of each contender")
    parser.add_argument("--only", nargs="+", help="rows to measure")
    arguments = parser.parse_args()
    results = read_results(RESULTS).get("rows", {})
    for name in (*ROWS, *PAIRS, *LIMITS):
        if arguments.only is None or name in arguments.only:
            measured = measure_row(name, arguments.rounds)
            # Of each row, as others may have been measured elsewhere.
            results[name] = [{**result, "machine": machine()} for result in measured]
            for result in results[name]:
                print(line(result), flush=True)
            write_results(RESULTS, {"rows": results})


def machine():
    """What it was measured on, as far as it matters."""
    return {"processor": processor(), "machine": platform.machine(), "cores": os.cpu_count()}


def processor():
    """The name of the processor, which Python itself does not tell on Linux."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def measure_row(name, rounds):
    """The results of a row, one for each peer."""
    if name in LIMITS:
        what, limit = LIMITS[name]
        values, _ = run_rounds([f"{name}_ours"], rounds)
        value = median(values[f"{name}_ours"])
        return [
            {
                "row": name,
                "what": what,
                "rounds": rounds,
                "ours": value,
                "limit": limit,
                "reached": value <= limit,
            }
        ]
    if name in PAIRS:
        what, slow, fast, least = PAIRS[name]
        contenders = {slow: f"{slow}_ours", fast: f"{fast}_ours"}
        ours, targets = contenders[fast], {slow: least}
    else:
        what, targets = ROWS[name]
        contenders = {peer: f"{name}_{peer}" for peer in targets}
        ours = f"{name}_ours"
    values, accuracies = run_rounds(sorted({ours, *contenders.values()}), rounds)
    return [
        {
            "row": name,
            "what": what,
            "rounds": rounds,
            "peer": peer,
            "ours": median(values[ours]),
            "theirs": median(values[contenders[peer]]),
            "ratio": median(values[contenders[peer]]) / median(values[ours]),
            "least": least,
            "reached": median(values[contenders[peer]]) / median(values[ours]) >= least,
            "accuracy_ours": accuracies[ours],
            "accuracy_theirs": accuracies[contenders[peer]],
        }
        for peer, least in targets.items()
    ]


def run_rounds(contenders, rounds):
    """Values and last accuracy of each contender; they take turns."""
    values, accuracies = {name: [] for name in contenders}, {}
    code = "import sys, json; from benchmarks.contenders import measure; "
    code += "print(json.dumps(measure(sys.argv[1])))"
    for _ in range(rounds):
        for name in contenders:
            process = subprocess.run(
                [sys.executable, "-c", code, name], capture_output=True, text=True, check=False
            )
            if process.returncode:
                sys.exit(f"{name} failed:\n{process.stderr}")
            value, accuracies[name] = json.loads(process.stdout.splitlines()[-1])
            values[name].append(value)
    return values, accuracies


def line(result):
    """One line of the table."""
    mark = " " if result["reached"] else "!"
    if "limit" in result:
        value = f"{result['ours']:10.3g}  of {result['limit']}"
        return f"{mark} {result['row']:<17}{value} {result['what']}"
    accuracy = "".join(
        f"  {result[key]:.3f}" for key in ("accuracy_ours", "accuracy_theirs") if result[key]
    )
    return (
        f"{mark} {result['row']:<17}{result['ours']:10.3g} s  {result['peer']:<8}"
        f"{result['theirs']:8.3g} s  {result['ratio']:7.2f} x  (wanted {result['least']:.2f})"
        f"  {result['what']}{accuracy}"
    )


def draw(results, path):
    """Draw how many times as fast as its peers we are, for all rows: also where we are slower."""
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch

    rows = [result for name in ROWS for result in results["rows"].get(name, [])][::-1]
    ratios = [row["ratio"] for row in rows]
    figure = Figure(figsize=(8, 0.32 * len(rows) + 1.2), layout="constrained")
    axes = figure.subplots()
    for place, row in enumerate(rows):
        ratio = row["ratio"]
        # Bars start at 1: those to the left of it are the rows in which we are slower.
        axes.barh(place, ratio - 1, left=1, color=COLORS[kind(row)])
        text = rounded(ratio, "times").removesuffix(" times")
        text = f" {text}" if ratio >= 1 else f"{text} "
        axes.text(ratio, place, text, ha="left" if ratio >= 1 else "right", va="center")
    labels = [fill(f"{row['what']} vs. {PEERS[row['peer']]}", 58) for row in rows]
    axes.set_yticks(range(len(rows)), labels, linespacing=0.9)
    axes.axvline(1, color="black", linewidth=0.8)
    axes.set(xscale="log", xlim=(min(ratios) / 5, max(ratios) * 4), xlabel="times as fast")
    axes.xaxis.set_major_formatter("{x:g}")
    axes.margins(y=0.01)
    kinds = set(map(kind, rows))
    handles = [Patch(color=color, label=name) for name, color in COLORS.items() if name in kinds]
    figure.legend(handles=handles, loc="outside upper center", ncols=len(handles))
    figure.savefig(path)


def kind(row):
    """What the color of a row's bar says."""
    if row["peer"] in ("sklearn", "products"):
        return "compared with a part of itself"
    return "faster" if row["ratio"] >= 1 else "slower"


if __name__ == "__main__":
    main()
