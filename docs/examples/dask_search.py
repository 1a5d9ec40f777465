"""
A grid search on a dask cluster
===============================

If one machine is not enough, joblib sends the fits of a search to the workers of a dask cluster.
Here the cluster is two processes on one machine. For a real one, use the address of its scheduler
instead of ``LocalCluster``.
"""

import logging

import joblib
import matplotlib.pyplot as plt
import numpy as np
from dask.distributed import Client, LocalCluster
from sklearn.model_selection import GridSearchCV

from sk_attnseq import AttentionSequenceClassifier
from sk_attnseq.datasets import make_sequence_classification

X, y = make_sequence_classification(600, n_classes=3, class_sep=3.0, random_state=0)
grid = {"alpha": [0.0, 0.001], "learning_rate": [0.003, 0.01, 0.03]}
search = GridSearchCV(AttentionSequenceClassifier(epochs=10, random_state=0), grid, cv=3)

# %%
# Each worker imports TensorFlow and compiles for itself, and keeps the programs for later fits. So
# use few workers that live long. On a machine with many cores, set ``threads_per_worker``: the
# threads of a worker share its programs.
#
# The workers import this script when they start. So start them under
# ``if __name__ == "__main__":``, as in any script that uses processes.

if __name__ == "__main__":
    with (
        LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            dashboard_address=None,
            silence_logs=logging.ERROR,  # hides warnings about workers that stop slowly
        ) as cluster,
        Client(cluster),
        joblib.parallel_config(backend="dask"),
    ):
        search.fit(X, y)

    print(search.best_params_)
    print(f"accuracy {search.best_score_:.3f} in cross-validation")

    scores = search.cv_results_["mean_test_score"].reshape(2, 3)  # alphas x learning rates
    fig, ax = plt.subplots(figsize=(5, 3), layout="constrained")
    image = ax.imshow(scores, cmap="Blues")
    ax.set_xticks(range(3), grid["learning_rate"])
    ax.set_yticks(range(2), grid["alpha"])
    ax.set(xlabel="learning_rate", ylabel="alpha", title="accuracy in cross-validation")
    for (row, column), score in np.ndenumerate(scores):
        box = {"facecolor": "white", "edgecolor": "none", "alpha": 0.8}
        ax.text(column, row, f"{score:.3f}", ha="center", va="center", bbox=box)

# %%
# The scores are the same with any backend, because each fit makes its own random generator from
# ``random_state=0``. On one machine, threads (:doc:`grid_search_in_threads`) are simpler, and they
# compile each program only once.
