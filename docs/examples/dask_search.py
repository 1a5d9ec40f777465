"""
A grid search on a dask cluster
===============================

Where one machine is not enough, joblib sends the fits of a search to the workers of a dask
cluster. Here the cluster is two processes on one machine; with the address of a scheduler in place
of ``LocalCluster``, the rest stays as it is.
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
# Each worker imports TensorFlow and compiles for itself, once, and keeps the programs for the fits
# that follow. So few workers that live long serve a search best, on a machine with many cores with
# several threads each: ``threads_per_worker`` fits run at a time and share the programs.
#
# The workers import this script when they start. What starts them therefore stands under
# ``if __name__ == "__main__":``, as in any script that uses processes.

if __name__ == "__main__":
    with (
        LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            dashboard_address=None,
            silence_logs=logging.ERROR,  # workers may take seconds to stop, and dask would tell
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
# The scores are those of any other backend: each fit makes a generator of its own from
# ``random_state=0``, and shares no random numbers with others. For searches on one machine,
# threads (:doc:`grid_search_in_threads`) are simpler and faster.
