"""Folds of a training set, to choose parameters by without any test part."""

from __future__ import annotations

import numpy as np
from sklearn.cluster import KMeans
from sklearn.model_selection import StratifiedKFold

N_FOLDS = 3
N_CLUSTERS = 6  # of each class


def random_folds(X, y):
    """Pairs of training and test indices, with all classes in each fold."""
    return list(StratifiedKFold(N_FOLDS, shuffle=True, random_state=0).split(X, y))


def cluster_folds(X, y):
    """The same, with similar sequences of a class in the same fold.

    Sequences of one person and one day are often alike. Where test sets are of other persons and
    days, random folds promise too much, as they have the like of each sequence in both parts.
    """
    fold = np.empty(len(X), dtype=int)
    rng = np.random.default_rng(0)
    scaled = (X - np.nanmean(X, axis=(0, 1))) / (np.nanstd(X, axis=(0, 1)) + 1e-9)
    flat = np.nan_to_num(scaled).reshape(len(X), -1)
    for label in np.unique(y):
        samples = np.flatnonzero(y == label)
        n_clusters = min(N_CLUSTERS, len(samples))
        cluster = KMeans(n_clusters, n_init=3, random_state=0).fit_predict(flat[samples])
        sizes = np.bincount(cluster, minlength=n_clusters)
        filled = np.zeros(N_FOLDS, dtype=int)
        # The large clusters first, each to the fold with the fewest samples.
        for each in sorted(rng.permutation(n_clusters), key=lambda each: -sizes[each]):
            fold[samples[cluster == each]] = filled.argmin()
            filled[filled.argmin()] += sizes[each]
    return [(np.flatnonzero(fold != i), np.flatnonzero(fold == i)) for i in range(N_FOLDS)]


FOLDS = {"random": random_folds, "clusters": cluster_folds}
