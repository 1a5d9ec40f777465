"""Folds of a training set, to choose parameters by without any test part."""

from __future__ import annotations

import numpy as np
from sklearn.cluster import KMeans
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold
from sklearn.preprocessing import StandardScaler

from sk_attnseq.preprocessing import TimestepTransformer

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
    scaled = TimestepTransformer(StandardScaler()).fit_transform(X)
    flat = np.nan_to_num(scaled).reshape(len(X), -1)
    cluster = np.empty(len(X), dtype=int)
    for i, label in enumerate(np.unique(y)):
        samples = np.flatnonzero(y == label)
        k_means = KMeans(min(N_CLUSTERS, len(samples)), n_init=3, random_state=0)
        cluster[samples] = N_CLUSTERS * i + k_means.fit_predict(flat[samples])
    splitter = StratifiedGroupKFold(N_FOLDS, shuffle=True, random_state=0)
    return list(splitter.split(X, y, groups=cluster))


FOLDS = {"random": random_folds, "clusters": cluster_folds}
