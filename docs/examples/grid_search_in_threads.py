"""
A grid search in threads
========================

Which network, how wide, which learning rate? ``GridSearchCV`` tries them all. With joblib's
threading backend, the fits share one TensorFlow and the training programs that it compiled.
"""

import joblib
import matplotlib.pyplot as plt
import numpy as np
from sklearn.model_selection import GridSearchCV

from sk_attnseq import AttentionSequenceClassifier
from sk_attnseq.datasets import load_digit_sequences

X, y = load_digit_sequences(return_X_y=True)
X_train, X_test, y_train, y_test = X[:1200] / 16, X[1200:] / 16, y[:1200], y[1200:]

# %%
# 3 networks x 3 learning rates x 3 folds, and the best of them once more on all data, make 28
# fits. Only the network shapes a program, so three programs are compiled.

grid = {
    "attention": ["pooling", "multihead", None],
    "learning_rate": [0.001, 0.003, 0.01],
}
search = GridSearchCV(AttentionSequenceClassifier(epochs=25, random_state=0), grid, cv=3)
with joblib.parallel_config(backend="threading", n_jobs=2):
    search.fit(X_train, y_train)

print(search.best_params_)
print(f"accuracy {search.best_score_:.3f} in cross-validation")
print(f"accuracy {search.score(X_test, y_test):.3f} on the test data")

# %%
# All results are in ``cv_results_``, as after any search. As each fit makes its own
# generator from ``random_state=0``, they are the same bits with one thread as with two.

means = search.cv_results_["mean_test_score"].reshape(3, 3)  # networks x learning rates
errors = search.cv_results_["std_test_score"].reshape(3, 3)
fig, ax = plt.subplots(figsize=(6.5, 4), layout="constrained")
for i, attention in enumerate(grid["attention"]):
    beside = np.array(grid["learning_rate"]) * (0.95, 1, 1.05)[i]
    label = f"attention={attention!r}"
    ax.errorbar(beside, means[i], errors[i], marker="o", capsize=3, label=label)
ax.set(xscale="log", xlabel="learning_rate", ylabel="accuracy (mean and std of 3 folds)")
ax.set_xticks(grid["learning_rate"], map(str, grid["learning_rate"]), minor=False)
ax.minorticks_off()
ax.legend()

# %%
# After 25 epochs, training with the small learning rate is not finished, so tune learning rate and
# epochs together. Processes (``backend="loky"``) also work, but each imports TensorFlow and
# compiles for itself. :doc:`dask_search` uses processes, as on a cluster.
