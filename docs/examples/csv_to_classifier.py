"""
From a CSV file to a saved classifier
=====================================

The whole way, with what real sensor data bring along: irregular times, gaps, and several runs of
each machine. All splits are by machine: those of cross-validation, the search and early stopping.
"""

import tempfile
from pathlib import Path

import joblib
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn import config_context
from sklearn.model_selection import GridSearchCV, GroupKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sk_attnseq import AttentionSequenceClassifier
from sk_attnseq.inspection import SampleAttentionDisplay
from sk_attnseq.preprocessing import SequenceImputer, TimestepTransformer
from sk_attnseq.sequences import from_long

# %%
# The file is made up: 12 machines run 10 times each. Sensors measure vibration and temperature
# about every 10 seconds, but sometimes only one of the two, or none. Worn machines vibrate when
# they start to warm up.


def measure(machine, run, rng):
    """One run of a machine, as rows of a table."""
    n = rng.integers(40, 60)
    seconds = 10 * np.arange(n) + rng.uniform(0, 4, size=n)
    worn = bool(rng.integers(2))
    warm = 1 / (1 + np.exp(-(np.arange(n) - rng.uniform(12, 25)) / 3))
    starts_to_warm_up = 4 * warm * (1 - warm)
    table = pd.DataFrame(
        {
            "machine": machine,
            "run": run,
            "time": pd.Timestamp("2026-03-01") + pd.to_timedelta(seconds, unit="s").round("ms"),
            "vibration": rng.normal(1 + 1.5 * worn * starts_to_warm_up, 0.3),
            "temperature": rng.normal(20 + 30 * warm + rng.normal(scale=5), 1),
            "state": "worn" if worn else "good",
        }
    )
    gaps = rng.random((n, 2)) < 0.1
    gaps[-1] = False
    table[["vibration", "temperature"]] = table[["vibration", "temperature"]].mask(gaps)
    kept = rng.random(n) > 0.1
    kept[-1] = True
    return table[kept]


rng = np.random.default_rng(0)
directory = tempfile.TemporaryDirectory()
path = Path(directory.name) / "runs.csv"
rows = [measure(f"machine {m}", run, rng) for m in range(12) for run in range(10)]
pd.concat(rows).sort_values("time").to_csv(path, index=False)

# %%
# Read
# ----
# Each run of each machine is a sequence. ``every`` makes a timestep of every 10 seconds. Intervals
# in which nothing was measured are gaps (NaN), which the pipeline fills.

table = pd.read_csv(path, parse_dates=["time"])
runs = from_long(
    table, sample=["machine", "run"], time="time", label="state", every="10s", aggregate="mean"
)
X, y, machines = runs.data, runs.target, runs.sample_ids[:, 0]
print(len(X), "sequences of", runs.feature_names, "of", len(np.unique(machines)), "machines")
print(f"{np.mean([np.isnan(x).mean() for x in X]):.0%} of the values are missing")

# %%
# Cross-validate
# --------------
# The last three machines stay out of everything until the end. With metadata routing, the machines
# reach the splitter as well as the early stopping of the classifier, which requests them.

is_new = np.isin(machines, ["machine 9", "machine 10", "machine 11"])
known, new = np.flatnonzero(~is_new), np.flatnonzero(is_new)
X_known, y_known, groups = [X[i] for i in known], y[known], machines[known]

classifier = AttentionSequenceClassifier(
    early_stopping=True, validation_fraction=0.2, scoring="loss", random_state=0
)
pipeline = make_pipeline(
    SequenceImputer(strategy="linear"),
    TimestepTransformer(StandardScaler()),
    classifier,
)
with config_context(enable_metadata_routing=True):
    classifier.set_fit_request(groups=True)
    scores = cross_val_score(
        pipeline, X_known, y_known, params={"groups": groups}, cv=GroupKFold(3)
    )
print(f"accuracy on machines left out: {scores.mean():.2f}")

# %%
# Search, and score on new machines
# ---------------------------------

grid = {"attentionsequenceclassifier__learning_rate": [0.003, 0.01, 0.03]}
search = GridSearchCV(pipeline, grid, cv=GroupKFold(3), scoring="neg_log_loss")
with config_context(enable_metadata_routing=True):
    with joblib.parallel_config(backend="threading", n_jobs=2):
        search.fit(X_known, y_known, groups=groups)
    best = search.best_estimator_
X_new, y_new = [X[i] for i in new], y[new]
print(search.best_params_, f"accuracy on new machines: {best.score(X_new, y_new):.2f}")

# %%
# Look
# ----
# The first worn run of a new machine. The network looks away until it warms up.
# Later outputs of the LSTM contain what it read then, so they get attention, too.

worn = int(np.argmax(y_new == "worn"))
display = SampleAttentionDisplay.from_estimator(
    best, X_new, sample=worn, feature_names=runs.feature_names
)
display.ax_.set_title(f"{machines[new][worn]}, predicted: {best.predict(X_new)[worn]}")
plt.show()

# %%
# Save, load and predict
# ----------------------

joblib.dump(best, path.with_name("state.joblib"))
loaded = joblib.load(path.with_name("state.joblib"))

today = table[(table["machine"] == "machine 9") & (table["run"] == 0)]
sequences = from_long(
    today,
    sample=["machine", "run"],
    time="time",
    features=runs.feature_names,  # as in training
    every="10s",
    aggregate="mean",
)
print(loaded.classes_, loaded.predict_proba(sequences.data).round(2))
directory.cleanup()
